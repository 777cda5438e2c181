import AWSModel
import AWSProtocols
import ColdframeTesting
import HTTPServer
import Outbound
import Testing

/// From cheap signs to the operation that is meant, and to the protocol in which to refuse.
@Suite struct RecognitionTests {
    /// What an answer looks like: which protocol it speaks.
    enum Form: String {
        case json, cbor, restJSON, queryXML, s3XML

        func isOf(_ answer: HTTPAnswer) -> Bool {
            let type = answer.headers["Content-Type"] ?? ""
            let text = answer.text
            return switch self {
            case .json:
                type.hasPrefix("application/x-amz-json-1.") && (answer.status == 200 || answer.json["__type"] != nil)
            case .cbor: type == "application/cbor" && answer.headers["smithy-protocol"] == "rpc-v2-cbor"
            case .restJSON: type == "application/json" && (answer.errorType != nil || answer.status == 200)
            case .queryXML: type == "text/xml" && text.contains("<RequestId>")
            case .s3XML: type == "application/xml" && text.hasPrefix("<?xml")
            }
        }
    }

    struct Row: CustomTestStringConvertible {
        var name: String
        var method = "POST"
        var target = "/"
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        var status: Int
        var form: Form
        /// What the answer contains.
        var shows: String
        var testDescription: String { name }

        init(
            _ name: String, _ method: String = "POST", _ target: String = "/", _ headers: [String: String] = [:],
            _ body: String = "", status: Int = 200, as form: Form, _ shows: String = ""
        ) {
            (self.name, self.method, self.target, self.headers) = (name, method, target, headers)
            (self.body, self.status, self.form, self.shows) = (Array(body.utf8), status, form, shows)
        }

        /// The row with bytes that are not text as its body.
        func with(bytes: [UInt8]) -> Row {
            var row = self
            row.body = bytes
            return row
        }
    }

    static func target(_ operation: String) -> [String: String] { ["X-Amz-Target": operation] }

    static func signed(_ service: String) -> [String: String] {
        ["Authorization": "AWS4-HMAC-SHA256 Credential=AKIATEST/20260105/us-east-1/\(service)/aws4_request, "
            + "SignedHeaders=host;x-amz-date, Signature=00"]
    }

    static let form = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]
    static let cbor = ["smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor",
        "Accept": "application/cbor"]
    static let cborPath = "/service/GraniteServiceVersion20100801/operation/"

    static func merged(_ parts: [String: String]...) -> [String: String] {
        parts.reduce(into: [:]) { $0.merge($1) { _, new in new } }
    }

    static let understood: [Row] = [
        Row("target header", "POST", "/", headers("SageMaker.ListModels"), "{}", as: .json, #""Models":[]"#),
        Row("target header beats the signing scope", "POST", "/", merged(target("SageMaker.ListModels"), signed("s3")),
            "{}", as: .json, "Models"),
        Row("target header of CloudWatch", "POST", "/", target("GraniteServiceVersion20100801.ListMetrics"), "{}",
            as: .json, "Metrics"),
        Row("rpc path", "POST", cborPath + "DescribeAlarms", cbor, as: .cbor).with(bytes: [0xa0]),
        Row("form", "POST", "/", form, "Action=GetCallerIdentity&Version=2011-06-15",
            as: .queryXML, "<GetCallerIdentityResult>"),
        Row("form without a version, signed", "POST", "/", merged(form, signed("iam")), "Action=ListUsers",
            as: .queryXML, "<ListUsersResult>"),
        Row("form without version or signature", "POST", "/", form, "Action=ListUsers",
            as: .queryXML, "<ListUsersResult>"),
        Row("action in the query", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15",
            as: .queryXML, "GetCallerIdentityResult"),
        Row("action in the query of a POST", "POST", "/?Action=GetCallerIdentity&Version=2011-06-15",
            as: .queryXML, "GetCallerIdentityResult"),
        Row("presigned action", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15"
            + "&X-Amz-Credential=210987654321%2F20260105%2Fus-east-1%2Fsts%2Faws4_request"
            + "&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
            as: .queryXML, "<Account>210987654321<"),
        Row("unsigned root", "GET", "/", as: .s3XML, "<ListAllMyBucketsResult"),
        Row("signed root", "GET", "/", signed("s3"), as: .s3XML, "<ListAllMyBucketsResult"),
        Row("path style", "GET", "/seeds", as: .s3XML, "<Name>seeds</Name>"),
        Row("virtual host", "GET", "/", ["Host": "seeds.localhost:4566"], as: .s3XML, "<Name>seeds</Name>"),
        Row("virtual host below s3", "GET", "/", ["Host": "seeds.s3.localhost:4566"], as: .s3XML, "<Name>seeds</Name>"),
        Row("virtual host in a region", "GET", "/", ["Host": "seeds.s3.eu-west-1.amazonaws.com"],
            as: .s3XML, "<Name>seeds</Name>"),
        Row("virtual host, old form", "GET", "/?list-type=2", ["Host": "SEEDS.s3-eu-west-1.amazonaws.com"],
            as: .s3XML, "<Name>seeds</Name>"),
        Row("host of s3 itself", "GET", "/", ["Host": "s3.us-east-1.amazonaws.com"],
            as: .s3XML, "<ListAllMyBucketsResult"),
    ]

    static let refused: [Row] = [
        Row("target without a dot", "POST", "/", headers("SageMaker"), "{}",
            status: 400, as: .json, "UnknownOperationException"),
        Row("empty target", "POST", "/", headers(""), "{}", status: 400, as: .json, "UnknownOperationException"),
        Row("target without an operation", "POST", "/", headers("SageMaker."), "{}",
            status: 400, as: .json, "UnknownOperationException"),
        Row("target without a service", "POST", "/", headers(".ListModels"), "{}",
            status: 501, as: .json, "NotImplementedException"),
        Row("unknown operation", "POST", "/", headers("SageMaker.ListDreams"), "{}",
            status: 400, as: .json, "ListDreams"),
        Row("operation in another case", "POST", "/", headers("SageMaker.listModels"), "{}",
            status: 400, as: .json, "UnknownOperationException"),
        Row("unknown service", "POST", "/", headers("DynamoDB_20120810.ListTables"), "{}",
            status: 501, as: .json, "DynamoDB_20120810"),
        Row("operation that is not emulated", "POST", "/", headers("SageMaker.CreateTrainingJob"), "{",
            status: 501, as: .json, "CreateTrainingJob"),
        Row("no JSON at all", "POST", "/", headers("SageMaker.ListModels"), "",
            status: 400, as: .json, "SerializationException"),
        Row("broken JSON", "POST", "/", headers("SageMaker.ListModels"), "{",
            status: 400, as: .json, "SerializationException"),
        Row("JSON of another kind", "POST", "/", headers("SageMaker.ListModels"), "[]",
            status: 400, as: .json, "SerializationException"),
        Row("JSON with a wrong type", "POST", "/", headers("SageMaker.ListModels"), #"{"MaxResults":"x"}"#,
            status: 400, as: .json, "SerializationException"),
        Row("JSON with a tail", "POST", "/", headers("SageMaker.ListModels"), "{}x",
            status: 400, as: .json, "SerializationException"),
        Row("not UTF-8", "POST", "/", headers("SageMaker.DescribeModel"), "",
            status: 400, as: .json, "SerializationException")
            .with(bytes: Array(#"{"ModelName":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)),
        Row("nested too deep", "POST", "/", headers("SageMaker.ListModels"), String(repeating: "[", count: 100_000),
            status: 400, as: .json, "SerializationException"),
        Row("violated constraint", "POST", "/", headers("SageMaker.ListModels"), #"{"MaxResults":0}"#,
            status: 400, as: .json, "ValidationException"),
        Row("unknown rpc operation", "POST", cborPath + "Dream", cbor,
            status: 400, as: .cbor, "UnknownOperationException"),
        Row("broken CBOR", "POST", cborPath + "DescribeAlarms", cbor, status: 400, as: .cbor, "SerializationException")
            .with(bytes: [0xbf, 0x61]),
        Row("CBOR that announces much", "POST", cborPath + "DescribeAlarms", cbor,
            status: 400, as: .cbor, "SerializationException")
            .with(bytes: [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Row("unknown action", "POST", "/", merged(form, signed("sts")), "Action=Dream&Version=2011-06-15",
            status: 400, as: .queryXML,
            "<Code>InvalidAction</Code><Message>Could not find operation Dream for version 2011-06-15</Message>"),
        Row("broken escape in a form", "POST", "/", merged(form, signed("sts")), "Action=GetCallerIdentity&x=%zz",
            status: 400, as: .queryXML,
            "<Code>MalformedQueryString</Code>"),
        Row("missing member of an action", "POST", "/", form, "Action=GetUserPolicy&Version=2010-05-08",
            status: 400, as: .queryXML, "ValidationError"),
        Row("runtime path that is not there", "POST", "/endpoints/e/dreams", signed("sagemaker"),
            status: 404, as: .restJSON),
        Row("runtime method that is not there", "GET", "/endpoints/e/invocations", signed("sagemaker"),
            status: 404, as: .restJSON),
        Row("unsigned key of a bucket named endpoints", "GET", "/endpoints/e/dreams",
            status: 404, as: .s3XML, "<Code>NoSuchBucket</Code>"),
        Row("unknown endpoint", "POST", "/endpoints/e/invocations", status: 400, as: .restJSON, "NO_SUCH_ENDPOINT"),
        Row("endpoint of an impossible name", "POST", "/endpoints/a%20b/invocations",
            status: 400, as: .restJSON, "Message"),
        Row("broken escape in a runtime path", "POST", "/endpoints/%zz/invocations", status: 404, as: .restJSON),
        Row("missing bucket", "GET", "/none", status: 404, as: .s3XML, "<Code>NoSuchBucket</Code>"),
        Row("S3 method that is not there", "PATCH", "/seeds/k",
            status: 405, as: .s3XML, "<Code>MethodNotAllowed</Code>"),
        Row("broken XML", "POST", "/seeds?delete", signed("s3"), "<Delete><",
            status: 400, as: .s3XML, "<Code>MalformedXML</Code>"),
        Row("broken escape in an S3 path", "GET", "/seeds/%zz", status: 400, as: .s3XML, "<Code>InvalidURI</Code>"),
        Row("REST of a service that is not emulated", "GET", "/2015-03-31/functions/", signed("lambda"),
            status: 501, as: .json, "lambda"),
    ]

    private static func headers(_ operation: String) -> [String: String] {
        ["X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.1"]
    }

    static func send(_ row: Row, to coldframe: LocalColdframe) async throws -> HTTPAnswer {
        var headers: HTTPHeaders = ["Host": "localhost:4566"]
        for (name, value) in row.headers { headers.set(name, value) }
        return try await coldframe.send(HTTPRequest(
            method: row.method, target: row.target, headers: headers, body: RequestBody(bytes: row.body)))
    }

    @Test(arguments: understood + refused)
    func everySign(_ row: Row) async throws {
        try await LocalColdframe.with { coldframe in
            let made = try await coldframe.send(HTTPRequest(method: "PUT", target: "/seeds",
                headers: ["Host": "localhost"]))
            #expect(made.status == 200)
            let answer = try await Self.send(row, to: coldframe)
            #expect(answer.status == row.status, "\(answer.text)")
            #expect(row.form.isOf(answer), "\(answer.headers)\n\n\(answer.text)")
            #expect(row.shows.isEmpty || answer.text.contains(row.shows), "\(answer.text)")
            #expect(answer.headers["x-amzn-RequestId"] ?? answer.headers["x-amz-request-id"] != nil)
        }
    }

    /// The whole table on one server, twice: nothing of one call leaks into the next, and no id is given twice.
    @Test func oneServerForAll() async throws {
        try await LocalColdframe.with { coldframe in
            _ = try await coldframe.send(HTTPRequest(method: "PUT", target: "/seeds", headers: ["Host": "localhost"]))
            var ids: Set<String> = []
            for row in (Self.understood + Self.refused) + (Self.refused + Self.understood) {
                let answer = try await Self.send(row, to: coldframe)
                #expect(answer.status == row.status, "\(row.name)")
                let id = try #require(answer.headers["x-amzn-RequestId"] ?? answer.headers["x-amz-request-id"])
                #expect(ids.insert(id).inserted, "\(id)")
            }
        }
    }
}
