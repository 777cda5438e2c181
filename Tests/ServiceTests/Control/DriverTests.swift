import AWSModel
import ColdframeServer
import ColdframeTesting
import Foundation
import HTTPServer
import SimTime
import Store
import Testing

@Suite struct DriverTests {
    @Test func instantsAreSimulatedOnesInBothDirections() async throws {
        try await LocalColdframe.with { coldframe in
            try await coldframe.advance(by: .hours(3))
            try await coldframe.call(service: "cloudwatch", operation: "PutMetricData", input: [
                "Namespace": "N", "MetricData": [["MetricName": "m", "Value": 2, "Timestamp": .timestamp(coldframe.now)]],
            ])
            let answer = try await coldframe.call(service: "cloudwatch", operation: "GetMetricStatistics", input: [
                "Namespace": "N", "MetricName": "m", "Period": 60, "Statistics": ["Sum"],
                "StartTime": .timestamp(coldframe.now - .minutes(5)), "EndTime": .timestamp(coldframe.now + .minutes(1)),
            ])
            #expect(answer["Datapoints"]?.list?.map { $0["Timestamp"]?.instant } == [coldframe.now])
        }
    }

    @Test func invocationsCarryTheirBody() async throws {
        try await LocalColdframe.with { coldframe in
            try await StateTests.populate(coldframe)
            try await coldframe.removeBehavior("odd")
            let answer = try await coldframe.call(service: "sagemaker-runtime", operation: "InvokeEndpoint", input: [
                "EndpointName": "churn", "ContentType": "text/csv", "Body": .blob(Array("1,2,3\n4,5,6\n".utf8)),
            ])
            #expect(answer["InvokedProductionVariant"] == "AllTraffic")
            #expect(answer["Body"]?.blob?.isEmpty == false)
            try await coldframe.setBehavior("broken", ["respond": ["status": 418, "body": "no"]])
            let fault = await #expect(throws: CallFault.self) {
                try await coldframe.call(service: "sagemaker-runtime", operation: "InvokeEndpoint", input: [
                    "EndpointName": "churn", "Body": .blob([1]),
                ])
            }
            #expect(fault?.code == "ModelError" && fault?.status == 424)
            try await coldframe.removeBehavior("broken")
        }
    }

    @Test func validationIsTheServersOwn() async throws {
        try await LocalColdframe.with { coldframe in
            let fault = await #expect(throws: CallFault.self) {
                try await coldframe.call(service: "sagemaker", operation: "DescribeEndpoint", input: ["EndpointName": "a b"])
            }
            #expect(fault?.code == "ValidationException" && fault?.message.contains("endpointName") == true)
        }
    }

    @Test func callsThatCannotBeMade() async throws {
        try await LocalColdframe.with { coldframe in
            await #expect(throws: CallProblem.unknownService("x")) { try await coldframe.call(service: "x", operation: "Y") }
            await #expect(throws: CallProblem.unknownOperation(service: "sagemaker", operation: "Y")) {
                try await coldframe.call(service: "sagemaker", operation: "Y")
            }
            await #expect(throws: CallProblem.unsupportedProtocol(service: "s3")) {
                try await coldframe.call(service: "s3", operation: "ListBuckets")
            }
        }
    }

    @Test func nothingIsLeftBehind() async throws {
        let folder = try await LocalColdframe.with { coldframe in
            try await StateTests.populate(coldframe)
            return coldframe.server.store.folder
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
