import AWSModel
import AWSProtocols
import HTTPServer
import Testing

@Suite struct FaultTests {
    private func encode(
        _ fault: AWSFault, _ service: String, _ wire: WireProtocol, method: String = "POST", headers: HTTPHeaders = [:]
    ) throws -> HTTPResponse {
        WireCodec.encodeFault(
            fault, model: try WireSample.model(service), wire: wire, requestID: "7a62c49f-347e-4fc4-9331-6e8eDEADBEEF",
            method: method, requestHeaders: headers)
    }

    @Test(arguments: [
        (fault: AWSFault.validation("m"), body: #"{"__type":"ValidationException","message":"m"}"#),
        (fault: AWSFault("ResourceLimitExceeded", "m"), body: #"{"__type":"ResourceLimitExceeded","Message":"m"}"#),
        (fault: AWSFault("UnknownOperationException", nil), body: #"{"__type":"UnknownOperationException"}"#),
    ])
    func json(fault: AWSFault, body: String) throws {
        let response = try encode(fault, "sagemaker", .json)
        #expect(response.status == 400)
        #expect(response.text == body)
        #expect(response.headers["Content-Type"] == "application/x-amz-json-1.1")
    }

    @Test(arguments: [
        (code: "ResourceNotFound", isQueryMode: false, status: 400, type: "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound", error: nil),
        (code: "ResourceNotFound", isQueryMode: true, status: 404, type: "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound",
         error: "ResourceNotFound;Sender"),
        (code: "InvalidParameterValueException", isQueryMode: true, status: 400,
         type: "com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException", error: "InvalidParameterValue;Sender"),
        (code: "ValidationException", isQueryMode: true, status: 400, type: "com.amazon.coral.validate#ValidationException",
         error: "ValidationError;Sender"),
        (code: "SerializationException", isQueryMode: false, status: 400, type: "com.amazon.coral.service#SerializationException",
         error: nil),
    ] as [(code: String, isQueryMode: Bool, status: Int, type: String, error: String?)])
    func queryCompatibility(code: String, isQueryMode: Bool, status: Int, type: String, error: String?) throws {
        let response = try encode(
            AWSFault(code, nil), "cloudwatch", .json, headers: isQueryMode ? ["x-amzn-query-mode": "true"] : [:])
        #expect(response.status == status)
        #expect(response.text == #"{"__type":"\#(type)"}"#)
        #expect(response.headers["x-amzn-query-error"] == error)
        #expect(response.headers["Content-Type"] == "application/x-amz-json-1.0")
        let cbor = try encode(AWSFault(code, nil), "cloudwatch", .cbor)
        #expect(cbor.headers["smithy-protocol"] == "rpc-v2-cbor")
        #expect(cbor.status == 400)
    }

    @Test func internalFailuresKeepTheirStatus() throws {
        for wire in [WireProtocol.json, .cbor, .query] {
            #expect(try encode(.internalFailure, "cloudwatch", wire).status == 500)
        }
    }

    @Test func restJSONHasTheTypeInAHeaderAndSortedKeys() throws {
        let fault = AWSFault(
            "ModelError", "Received \"x\"",
            members: ["ErrorCode": "CLIENT_ERROR_FROM_MODEL", "LogStreamArn": "a", "OriginalMessage": "o", "OriginalStatusCode": 400])
        let response = try encode(fault, "sagemaker-runtime", .restJSON)
        #expect(response.status == 424)
        #expect(
            response.headers["x-amzn-ErrorType"]
                == "ModelError:http://internal.amazon.com/coral/com.amazon.sagemaker/")
        #expect(
            response.text == #"{"ErrorCode":"CLIENT_ERROR_FROM_MODEL","LogStreamArn":"a","Message":"Received \"x\"","#
                + #""OriginalMessage":"o","OriginalStatusCode":400}"#)
    }

    @Test(arguments: [
        (fault: AWSFault("NoSuchEntityException", "m"), status: 404, code: "NoSuchEntity", type: "Sender"),
        (fault: AWSFault.validation("m"), status: 400, code: "ValidationError", type: "Sender"),
        (fault: AWSFault("AccessDeniedException", "m"), status: 403, code: "AccessDenied", type: "Sender"),
        (fault: AWSFault("ServiceFailureException", "m", isSenderFault: false), status: 500, code: "ServiceFailure", type: "Receiver"),
    ])
    func query(fault: AWSFault, status: Int, code: String, type: String) throws {
        let response = try encode(fault, "iam", .query)
        #expect(response.status == status)
        #expect(response.headers["Content-Type"] == "text/xml")
        #expect(
            response.text == #"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>\#(type)</Type>"#
                + "<Code>\(code)</Code><Message>m</Message></Error><RequestId>7a62c49f-347e-4fc4-9331-6e8eDEADBEEF</RequestId>"
                + "</ErrorResponse>")
    }

    @Test func queryFaultsCarryTheirMembers() throws {
        let fault = AWSFault("ResourceNotFoundException", nil, members: ["ResourceType": "Dashboard", "ResourceId": "d"])
        let response = try encode(fault, "cloudwatch", .query)
        #expect(response.status == 404)
        #expect(response.text.contains("<Code>ResourceNotFoundException</Code><ResourceType>Dashboard</ResourceType>"))
        #expect(!response.text.contains("<Message>"))
    }

    @Test func s3FaultsHaveNoNamespaceAndNoBodyForHead() throws {
        let fault = AWSFault("NoSuchKey", "The specified key does not exist.", members: ["Key": "a&b"])
        let response = try encode(fault, "s3", .restXML, method: "GET")
        #expect(response.status == 404)
        #expect(response.headers["x-amz-request-id"] == "7A62C49F347E4FC4")
        #expect(
            response.text.hasPrefix(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>"
                    + "<Message>The specified key does not exist.</Message><Key>a&amp;b</Key>"
                    + "<RequestId>7A62C49F347E4FC4</RequestId><HostId>"))
        let head = try encode(fault, "s3", .restXML, method: "HEAD")
        #expect(head.status == 404)
        #expect(head.bytes.isEmpty)
        #expect(try encode(AWSFault("NotModified", nil, status: 304), "s3", .restXML, method: "GET").bytes.isEmpty)
    }

    @Test func aRequestWithoutAServiceStillGetsAnAnswer() {
        let response = WireCodec.encodeFault(
            AWSFault("UnknownOperationException", nil), model: nil, wire: .json, requestID: "r")
        #expect(response.text == #"{"__type":"UnknownOperationException"}"#)
    }
}
