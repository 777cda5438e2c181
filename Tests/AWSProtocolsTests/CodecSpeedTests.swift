import AWSModel
import AWSProtocols
import Foundation
import HTTPServer
import SimTime
import Testing

/// Time per call, printed when asked for: `COLDFRAME_MEASURE=1 swift test -c release --filter CodecSpeedTests`.
@Suite struct CodecSpeedTests {
    private static let body = Array("""
        {"EndpointConfigName":"churn-model-config-2026-11-22","ProductionVariants":[{"VariantName":"primary","ModelName":
        "churn-model-2026-11-22-23-47-38","InitialInstanceCount":2,"InstanceType":"ml.m5.xlarge","InitialVariantWeight":1.0,
        "VolumeSizeInGB":30,"ModelDataDownloadTimeoutInSeconds":600,"ContainerStartupHealthCheckTimeoutInSeconds":600,
        "EnableSSMAccess":false},{"VariantName":"shadow","ModelName":"churn-model-2026-11-20-10-00-00","InitialInstanceCount":1,
        "InstanceType":"ml.m5.large","InitialVariantWeight":0.5}],"DataCaptureConfig":{"EnableCapture":true,
        "InitialSamplingPercentage":20,"DestinationS3Uri":"s3://my-bucket/capture","CaptureOptions":[{"CaptureMode":"Input"},
        {"CaptureMode":"Output"}],"CaptureContentTypeHeader":{"CsvContentTypes":["text/csv"],"JsonContentTypes":
        ["application/json"]}},"Tags":[{"Key":"team","Value":"growth"},{"Key":"stage","Value":"production"}],
        "KmsKeyId":"arn:aws:kms:us-east-1:123456789012:key/0000-1111"}
        """.utf8)

    private static let output: AWSObject = [
        "EndpointName": "churn", "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn",
        "EndpointConfigName": "churn-model-config-2026-11-22",
        "ProductionVariants": [[
            "VariantName": "primary", "DeployedImages": [[
                "SpecifiedImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:latest",
                "ResolvedImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:0123456789abcdef",
                "ResolutionTime": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_123)),
            ]],
            "CurrentWeight": 1.0, "DesiredWeight": 1.0, "CurrentInstanceCount": 2, "DesiredInstanceCount": 2,
            "VariantStatus": [["Status": "Updating", "StartTime": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_000))]],
        ]],
        "EndpointStatus": "InService", "CreationTime": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_123)),
        "LastModifiedTime": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_790_456)),
    ]

    @Test func bothDirectionsWork() throws {
        let create = try WireSample.codec("sagemaker", "CreateEndpointConfig", .json)
        let describe = try WireSample.codec("sagemaker", "DescribeEndpoint", .json)
        let head = HTTPRequest(method: "POST", target: "/")
        let rounds = ProcessInfo.processInfo.environment["COLDFRAME_MEASURE"] != nil ? 20_000 : 1
        var members = 0
        let decodeTime = try ContinuousClock().measure {
            for _ in 0..<rounds { members += try create.decodeRequest(head, body: Self.body).count }
        }
        var bytes = 0
        let encodeTime = ContinuousClock().measure {
            for _ in 0..<rounds { bytes += describe.encodeResponse(Self.output, requestID: "r").bytes.count }
        }
        #expect(members == rounds * 5)
        #expect(bytes > rounds * 500)
        if rounds > 1 {
            print("decode \(Self.body.count) B: \(decodeTime / rounds), encode \(bytes / rounds) B: \(encodeTime / rounds)")
        }
    }
}
