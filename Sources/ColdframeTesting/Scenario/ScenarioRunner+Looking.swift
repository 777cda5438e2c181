import AWSModel
import SimTime

/// What can be seen at an instant.
extension ScenarioRunner {
    func sample(_ endpoint: String) async throws -> EndpointSample {
        do {
            let description = try await sageMaker("DescribeEndpoint", ["EndpointName": .string(endpoint)])
            return EndpointSample(description, isRolling: rolling.contains(endpoint))
        } catch is CallFault {
            return EndpointSample()
        }
    }

    func alarmStates() async throws -> [String: String] {
        var states: [String: String] = [:]
        guard !scenario.alarms.isEmpty else { return states }
        for alarm in try await cloudWatch("DescribeAlarms", ["MaxRecords": 100])["MetricAlarms"]?.list ?? [] {
            states[alarm["AlarmName"]?.string ?? ""] = alarm["StateValue"]?.string
        }
        return states
    }

    /// What CloudWatch has counted since 0s, one sum per configuration, variant and metric.
    func tally(_ endpoint: String) async throws -> Tally {
        let metrics = ["Invocations", "Invocation4XXErrors", "Invocation5XXErrors"]
        var asked: [(config: String, isError: Bool)] = []
        var queries: [AWSValue] = []
        for config in scenario.configs {
            for variant in config.variants where !variant.isShadow {
                for metric in metrics {
                    let dimensions = [
                        ("EndpointName", endpoint), ("VariantName", variant.name), ("EndpointConfigName", config.name),
                    ]
                    queries.append(Self.sum(metric, dimensions, id: asked.count))
                    asked.append((config.name, metric != "Invocations"))
                }
            }
        }
        // AWS: recorded — spec/hosting.md §D.1: components count for themselves, under no configuration.
        for component in components(of: endpoint) {
            for metric in metrics {
                queries.append(Self.sum(metric, [("InferenceComponentName", component)], id: asked.count))
                asked.append(("", metric != "Invocations"))
            }
        }
        var tally = Tally()
        let pageMax = 500
        for first in stride(from: 0, to: queries.count, by: pageMax) {
            let answer = try await cloudWatch("GetMetricData", [
                "MetricDataQueries": .list(Array(queries[first..<min(first + pageMax, queries.count)])),
                "StartTime": .timestamp(origin.floored(to: .days(1)) - .days(1)),
                "EndTime": .timestamp(coldframe.now + .days(1)),
            ])
            for result in answer["MetricDataResults"]?.list ?? [] {
                guard let index = result["Id"]?.string.flatMap({ Int($0.dropFirst()) }), asked.indices.contains(index)
                else { continue }
                let sum = (result["Values"]?.list ?? []).reduce(0) { $0 + ($1.double ?? 0) }
                var own = tally.byConfig[asked[index].config] ?? (0, 0)
                if asked[index].isError { own.errors += sum } else { own.requests += sum }
                tally.byConfig[asked[index].config] = own
            }
        }
        return tally
    }

    private static func sum(_ metric: String, _ dimensions: [(String, String)], id: Int) -> AWSValue {
        [
            "Id": .string("m\(id)"),
            "MetricStat": [
                "Metric": [
                    "Namespace": "AWS/SageMaker", "MetricName": .string(metric),
                    "Dimensions": .list(dimensions.map { ["Name": .string($0.0), "Value": .string($0.1)] }),
                ],
                "Period": 86_400, "Stat": "Sum",
            ],
        ]
    }

    private func components(of endpoint: String) -> [String] {
        componentEndpoints.filter { $0.value == endpoint }.keys.sorted()
    }

    /// The endpoint of each component that the scenario makes, by name.
    var componentEndpoints: [String: String] {
        var endpoints: [String: String] = [:]
        for action in scenario.components.map(\.action) + scenario.steps.map(\.action) {
            if case .component(.create(let component)) = action { endpoints[component.name] = component.endpoint }
        }
        return endpoints
    }

    /// What DescribeInferenceComponent tells; nil when there is no such component.
    func component(_ name: String) async throws -> AWSValue? {
        do {
            return try await sageMaker("DescribeInferenceComponent", ["InferenceComponentName": .string(name)])
        } catch is CallFault {
            return nil
        }
    }

    /// The statistic that a question asks for; nil when there is no datapoint.
    func statistic(_ question: Scenario.MetricQuestion) async throws -> Double? {
        let now = coldframe.now
        let minute = now.floored(to: .minutes(1))
        let end = minute == now ? now : minute + .minutes(1)
        let start = question.over.map { end - $0 } ?? origin
        guard start < end else { return nil }
        let isPercentile = question.statistic.hasPrefix("p")
        let answer = try await cloudWatch("GetMetricStatistics", [
            "Namespace": .string(question.namespace), "MetricName": .string(question.name),
            "Dimensions": ScenarioCalls.dimensions(question.owner), "Period": 60,
            "StartTime": .timestamp(start), "EndTime": .timestamp(end),
            "Statistics": isPercentile ? nil : ["Sum", "SampleCount", "Minimum", "Maximum"],
            "ExtendedStatistics": isPercentile ? [.string(question.statistic)] : nil,
        ])
        let points = answer["Datapoints"]?.list ?? []
        guard !points.isEmpty else { return nil }
        if isPercentile { return points.first?["ExtendedStatistics"]?[question.statistic]?.double }
        func all(_ statistic: String) -> [Double] { points.compactMap { $0[statistic]?.double } }
        let sum = all("Sum").reduce(0, +), count = all("SampleCount").reduce(0, +)
        switch question.statistic {
        case "Sum": return sum
        case "SampleCount": return count
        case "Minimum": return all("Minimum").min()
        case "Maximum": return all("Maximum").max()
        default: return count == 0 ? nil : sum / count
        }
    }

    /// Activities of auto scaling, the newest first.
    func activities(includingNotScaled: Bool) async throws -> [AWSValue] {
        try await autoScaling("DescribeScalingActivities", [
            "ServiceNamespace": "sagemaker", "IncludeNotScaledActivities": .boolean(includingNotScaled),
        ])["ScalingActivities"]?.list ?? []
    }
}
