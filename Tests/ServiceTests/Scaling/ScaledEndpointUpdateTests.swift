import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// What UpdateEndpoint may change of a variant that auto scaling looks after.
@Suite struct ScaledEndpointUpdateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The variants of the new configuration.
        let variants: [AWSValue]
        /// What the refusal says of `AllTraffic`; nil when the update is taken.
        var says: String?
    }

    static func variant(_ name: String = "AllTraffic", type: String, model: String = "blue-model") -> AWSValue {
        var variant = Hosting.variant(name, model: model).object ?? [:]
        variant["InstanceType"] = .string(type)
        return .object(variant)
    }

    @Test(arguments: [
        Row(testDescription: "another model", variants: [variant(type: "ml.m5.xlarge", model: "green-model")]),
        Row(testDescription: "one more variant", variants: [
            variant(type: "ml.m5.xlarge"), variant("more", type: "ml.c5.xlarge"),
        ]),
        Row(testDescription: "another type", variants: [variant(type: "ml.c5.xlarge")], says: "instance type"),
        Row(testDescription: "another name", variants: [variant("renamed", type: "ml.m5.xlarge")], says: "removed"),
        Row(testDescription: "another name and type", variants: [variant("renamed", type: "ml.c5.xlarge")], says: "removed"),
        Row(testDescription: "serverless instead", variants: [
            ServerlessEndpointTests.variant("blue-model", ["MemorySizeInMB": 1024, "MaxConcurrency": 1]),
        ], says: "serverless"),
    ])
    func anUpdate(_ row: Row) async throws {
        try await Hosting.served { hosting in
            try await hosting.register()
            try await hosting.makeConfig("next", row.variants)
            let update: AWSValue = ["EndpointName": "churn", "EndpointConfigName": "next"]
            let fault = try await hosting.fault("UpdateEndpoint", update)
            guard let says = row.says else {
                #expect(fault == nil)
                #expect(try await hosting.settle()["EndpointConfigName"] == "next")
                return
            }
            #expect(fault?.code == "ValidationException" && fault?.message.contains(says) == true, "\(String(describing: fault))")
            #expect(fault?.message.contains("AllTraffic") == true)
            #expect(try await hosting.describe()["EndpointStatus"] == "InService")
            guard says != "serverless" else { return }
            // Deregistered, it is a variant like any other.
            try await hosting.scaling("DeregisterScalableTarget")
            try await hosting.call("UpdateEndpoint", update)
            #expect(try await hosting.settle()["EndpointConfigName"] == "next")
        }
    }

    /// The target of one endpoint binds no other, and none of another account.
    @Test func onlyItsOwnEndpointIsBound() async throws {
        try await Hosting.served { hosting in
            try await hosting.makeEndpoint("churn-2", config: "blue")
            try await hosting.register()
            try await hosting.makeConfig("next", [Self.variant(type: "ml.c5.xlarge")])
            #expect(try await hosting.fault(
                "UpdateEndpoint", ["EndpointName": "churn-2", "EndpointConfigName": "next"]) == nil)
        }
    }
}
