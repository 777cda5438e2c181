import AWSModel
import AWSProtocols
import ColdframeTesting
import SimTime
import Testing

/// The three List operations: filters, orders, pages, tokens.
@Suite struct ListingTests {
    /// Models `b`, `d`, `a`, `c`, `e` in that order, a second apart, the first a second after `began`.
    static func withModels(_ body: (LocalColdframe, _ began: SimInstant) async throws -> Void) async throws {
        try await LocalColdframe.with { coldframe in
            let hosting = Hosting(coldframe: coldframe)
            let began = coldframe.now
            for name in ["b", "d", "a", "c", "e"] {
                try await coldframe.advance(by: .seconds(1))
                try await hosting.makeModel("model-\(name)")
            }
            try await body(coldframe, began)
        }
    }

    static func names(_ answer: AWSValue) -> String {
        (answer["Models"]?.list ?? []).compactMap { $0["ModelName"]?.string?.last.map(String.init) }.joined()
    }

    struct Order: CustomTestStringConvertible {
        var input: AWSObject
        var expected: String
        var testDescription: String { "\(JSON.string(.object(input))) → \(expected)" }
    }

    static let orders = [
        Order(input: [:], expected: "ecadb"),
        Order(input: ["SortOrder": "Ascending"], expected: "bdace"),
        Order(input: ["SortBy": "Name"], expected: "edcba"),
        Order(input: ["SortBy": "Name", "SortOrder": "Ascending"], expected: "abcde"),
        Order(input: ["SortBy": "CreationTime", "SortOrder": "Descending"], expected: "ecadb"),
        Order(input: ["NameContains": "l-c"], expected: "c"),
        Order(input: ["NameContains": "nothing"], expected: ""),
        Order(input: ["MaxResults": 100], expected: "ecadb"),
    ]

    @Test(arguments: orders)
    func orderAndFilter(_ order: Order) async throws {
        try await Self.withModels { coldframe, _ in
            let answer = try await coldframe.call(service: "sagemaker", operation: "ListModels",
                input: .object(order.input))
            #expect(Self.names(answer) == order.expected)
            #expect(answer["NextToken"] == nil)
        }
    }

    /// Every page size gives the same sequence, without gaps and repeats.
    @Test(arguments: orders.filter { $0.expected.count == 5 && $0.input["MaxResults"] == nil }, [Int64(1), 2, 4, 5])
    func pages(_ order: Order, _ size: Int64) async throws {
        try await Self.withModels { coldframe, _ in
            var (input, found, pageCount) = (order.input, "", 0)
            input["MaxResults"] = .integer(size)
            repeat {
                let answer = try await coldframe.call(service: "sagemaker", operation: "ListModels",
                    input: .object(input))
                #expect(Self.names(answer).count <= Int(size))
                found += Self.names(answer)
                input["NextToken"] = answer["NextToken"]
                pageCount += 1
            } while input["NextToken"] != nil && pageCount < 10
            #expect(found == order.expected)
            #expect(pageCount == (5 + Int(size) - 1) / Int(size))
        }
    }

    @Test func timesBound() async throws {
        try await Self.withModels { coldframe, began in
            for (member, half, expected) in [
                ("CreationTimeBefore", Int64(2500), "db"), ("CreationTimeAfter", 2500, "eca"),
                ("CreationTimeAfter", 5500, ""), ("CreationTimeBefore", 500, ""),
            ] {
                let bound = AWSValue.timestamp(began + .milliseconds(half))
                let answer = try await coldframe.call(
                    service: "sagemaker", operation: "ListModels", input: .object([member: bound]))
                #expect(Self.names(answer) == expected, "\(member) \(half)")
            }
        }
    }

    @Test func tenAreShownUnlessAskedOtherwise() async throws {
        try await LocalColdframe.with { coldframe in
            let hosting = Hosting(coldframe: coldframe)
            for number in 0..<12 { try await hosting.makeModel("m\(number)") }
            let first = try await hosting.call("ListModels")
            #expect(first["Models"]?.list?.count == 10)
            let rest = try await hosting.call("ListModels", ["NextToken": first["NextToken"]])
            #expect(rest["Models"]?.list?.count == 2 && rest["NextToken"] == nil)
            // Made in one millisecond, and still none is shown twice.
            let all = [first, rest].flatMap { $0["Models"]?.list ?? [] }.compactMap { $0["ModelName"]?.string }
            #expect(Set(all).count == 12)
        }
    }

    @Test func aPageGoesOnWhereTheLastEnded() async throws {
        try await Self.withModels { coldframe, _ in
            let hosting = Hosting(coldframe: coldframe)
            let first = try await hosting.call("ListModels", ["SortBy": "Name", "SortOrder": "Ascending",
                "MaxResults": 2])
            #expect(Self.names(first) == "ab")
            try await hosting.call("DeleteModel", ["ModelName": "model-b"])
            try await hosting.call("DeleteModel", ["ModelName": "model-c"])
            try await hosting.makeModel("model-aa")
            let rest = try await hosting.call("ListModels", [
                "SortBy": "Name", "SortOrder": "Ascending", "NextToken": first["NextToken"],
            ])
            #expect(Self.names(rest) == "de")
        }
    }

    @Test(arguments: [
        "", " ", "0", "abc", "zz", "00", "ff", "310a", String(repeating: "31", count: 4096), "%00", "é", "last",
        "upper", "cut", "longer", "of configurations", "of another order",
    ])
    func badTokens(_ kind: String) async throws {
        try await Self.withModels { coldframe, _ in
            let hosting = Hosting(coldframe: coldframe)
            let good = try #require(try await hosting.call("ListModels", ["MaxResults": 2])["NextToken"]?.string)
            let token = switch kind {
            case "cut": String(good.dropLast())
            case "longer": good + "0"
            case "upper": "X" + good
            case "of configurations": good
            case "of another order": good
            default: kind
            }
            var input: AWSObject = ["NextToken": .string(token)]
            if kind == "of another order" { input["SortOrder"] = "Ascending" }
            let operation = kind == "of configurations" ? "ListEndpointConfigs" : "ListModels"
            let fault = try await hosting.fault(operation, .object(input))
            #expect(fault?.code == "ValidationException" && fault?.status == 400)
        }
    }

    @Test(arguments: [
        ("MaxResults", AWSValue.integer(0)), ("MaxResults", 101), ("SortBy", "Colour"), ("SortOrder", "ascending"),
        ("NameContains", "a b"), ("NameContains", .string(String(repeating: "a", count: 64))), ("StatusEquals",
            "Sleeping"),
    ])
    func questionsThatMakeNoSense(_ member: String, _ value: AWSValue) async throws {
        try await LocalColdframe.with { coldframe in
            let fault = try await Hosting(coldframe: coldframe).fault("ListEndpoints", .object([member: value]))
            #expect(fault?.code == "ValidationException")
            #expect(fault?.message.hasPrefix("1 validation error detected: Value ") == true, "\(fault?.message ?? "")")
        }
    }

    @Test func endpointsByStatus() async throws {
        try await Hosting.served { hosting in
            try await hosting.makeEndpoint("other", config: "green")
            try await hosting.call("CreateEndpoint", ["EndpointName": "young", "EndpointConfigName": "green"])
            for (input, expected) in [
                (["StatusEquals": "InService"] as AWSValue, ["other", "churn"]), (["StatusEquals": "Creating"],
                    ["young"]),
                (["StatusEquals": "Failed"], []), (["SortBy": "Name", "SortOrder": "Ascending"], ["churn", "other",
                    "young"]),
                (["SortBy": "Status", "SortOrder": "Ascending"], ["young", "churn", "other"]),
                (["StatusEquals": "InService", "NameContains": "chu"], ["churn"]),
            ] {
                let listed = try await hosting.call("ListEndpoints", input)["Endpoints"]?.list ?? []
                #expect(listed.compactMap { $0["EndpointName"]?.string } == expected, "\(JSON.string(input))")
            }
            let item = try await hosting.call("ListEndpoints", ["NameContains": "churn"])["Endpoints"]?.list?.first
            let described = try await hosting.describe()
            for member in ["EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"] {
                #expect(item?[member] != nil && item?[member] == described[member], "\(member)")
            }
            #expect(item?.object?.count == 5)
        }
    }
}
