import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Testing

@Suite struct RESTRouterTests {
    private static let s3 = ModelCatalog.shared.model(ServiceID("s3")).map { RESTRouter(model: $0) }

    private func route(_ line: String, headers: HTTPHeaders = [:], bucket: String? = nil) throws -> String {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        let request = HTTPRequest(method: parts[0], target: parts[1], headers: headers)
        switch try #require(Self.s3).match(request, bucket: bucket) {
        case .matched(let match):
            let labels = match.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([match.operation.name] + labels).joined(separator: " ")
        case .methodNotAllowed: return "405"
        case .noRoute: return "404"
        case .malformedPath: return "400"
        }
    }

    @Test(arguments: [
        (line: "GET /", route: "ListBuckets"),
        (line: "GET /?x-id=ListBuckets&max-buckets=3", route: "ListBuckets"),
        (line: "GET /b", route: "ListObjects Bucket=b"),
        (line: "GET /b/", route: "ListObjects Bucket=b"),
        (line: "GET /b?prefix=a%2F&delimiter=%2F", route: "ListObjects Bucket=b"),
        (line: "GET /b?list-type=2&prefix=", route: "ListObjectsV2 Bucket=b"),
        (line: "GET /b?location", route: "GetBucketLocation Bucket=b"),
        (line: "GET /b?uploads", route: "ListMultipartUploads Bucket=b"),
        (line: "GET /b?lifecycle", route: "GetBucketLifecycleConfiguration Bucket=b"),
        (line: "GET /b?analytics&id=1", route: "GetBucketAnalyticsConfiguration Bucket=b"),
        (line: "GET /b?analytics", route: "ListBucketAnalyticsConfigurations Bucket=b"),
        (line: "PUT /b", route: "CreateBucket Bucket=b"),
        (line: "PUT /b?versioning", route: "PutBucketVersioning Bucket=b"),
        (line: "DELETE /b", route: "DeleteBucket Bucket=b"),
        (line: "DELETE /b?policy", route: "DeleteBucketPolicy Bucket=b"),
        (line: "DELETE /b?versioning", route: "405"),
        (line: "DELETE /b?unheardOf", route: "405"),
        (line: "POST /b?delete", route: "DeleteObjects Bucket=b"),
        (line: "POST /b", route: "405"),
        (line: "HEAD /b", route: "HeadBucket Bucket=b"),
        (line: "PATCH /b/k", route: "405"),
        (line: "PUT /b/k?x-id=PutObject", route: "PutObject Bucket=b Key=k"),
        (line: "PUT /b/k?partNumber=1&uploadId=u", route: "UploadPart Bucket=b Key=k"),
        (line: "PUT /b/k?X-Amz-Signature=&X-Amz-Date=1", route: "PutObject Bucket=b Key=k"),
        (line: "PUT /b/k?AWSAccessKeyId=A&Signature=&Expires=1", route: "PutObject Bucket=b Key=k"),
        (line: "PUT /b/k?uploadId=u", route: "405"),
        (line: "DELETE /b/k?uploadId", route: "AbortMultipartUpload Bucket=b Key=k"),
        (line: "PUT /b/k?tagging", route: "PutObjectTagging Bucket=b Key=k"),
        (line: "POST /b/k?uploads", route: "CreateMultipartUpload Bucket=b Key=k"),
        (line: "POST /b/k?uploadId=u", route: "CompleteMultipartUpload Bucket=b Key=k"),
        (line: "GET /b/k?uploadId=u", route: "ListParts Bucket=b Key=k"),
        (line: "GET /b/k?partNumber=1&versionId=v", route: "GetObject Bucket=b Key=k"),
        (line: "GET /b/k?acl", route: "GetObjectAcl Bucket=b Key=k"),
        (line: "DELETE /b/k?uploadId=u", route: "AbortMultipartUpload Bucket=b Key=k"),
        (line: "DELETE /b/k", route: "DeleteObject Bucket=b Key=k"),
        (line: "GET /b//", route: "GetObject Bucket=b Key=/"),
        (line: "GET /b/a//b/", route: "GetObject Bucket=b Key=a//b/"),
        (line: "GET /b/a%2Fb%20c+d%25", route: "GetObject Bucket=b Key=a/b c+d%"),
        (line: "GET /b/%F0%9F%98%80", route: "GetObject Bucket=b Key=😀"),
        (line: "GET /b/%zz", route: "400"),
        (line: "GET /b/%ff", route: "400"),
    ])
    func pathStyle(line: String, route expected: String) throws {
        #expect(try route(line) == expected)
    }

    @Test(arguments: [
        (line: "GET /", route: "ListObjects Bucket=b.c"), (line: "PUT /k/l", route: "PutObject Bucket=b.c Key=k/l"),
        (line: "GET //", route: "GetObject Bucket=b.c Key=/"), (line: "DELETE /", route: "DeleteBucket Bucket=b.c"),
    ])
    func virtualHostStyle(line: String, route expected: String) throws {
        #expect(try route(line, bucket: "b.c") == expected)
    }

    @Test func copiesAreToldApartByTheirHeader() throws {
        let headers: HTTPHeaders = ["x-amz-copy-source": "b/k"]
        #expect(try route("PUT /b/k", headers: headers) == "CopyObject Bucket=b Key=k")
        #expect(try route("PUT /b/k?partNumber=1&uploadId=u", headers: headers) == "UploadPartCopy Bucket=b Key=k")
    }

    @Test func runtimeRoutes() throws {
        let router = RESTRouter(model: try WireSample.model("sagemaker-runtime"))
        let request = HTTPRequest(method: "POST", target: "/endpoints/my-e/invocations")
        guard case .matched(let match) = router.match(request) else { Issue.record("no match"); return }
        #expect(match.operation.name == "InvokeEndpoint")
        #expect(match.labels == ["EndpointName": "my-e"])
        guard case .noRoute = router.match(HTTPRequest(method: "POST", target: "/endpoints//invocations")) else {
            Issue.record("an empty name matched")
            return
        }
    }
}

@Suite struct RESTCodecTests {
    @Test func runtimeInputComesFromHeadersAndLabels() throws {
        let codec = try WireSample.codec("sagemaker-runtime", "InvokeEndpoint", .restJSON)
        #expect(codec.passesBodyThrough)
        let head = HTTPRequest(
            method: "POST", target: "/endpoints/e/invocations",
            headers: ["content-type": "text/csv", "X-Amzn-SageMaker-Target-Variant": "v"])
        #expect(
            try codec.decodeRequest(head, labels: ["EndpointName": "e"], body: [])
                == ["EndpointName": "e", "ContentType": "text/csv", "TargetVariant": "v"])
    }

    @Test func runtimeOutputGoesToHeaders() throws {
        let response = try WireSample.codec("sagemaker-runtime", "InvokeEndpoint", .restJSON).encodeResponse(
            ["ContentType": "text/csv", "InvokedProductionVariant": "v", "CustomAttributes": "a\r\nb"],
            payload: .bytes([0x31]), headers: ["X-Coldframe": "synthetic"], requestID: "r")
        #expect(response.bytes == [0x31])
        #expect(response.headers["Content-Type"] == "text/csv")
        #expect(response.headers["x-Amzn-Invoked-Production-Variant"] == "v")
        #expect(response.headers["X-Amzn-SageMaker-Custom-Attributes"] == "a  b")
        #expect(response.headers["X-Coldframe"] == "synthetic")
        let accepted = try WireSample.codec("sagemaker-runtime", "InvokeEndpointAsync", .restJSON)
            .encodeResponse(["InferenceId": "i", "OutputLocation": "s3://b/o"], requestID: "r")
        #expect(accepted.status == 202)
        #expect(accepted.text == #"{"InferenceId":"i"}"#)
    }

    @Test func eventStreamsHaveTheirContentType() throws {
        let response = try WireSample.codec("sagemaker-runtime", "InvokeEndpointWithResponseStream", .restJSON)
            .encodeResponse(["ContentType": "text/plain"], payload: .bytes([1]), requestID: "r")
        #expect(response.headers["Content-Type"] == "application/vnd.amazon.eventstream")
        #expect(response.headers["X-Amzn-SageMaker-Content-Type"] == "text/plain")
    }

    @Test func s3ReadsXMLAndHeaders() throws {
        let body = """
            <?xml version="1.0"?><!-- c --><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Part><ETag>&quot;a&#x41;&quot;</ETag><PartNumber> 1 </PartNumber></Part>
            <Part><PartNumber>2</PartNumber><ETag><![CDATA["<b>"]]></ETag><Extra/></Part></CompleteMultipartUpload>
            """
        #expect(
            try WireSample.decode(
                "s3", "CompleteMultipartUpload", .restXML, body, target: "/b/k?uploadId=u%2F",
                headers: ["If-None-Match": "*"], labels: ["Bucket": "b", "Key": "k"]) == [
                    "Bucket": "b", "Key": "k", "UploadId": "u/", "IfNoneMatch": "*",
                    "MultipartUpload": ["Parts": [
                        ["ETag": "\"aA\"", "PartNumber": 1], ["ETag": "\"<b>\"", "PartNumber": 2],
                    ]],
                ])
        let put = try WireSample.decode(
            "s3", "PutObject", .restXML, "", headers: [
                "X-Amz-Meta-Color": "red", "x-amz-meta-": "no", "If-Match": "e", "Expires": "never",
                "x-amz-object-lock-retain-until-date": "2026-01-01T00:00:00Z",
            ])
        #expect(put["Metadata"] == ["color": "red"])
        #expect(put["Expires"] == nil)
        #expect(put["ObjectLockRetainUntilDate"]?.instant?.millisecondsSinceEpoch == 1_767_225_600_000)
        let grant = try WireSample.decode(
            "s3", "PutBucketAcl", .restXML,
            "<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:i=\"u\" i:type=\"Group\"><URI>g</URI></Grantee>"
                + "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>")
        #expect(
            grant["AccessControlPolicy"]
                == ["Grants": [["Grantee": ["Type": "Group", "URI": "g"], "Permission": "READ"]]])
    }

    @Test(arguments: [
        "<a>", "<Tagging>", "<Tagging></tagging>", "x", "<Tagging/><b/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><Tagging>&b;</Tagging>",
        "<Tagging>&b;</Tagging>", "<Tagging a=b/>", "<Tagging a='1'b='2'/>", "<Tagging>&#xD800;</Tagging>", "<Tagging><![CDATA[</Tagging>",
        "<Other/>", "<Tagging><!--</Tagging>", "<Tagging>&amp</Tagging>", String(repeating: "<Tagging>", count: 50_000),
    ])
    func s3RefusesMalformedXML(body: String) {
        #expect(
            throws: AWSFault(
                "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema",
                status: 400)
        ) { try WireSample.decode("s3", "PutBucketTagging", .restXML, body) }
    }

    @Test(arguments: [
        (operation: "GetBucketLocation", output: [:],
         body: #"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#),
        (operation: "GetBucketLocation", output: ["LocationConstraint": "eu-west-1"],
         body: #"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>"#),
        (operation: "GetBucketVersioning", output: [:],
         body: #"<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#),
        (operation: "ListObjectsV2",
         output: [
            "Name": "b", "Prefix": "", "KeyCount": 1,
            "Contents": [[
                "Key": "a", "LastModified": .timestamp(SimInstant(millisecondsSinceEpoch: 0)), "ETag": "\"e\"",
                "ChecksumAlgorithm": ["CRC32", "SHA1"],
            ]],
            "CommonPrefixes": [["Prefix": "p/"], ["Prefix": "q/"]],
         ],
         body: #"<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/><KeyCount>1</KeyCount>"#
            + "<Contents><Key>a</Key><LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
            + "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA1</ChecksumAlgorithm></Contents>"
            + "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>q/</Prefix></CommonPrefixes></ListBucketResult>"),
        (operation: "GetBucketAcl", output: ["Grants": [["Grantee": ["Type": "Group", "URI": "g"]]]],
         body: #"<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList><Grant>"#
            + #"<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>g</URI></Grantee></Grant>"#
            + "</AccessControlList></AccessControlPolicy>"),
        (operation: "CopyObject", output: ["CopyObjectResult": ["ETag": "e"], "VersionId": "v"],
         body: #"<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>e</ETag></CopyObjectResult>"#),
    ] as [(operation: String, output: AWSObject, body: String)])
    func s3WritesXML(operation: String, output: AWSObject, body: String) throws {
        let response = try WireSample.codec("s3", operation, .restXML).encodeResponse(output, requestID: "r")
        #expect(response.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body)
        #expect(response.headers["Content-Type"] == "application/xml")
        #expect(response.headers["Server"] == "AmazonS3")
    }

    @Test func s3HeadersOfAnObject() throws {
        let response = try WireSample.codec("s3", "GetObject", .restXML).encodeResponse(
            [
                "LastModified": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_900)), "ContentLength": 5,
                "Metadata": ["color": "red"], "DeleteMarker": false,
            ], payload: .headOnly(length: 5), status: 206, requestID: "r")
        #expect(response.status == 206)
        #expect(response.headers["Last-Modified"] == "Wed, 17 Dec 2025 13:23:00 GMT")
        #expect(response.headers["x-amz-meta-color"] == "red")
        #expect(response.headers["x-amz-delete-marker"] == "false")
        guard case .headOnly(5) = response.body else { Issue.record("the payload was lost"); return }
        #expect(try WireSample.codec("s3", "DeleteObject", .restXML).encodeResponse([:], requestID: "r").status == 204)
    }
}
