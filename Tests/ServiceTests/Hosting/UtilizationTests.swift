import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// Utilisation of machines and components, spec/hosting.md §D.2: which metrics there are, within which bounds, and that
/// they follow the load.
@Suite struct UtilizationTests {
    static let endpoints = "/aws/sagemaker/Endpoints"
    static let components = "/aws/sagemaker/InferenceComponents"

    /// The names of the metrics that a namespace has.
    static func names(_ hosting: Hosting, _ namespace: String) async throws -> Set<String> {
        let listed = try await hosting.call("ListMetrics", ["Namespace": .string(namespace)], service: "cloudwatch")
        return Set((listed["Metrics"]?.list ?? []).compactMap { $0["MetricName"]?.string })
    }

    /// The newest average of a metric of `churn`'s only variant, or of a component.
    static func newest(_ hosting: Hosting, _ metric: String, component: String? = nil) async throws -> Double? {
        let variant: AWSValue = [
            ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"],
        ]
        let own: AWSValue? = component.map { [["Name": "InferenceComponentName", "Value": .string($0)]] }
        let now = hosting.coldframe.now
        let answer = try await hosting.call("GetMetricStatistics", [
            "Namespace": .string(component == nil ? Self.endpoints : Self.components), "MetricName": .string(metric),
            "Period": 60, "Statistics": ["Average"], "Dimensions": own ?? variant,
            "StartTime": .timestamp(now - .minutes(1)), "EndTime": .timestamp(now),
        ], service: "cloudwatch")
        return answer["Datapoints"]?.list?.first?["Average"]?.double
    }

    /// The values of an idle minute and of one with so many simulated requests a second.
    static func idleAndBusy(
        _ hosting: Hosting, _ metrics: [String], component: String? = nil, load: () async throws -> Void
    ) async throws -> [(name: String, idle: Double, busy: Double)] {
        try await hosting.toNextMinute()
        try await hosting.toNextMinute()
        var idle: [Double] = []
        for metric in metrics { idle.append(try #require(try await newest(hosting, metric, component: component))) }
        try await load()
        try await hosting.toNextMinute()
        var found: [(String, Double, Double)] = []
        for (metric, before) in zip(metrics, idle) {
            found.append((metric, before, try #require(try await newest(hosting, metric, component: component))))
        }
        return found
    }

    @Test func machinesWithGPUs() async throws {
        try await Hosting.with { hosting in
            // Four GPUs, 48 cores.
            try await hosting.makeConfig("gpu", [ScaledEndpointUpdateTests.variant(type: "ml.g5.12xlarge")])
            try await hosting.makeEndpoint("churn", config: "gpu")
            let metrics = ["GPUUtilization", "GPUMemoryUtilization", "CPUUtilization", "MemoryUtilization", "DiskUtilization"]
            let values = try await Self.idleAndBusy(hosting, metrics) {
                try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 90, seed: 1)
            }
            #expect(try await Self.names(hosting, Self.endpoints) == Set(metrics))
            for (name, idle, busy) in values {
                #expect(idle >= 0 && busy <= (name.hasPrefix("GPU") ? 400 : name == "CPUUtilization" ? 4800 : 100), "\(name)")
                #expect(name == "DiskUtilization" ? busy == idle : busy > idle, "\(name): \(idle), \(busy)")
            }
            // A model that waits occupies memory, not processors.
            #expect(values[0].idle == 0 && values[1].idle > 0)
        }
    }

    @Test(arguments: ["ml.m5.xlarge", "ml.inf1.xlarge"])
    func machinesWithout(_ type: String) async throws {
        try await Hosting.with { hosting in
            try await hosting.makeConfig("plain", [ScaledEndpointUpdateTests.variant(type: type)])
            try await hosting.makeEndpoint("churn", config: "plain")
            try await hosting.toNextMinute()
            #expect(try await Self.names(hosting, Self.endpoints) == ["CPUUtilization", "MemoryUtilization", "DiskUtilization"])
        }
    }

    @Test func machinesOfComponents() async throws {
        try await Hosting.forComponents(machines: 2) { hosting in
            // Six of eight cores, and 12 of 32 GiB.
            try await hosting.makeComponent("a", copies: 2, Hosting.specification(cores: 2, memory: 4096))
            try await hosting.makeComponent("b", copies: 1, Hosting.specification(cores: 2, memory: 4096))
            let metrics = ["CPUUtilization", "CPUUtilizationNormalized", "MemoryUtilization"]
            let values = try await Self.idleAndBusy(hosting, metrics) {
                for _ in 0..<120 { _ = try await hosting.invokeComponent("a") }
            }
            for (name, idle, busy) in values { #expect(busy > idle, "\(name): \(idle), \(busy)") }
            // The normalised value is that of four cores.
            #expect(abs(values[0].busy / 4 - values[1].busy) < 1e-9)
            #expect(try await Self.newest(hosting, "CPUReservation") == 75)
            #expect(try await Self.newest(hosting, "MemoryReservation") == 37.5)
            #expect(try await Self.names(hosting, Self.endpoints)
                == Set(metrics + ["DiskUtilization", "CPUReservation", "MemoryReservation"]))
        }
    }

    @Test func componentsOnGPUs() async throws {
        try await Hosting.with { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "gpu", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "ProductionVariants": [[
                    "VariantName": "AllTraffic", "InstanceType": "ml.g5.12xlarge", "InitialInstanceCount": 1,
                ]],
            ])
            try await hosting.makeEndpoint("churn", config: "gpu")
            var specification = Hosting.specification().object ?? [:]
            specification["ComputeResourceRequirements"] = [
                "NumberOfAcceleratorDevicesRequired": 2, "MinMemoryRequiredInMb": 1024,
            ]
            try await hosting.makeComponent("a", .object(specification))
            try await hosting.makeComponent("cpu")
            let metrics = [
                "GPUUtilizationNormalized", "GPUMemoryUtilizationNormalized", "CPUUtilizationNormalized",
                "MemoryUtilizationNormalized",
            ]
            let values = try await Self.idleAndBusy(hosting, metrics, component: "a") {
                for _ in 0..<120 { _ = try await hosting.invokeComponent("a") }
            }
            for (name, idle, busy) in values { #expect(busy > idle && busy <= 100, "\(name): \(idle), \(busy)") }
            #expect(try await Self.newest(hosting, "GPUReservation") == 50)
            #expect(try await Self.newest(hosting, "GPUUtilizationNormalized") != nil)
            #expect(try await Self.newest(hosting, "GPUMemoryUtilizationNormalized") != nil)
            // A copy without accelerators has nothing to tell of them.
            #expect(try await Self.newest(hosting, "GPUUtilizationNormalized", component: "cpu") == nil)
            #expect(try await Self.newest(hosting, "CPUUtilizationNormalized", component: "cpu") != nil)
        }
    }

    /// Machines of pools have the types they were drawn with. Values of GPUs are the average over the machines that have
    /// some; what is told apart by machine is of its own type.
    @Test func machinesOfMixedPools() async throws {
        try await Hosting.with { hosting in
            try await hosting.coldframe.setCapacity("ml.g5.12xlarge", instances: 1)
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "pooled", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "ProductionVariants": [[
                    "VariantName": "AllTraffic", "InitialInstanceCount": 2, "InstancePools": [
                        ["InstanceType": "ml.g5.12xlarge", "Priority": 1], ["InstanceType": "ml.m5.4xlarge", "Priority": 2],
                    ],
                ]],
                "MetricsConfig": ["EnableEnhancedMetrics": true],
            ])
            try await hosting.makeEndpoint("churn", config: "pooled")
            var specification = Hosting.specification().object ?? [:]
            specification["ComputeResourceRequirements"] = [
                "NumberOfAcceleratorDevicesRequired": 2, "MinMemoryRequiredInMb": 1024,
            ]
            try await hosting.makeComponent("gpu", .object(specification))
            // Forty-eight cores and sixteen: three copies and one.
            try await hosting.makeComponent("cpu", copies: 4, Hosting.specification(cores: 16))
            let values = try await Self.idleAndBusy(hosting, ["GPUUtilizationNormalized"], component: "gpu") {
                for _ in 0..<120 { _ = try await hosting.invokeComponent("gpu") }
            }
            #expect(values[0].idle == 0 && values[0].busy > 0)
            #expect(try await Self.newest(hosting, "GPUMemoryUtilization") == 4 * 30 + 0.05)
            #expect(try await Self.newest(hosting, "GPUReservation") == 50)
            #expect(try await Self.newest(hosting, "CPUReservation") == 100)
            #expect(try await Self.newest(hosting, "CPUUtilizationNormalized", component: "cpu") != nil)
            #expect(try await Self.newest(hosting, "GPUUtilizationNormalized", component: "cpu") == nil)
            let listed = try await hosting.call("ListMetrics", [
                "Namespace": .string(Self.endpoints), "Dimensions": [["Name": "InstanceId"]],
            ], service: "cloudwatch")
            let names = (listed["Metrics"]?.list ?? []).compactMap { $0["MetricName"]?.string }
            #expect(names.filter { $0 == "GPUReservation" }.count == 1)
            #expect(names.filter { $0 == "CPUReservation" }.count == 2)
        }
    }

    /// Without a copy there is nothing to measure.
    @Test func aComponentWithoutCopiesHasNone() async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("a")
            try await hosting.setCopies("a", 0)
            try await hosting.settleComponent("a")
            try await hosting.toNextMinute()
            try await hosting.toNextMinute()
            #expect(try await Self.newest(hosting, "CPUUtilizationNormalized", component: "a") == nil)
            #expect(try await Self.newest(hosting, "CPUReservation") == nil)
            #expect(try await Self.newest(hosting, "CPUUtilization") != nil)
        }
    }
}
