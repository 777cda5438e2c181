import AWSModel
import ColdframeTesting
import Outbound
import SimTime
import Testing

/// Endpoints whose machines come from pools of several types, under `coldframe capacity`.
@Suite struct InstancePoolEndpointTests {
    static let pools: AWSValue = [
        ["InstanceType": "ml.g6.2xlarge", "Priority": 1], ["InstanceType": "ml.g6e.2xlarge", "Priority": 2],
    ]

    static func makeConfig(
        _ hosting: Hosting, _ name: String, count: Int64 = 3, model: String = "blue-model", pools: AWSValue = pools
    ) async throws {
        try await hosting.call("CreateEndpointConfig", [
            "EndpointConfigName": .string(name), "ProductionVariants": [[
                "VariantName": "AllTraffic", "ModelName": .string(model), "InstancePools": pools,
                "InitialInstanceCount": .integer(count), "VariantInstanceProvisionTimeoutInSeconds": 300,
            ]],
        ])
    }

    /// The counts of the pools of the serving fleet, by type.
    static func counts(_ described: AWSValue) -> [String: Int] {
        let pools = described["ProductionVariants"]?.list?.first?["InstancePools"]?.list ?? []
        return Dictionary(uniqueKeysWithValues: pools.map {
            ($0["InstanceType"]?.string ?? "", $0["CurrentInstanceCount"]?.int ?? -1)
        })
    }

    @Test func theNextPoolHelpsOut() async throws {
        try await Hosting.with { hosting in
            try await hosting.coldframe.setCapacity("ml.g6.2xlarge", instances: 2)
            try await Self.makeConfig(hosting, "pooled")
            let config = try await hosting.call("DescribeEndpointConfig", ["EndpointConfigName": "pooled"])
            #expect(config["ProductionVariants"]?.list?.first?["InstancePools"] == Self.pools)
            try await hosting.makeEndpoint("churn", config: "pooled")
            let described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "InService")
            #expect(Self.counts(described) == ["ml.g6.2xlarge": 2, "ml.g6e.2xlarge": 1])
            #expect(described["ProductionVariants"]?.list?.first?["CurrentInstanceCount"] == 3)
            #expect(try await hosting.invoke().status == 200)
            // Scaling in ends what was second best.
            for (count, expected) in [(Int64(4), [2, 2]), (2, [2, 0]), (1, [1, 0])] {
                try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                    "EndpointName": "churn", "DesiredWeightsAndCapacities": [
                        ["VariantName": "AllTraffic", "DesiredInstanceCount": .integer(count)],
                    ],
                ])
                let counts = Self.counts(try await hosting.settle())
                #expect([counts["ml.g6.2xlarge"], counts["ml.g6e.2xlarge"]] == expected)
            }
        }
    }

    @Test func exhaustedPoolsFailAsOneTypeDoes() async throws {
        try await Hosting.with { hosting in
            for type in ["ml.g6.2xlarge", "ml.g6e.2xlarge"] {
                try await hosting.coldframe.setCapacity(type, instances: 1)
            }
            try await Self.makeConfig(hosting, "pooled")
            try await hosting.makeEndpoint("churn", config: "pooled")
            let described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "Failed")
            #expect(described["FailureReason"]?.string?.contains("InsufficientInstanceCapacity") == true)
        }
    }

    /// Machines that are not to be had are waited for, as long as the configuration says.
    @Test func capacityIsWaitedFor() async throws {
        try await Hosting.with { hosting in
            for type in ["ml.g6.2xlarge", "ml.g6e.2xlarge"] {
                try await hosting.coldframe.setCapacity(type, instances: 1)
            }
            try await Self.makeConfig(hosting, "pooled")
            try await hosting.call("CreateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "pooled"])
            try await hosting.coldframe.advance(by: .seconds(200))
            #expect(try await hosting.describe()["EndpointStatus"]?.string == "Creating")
            // What is waited for keeps nothing back.
            try await Self.makeConfig(hosting, "small", count: 2)
            try await hosting.makeEndpoint("other", config: "small")
            #expect(Self.counts(try await hosting.describe("other")) == ["ml.g6.2xlarge": 1, "ml.g6e.2xlarge": 1])
            try await hosting.coldframe.setCapacity("ml.g6e.2xlarge", instances: 4)
            try await hosting.coldframe.advance(by: .seconds(10))
            let described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "InService")
            #expect(Self.counts(described) == ["ml.g6.2xlarge": 0, "ml.g6e.2xlarge": 3])
        }
    }

    /// A blue/green update takes what blue leaves, and rolls back when that is too little.
    @Test func anUpdateDrawsWhatIsLeft() async throws {
        try await Hosting.with { hosting in
            try await hosting.coldframe.setCapacity("ml.g6.2xlarge", instances: 3)
            try await hosting.coldframe.setCapacity("ml.g6e.2xlarge", instances: 2)
            try await Self.makeConfig(hosting, "pooled", count: 2)
            try await hosting.makeEndpoint("churn", config: "pooled")
            try await Self.makeConfig(hosting, "next", count: 2, model: "green-model")
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "next"])
            var described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "next")
            #expect(Self.counts(described) == ["ml.g6.2xlarge": 1, "ml.g6e.2xlarge": 1])
            try await Self.makeConfig(hosting, "large", count: 4)
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "large"])
            described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "next")
            #expect(described["FailureReason"]?.string?.contains("InsufficientInstanceCapacity") == true)
            // What green had drawn is free again.
            try await Self.makeConfig(hosting, "other", count: 3)
            try await hosting.call("CreateEndpoint", ["EndpointName": "other", "EndpointConfigName": "other"])
            #expect(Self.counts(try await hosting.settle("other")) == ["ml.g6.2xlarge": 2, "ml.g6e.2xlarge": 1])
        }
    }

    /// Copies of inference components fill machines of different sizes.
    @Test func componentsOnPools() async throws {
        try await Hosting.with { hosting in
            try await hosting.coldframe.setCapacity("ml.m5.xlarge", instances: 1)
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "pooled", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "ProductionVariants": [[
                    "VariantName": "AllTraffic", "InitialInstanceCount": 2, "InstancePools": [
                        ["InstanceType": "ml.m5.xlarge", "Priority": 1], ["InstanceType": "ml.m5.4xlarge", "Priority": 2],
                    ],
                ]],
            ])
            try await hosting.makeEndpoint("churn", config: "pooled")
            // Four cores and sixteen: five copies of four cores each.
            try await hosting.makeComponent("c", copies: 5, Hosting.specification(cores: 4))
            let component = try await hosting.describeComponent("c")
            #expect(component["RuntimeConfig"]?["CurrentCopyCount"] == 5)
            #expect(try await hosting.invokeComponent("c").status == 200)
        }
    }

    @Test(arguments: [
        (["InstancePools": pools, "InstanceType": "ml.m5.xlarge"], "InstanceType and InstancePools cannot both"),
        (["InstancePools": [
            ["InstanceType": "ml.m5.xlarge", "Priority": 1], ["InstanceType": "ml.m5.xlarge", "Priority": 2],
        ]], "used more than once"),
        (["InstancePools": [["InstanceType": "ml.m5.xlarge", "Priority": 1, "ModelNameOverride": "green-model"]]],
         "ModelNameOverride"),
        (["InstancePools": []], "Member must have length greater than or equal to 1"),
        (["InstancePools": [["InstanceType": "ml.m5.xlarge", "Priority": 6]]],
         "Member must have value less than or equal to 5"),
    ] as [(AWSObject, String)])
    func refusals(_ members: AWSObject, _ message: String) async throws {
        try await Hosting.with { hosting in
            var variant: AWSObject = ["VariantName": "v", "ModelName": "blue-model", "InitialInstanceCount": 1]
            for entry in members.entries { variant[entry.key] = entry.value }
            let fault = try await hosting.fault("CreateEndpointConfig", [
                "EndpointConfigName": "pooled", "ProductionVariants": [.object(variant)],
            ])
            #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "no fault")")
        }
    }
}
