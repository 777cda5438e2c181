import AWSModel
import ColdframeTesting
import Outbound
import SimTime
import Testing

/// Words for endpoints that host inference components.
extension Hosting {
    /// A server with an endpoint `churn` of `ml.m5.xlarge` machines (4 cores, 16 GiB) without a model.
    static func forComponents<T: Sendable>(
        machines: Int64 = 1, scaling: (min: Int64, max: Int64)? = nil, _ body: (Hosting) async throws -> T
    ) async throws -> T {
        try await with { hosting in
            try await hosting.makeComponentConfig("pool", machines: machines, scaling: scaling)
            try await hosting.makeEndpoint("churn", config: "pool")
            return try await body(hosting)
        }
    }

    func makeComponentConfig(_ name: String, machines: Int64, scaling: (min: Int64, max: Int64)? = nil) async throws {
        try await call("CreateEndpointConfig", [
            "EndpointConfigName": .string(name), "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
            "ProductionVariants": [[
                "VariantName": "AllTraffic", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": .integer(machines),
                "ManagedInstanceScaling": scaling.map {
                    ["Status": "ENABLED", "MinInstanceCount": .integer($0.min), "MaxInstanceCount": .integer($0.max)]
                },
                "RoutingConfig": ["RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"],
            ]],
        ])
    }

    static func specification(model: String = "blue-model", cores: Double = 1, memory: Int64 = 1024) -> AWSValue {
        [
            "ModelName": .string(model),
            "ComputeResourceRequirements": [
                "NumberOfCpuCoresRequired": .double(cores), "MinMemoryRequiredInMb": .integer(memory),
            ],
        ]
    }

    static func component(
        _ name: String, copies: Int64 = 1, _ specification: AWSValue = Hosting.specification()
    ) -> AWSValue {
        [
            "InferenceComponentName": .string(name), "EndpointName": "churn", "VariantName": "AllTraffic",
            "Specification": specification, "RuntimeConfig": ["CopyCount": .integer(copies)],
        ]
    }

    func makeComponent(
        _ name: String, copies: Int64 = 1, _ specification: AWSValue = Hosting.specification()
    ) async throws {
        try await call("CreateInferenceComponent", Hosting.component(name, copies: copies, specification))
        try await settleComponent(name)
    }

    func describeComponent(_ name: String) async throws -> AWSValue {
        try await call("DescribeInferenceComponent", ["InferenceComponentName": .string(name)])
    }

    /// Advances until the component is neither created nor updated; its description then.
    @discardableResult
    func settleComponent(_ name: String) async throws -> AWSValue {
        for _ in 0..<2000 {
            let described = try await describeComponent(name)
            if !["Creating", "Updating"].contains(described["InferenceComponentStatus"]?.string) { return described }
            try await coldframe.advance(by: .milliseconds(500))
        }
        Issue.record("\(name) does not settle")
        return .null
    }

    func setCopies(_ name: String, _ count: Int64) async throws {
        try await call("UpdateInferenceComponentRuntimeConfig", [
            "InferenceComponentName": .string(name), "DesiredRuntimeConfig": ["CopyCount": .integer(count)],
        ])
    }

    func invokeComponent(_ name: String) async throws -> HTTPAnswer {
        try await invoke(headers: ["X-Amzn-SageMaker-Inference-Component": name])
    }

    /// Machines of the variant: with traffic, and wished for.
    func machines() async throws -> [Int?] {
        let variant = try await describe()["ProductionVariants"]?.list?.first
        return [variant?["CurrentInstanceCount"]?.int, variant?["DesiredInstanceCount"]?.int]
    }

    /// The sums of a component's metric in the last hour, oldest first.
    func componentPoints(_ metric: String, of name: String, _ statistic: String = "Sum") async throws -> [Double] {
        let answer = try await call("GetMetricStatistics", [
            "Namespace": "AWS/SageMaker", "MetricName": .string(metric), "Period": 60, "Statistics": [.string(statistic)],
            "Dimensions": [["Name": "InferenceComponentName", "Value": .string(name)]],
            "StartTime": .timestamp(coldframe.now - .hours(1)), "EndTime": .timestamp(coldframe.now + .minutes(1)),
        ], service: "cloudwatch")
        return (answer["Datapoints"]?.list ?? []).sorted {
            ($0["Timestamp"]?.instant ?? coldframe.now) < ($1["Timestamp"]?.instant ?? coldframe.now)
        }.compactMap { $0[statistic]?.double }
    }
}
