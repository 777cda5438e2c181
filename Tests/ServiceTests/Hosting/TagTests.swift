import AWSModel
import ColdframeTesting
import Testing

/// Which tags SageMaker refuses, at creation as in AddTags.
@Suite struct TagTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let keys: [String]
        var message: String?
        var testDescription: String { keys.joined(separator: " ") }
        var tags: AWSValue { .list(keys.map { ["Key": .string($0), "Value": "aws:v"] }) }
    }

    static let reserved = "aws: prefixed tag key names are not allowed for external use."

    static let rows = [
        Row(keys: ["a", "A", "awsome", "my:aws:key"]),
        Row(keys: ["a", "aws:cloudformation:stack-name"], message: reserved),
        Row(keys: ["AWS:x"], message: reserved),
        Row(keys: ["a", "b", "a"], message: "Duplicate tag key"),
    ]

    @Test(arguments: rows)
    func atCreationAndLater(_ row: Row) async throws {
        try await Hosting.with { hosting in
            let created = try await hosting.fault("CreateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "blue", "Tags": row.tags,
            ])
            #expect(created?.message == row.message && [nil, "ValidationException"].contains(created?.code))
            let endpoints = try await hosting.call("ListEndpoints")["Endpoints"]?.list?.count
            #expect(endpoints == (row.message == nil ? 1 : 0))

            let arn: AWSValue = .string(Hosting.arn("model/blue-model"))
            let added = try await hosting.fault("AddTags", ["ResourceArn": arn, "Tags": row.tags])
            #expect(added?.message == row.message && [nil, "ValidationException"].contains(added?.code))
            let tags = try await hosting.call("ListTags", ["ResourceArn": arn])["Tags"]
            #expect(tags == (row.message == nil ? row.tags : []))
        }
    }

    /// One key in two calls is a change of its value.
    @Test func aKeyIsOverwritten() async throws {
        try await Hosting.with { hosting in
            let arn: AWSValue = .string(Hosting.arn("model/blue-model"))
            for value in ["1", "2"] {
                try await hosting.call("AddTags", ["ResourceArn": arn, "Tags": [["Key": "a", "Value": .string(value)]]])
            }
            #expect(try await hosting.call("ListTags", ["ResourceArn": arn])["Tags"] == [["Key": "a", "Value": "2"]])
        }
    }
}
