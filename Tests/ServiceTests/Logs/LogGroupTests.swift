import AWSModel
import ColdframeTesting
import Testing

/// Groups and streams: made, listed, tagged, removed.
@Suite struct LogGroupTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let operation: String
        let input: AWSValue
        let code: String
        let message: String
        var testDescription: String { "\(operation): \(message)" }
    }

    @Test(arguments: [
        Refusal(operation: "CreateLogGroup", input: ["logGroupName": "g"], code: "ResourceAlreadyExistsException",
                message: "The specified log group already exists"),
        Refusal(operation: "CreateLogGroup", input: ["logGroupName": "AWS/x"], code: "InvalidParameterException",
                message: "Log groups starting with AWS/ are reserved for AWS."),
        Refusal(operation: "CreateLogStream", input: ["logGroupName": "g", "logStreamName": "s"],
                code: "ResourceAlreadyExistsException", message: "The specified log stream already exists"),
        Refusal(operation: "CreateLogStream", input: ["logGroupName": "zzz", "logStreamName": "s"],
                code: "ResourceNotFoundException", message: "The specified log group does not exist."),
        Refusal(operation: "DeleteLogGroup", input: ["logGroupName": "zzz"], code: "ResourceNotFoundException",
                message: "The specified log group does not exist."),
        Refusal(operation: "DeleteLogStream", input: ["logGroupName": "g", "logStreamName": "zzz"],
                code: "ResourceNotFoundException", message: "The specified log stream does not exist."),
        Refusal(operation: "DescribeLogStreams", input: ["logGroupName": "g", "logStreamNamePrefix": "s", "orderBy": "LastEventTime"],
                code: "InvalidParameterException", message: "Cannot order by LastEventTime with a logStreamNamePrefix."),
        Refusal(operation: "CreateLogGroup", input: ["logGroupName": "a b"], code: "InvalidParameterException",
                message: "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: "
                    + "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"),
    ])
    func refuses(_ row: Refusal) async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            let fault = try await logs.fault(row.operation, row.input)
            #expect(fault == CallFault(status: 400, code: row.code, message: row.message))
        }
    }

    @Test func listsByPrefixPatternAndPage() async throws {
        try await LogsHarness.with { logs in
            for name in ["/aws/a", "/aws/b", "other"] { try await logs.call("CreateLogGroup", ["logGroupName": .string(name)]) }
            func names(_ input: AWSValue) async throws -> [String] {
                try await logs.call("DescribeLogGroups", input)["logGroups"]?.list?.compactMap { $0["logGroupName"]?.string } ?? []
            }
            #expect(try await names(["logGroupNamePrefix": "/aws"]) == ["/aws/a", "/aws/b"])
            #expect(try await names(["logGroupNamePattern": "THE"]) == ["other"])
            let page = try await logs.call("DescribeLogGroups", ["limit": 2])
            #expect(try await names(["limit": 2, "nextToken": page["nextToken"]]) == ["other"])
            let listed = try await logs.call("ListLogGroups", ["logGroupNamePattern": "^/aws"])["logGroups"]?.list
            #expect(listed?.first?["logGroupArn"] == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/a")
        }
    }

    @Test func tagsByARNAndByName() async throws {
        try await LogsHarness.with { logs in
            try await logs.call("CreateLogGroup", ["logGroupName": "g", "tags": ["a": "1"]])
            let arn: AWSValue = "arn:aws:logs:us-east-1:123456789012:log-group:g"
            try await logs.call("TagResource", ["resourceArn": arn, "tags": ["b": "2"]])
            #expect(try await logs.call("ListTagsLogGroup", ["logGroupName": "g"])["tags"] == ["a": "1", "b": "2"])
            try await logs.call("UntagResource", ["resourceArn": arn, "tagKeys": ["a"]])
            #expect(try await logs.call("ListTagsForResource", ["resourceArn": arn])["tags"] == ["b": "2"])
        }
    }

    @Test func protectionKeepsAGroup() async throws {
        try await LogsHarness.with { logs in
            try await logs.call("CreateLogGroup", ["logGroupName": "g", "deletionProtectionEnabled": true])
            #expect(try await logs.fault("DeleteLogGroup", ["logGroupName": "g"])?.code == "ValidationException")
            try await logs.call("PutLogGroupDeletionProtection", [
                "logGroupIdentifier": "g", "deletionProtectionEnabled": false,
            ])
            try await logs.call("DeleteLogGroup", ["logGroupName": "g"])
            #expect(try await logs.call("DescribeLogGroups")["logGroups"]?.list?.isEmpty == true)
        }
    }
}
