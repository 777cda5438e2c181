import AWSModel
import AWSProtocols
import ColdframeTesting
import Outbound
import SimTime
import Synchronization
import Testing

/// MetricPublishFrequencyInSeconds: which datapoints come when, and what alarms of short periods see of them.
@Suite struct MetricFrequencyTests {
    /// An endpoint of one machine that publishes at that pace.
    static func served(
        every seconds: Int64?, isEnhanced: Bool = true, _ body: (Hosting) async throws -> Void
    ) async throws {
        try await Hosting.with { hosting in
            var config: AWSObject = [
                "EndpointConfigName": "paced", "ProductionVariants": [Hosting.variant(model: "blue-model", count: 1)],
            ]
            if let seconds {
                config["MetricsConfig"] = [
                    "EnableEnhancedMetrics": .boolean(isEnhanced), "MetricPublishFrequencyInSeconds": .integer(seconds),
                ]
            }
            try await hosting.call("CreateEndpointConfig", .object(config))
            try await hosting.makeEndpoint("churn", config: "paced")
            // On a boundary of every pace, with whole spans behind it.
            for _ in 0..<2 {
                try await hosting.coldframe.advance(
                    to: hosting.coldframe.now.floored(to: .minutes(10)) + .minutes(10))
            }
            try await body(hosting)
        }
    }

    /// The datapoints of a metric from an instant on: seconds after it, and values.
    static func points(
        _ hosting: Hosting, _ metric: String, _ statistic: String = "Sum", namespace: String = "AWS/SageMaker",
        period: Int64, from start: SimInstant
    ) async throws -> [Int64: Double] {
        let answer = try await hosting.call("GetMetricStatistics", [
            "Namespace": .string(namespace), "MetricName": .string(metric), "Period": .integer(period),
            "Statistics": [.string(statistic)], "Dimensions": [
                ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"],
            ],
            "StartTime": .timestamp(start), "EndTime": .timestamp(hosting.coldframe.now + .minutes(1)),
        ], service: "cloudwatch")
        var points: [Int64: Double] = [:]
        for point in answer["Datapoints"]?.list ?? [] {
            guard let instant = point["Timestamp"]?.instant, let value = point[statistic]?.double else { continue }
            points[(instant - start).milliseconds / 1000] = value
        }
        return points
    }

    static func invoke(_ hosting: Hosting, _ count: Int) async throws {
        for _ in 0..<count { #expect(try await hosting.invoke().status == 200) }
    }

    @Test func tenSeconds() async throws {
        try await Self.served(every: 10) { hosting in
            let start = hosting.coldframe.now
            try await Self.invoke(hosting, 2)
            try await hosting.coldframe.advance(by: .seconds(12))
            try await Self.invoke(hosting, 3)
            // What is under way is shown; what is over and idle has its zero.
            #expect(try await Self.points(hosting, "Invocations", period: 10, from: start) == [0: 2, 10: 3])
            try await hosting.coldframe.advance(by: .seconds(28))
            #expect(try await Self.points(hosting, "Invocations", period: 10, from: start) == [0: 2, 10: 3, 20: 0, 30: 0])
            #expect(try await Self.points(hosting, "Invocations", period: 30, from: start) == [0: 5, 30: 0])
            let memory = try await Self.points(
                hosting, "MemoryUtilization", "SampleCount", namespace: "/aws/sagemaker/Endpoints", period: 10, from: start)
            #expect(memory == [0: 1, 10: 1, 20: 1, 30: 1])
            try await hosting.coldframe.advance(by: .seconds(20))
            #expect(try await Self.points(hosting, "Invocations", period: 60, from: start) == [0: 5])
        }
    }

    @Test func thirtySeconds() async throws {
        try await Self.served(every: 30) { hosting in
            let start = hosting.coldframe.now
            try await hosting.coldframe.advance(by: .seconds(20))
            try await Self.invoke(hosting, 2)
            try await hosting.coldframe.advance(by: .seconds(40))
            #expect(try await Self.points(hosting, "Invocations", period: 10, from: start) == [0: 2, 30: 0])
            #expect(try await Self.points(hosting, "Invocations", period: 30, from: start) == [0: 2, 30: 0])
        }
    }

    /// Without enhanced metrics the frequency is that of utilisation alone.
    @Test func onlyUtilizationWithoutEnhancedMetrics() async throws {
        try await Self.served(every: 10, isEnhanced: false) { hosting in
            let start = hosting.coldframe.now
            try await hosting.coldframe.advance(by: .seconds(30))
            try await Self.invoke(hosting, 2)
            try await hosting.coldframe.advance(by: .seconds(30))
            #expect(try await Self.points(hosting, "Invocations", period: 10, from: start) == [0: 2])
            let cpu = try await Self.points(
                hosting, "CPUUtilization", "SampleCount", namespace: "/aws/sagemaker/Endpoints", period: 10, from: start)
            #expect(cpu.keys.sorted() == [0, 10, 20, 30, 40, 50])
        }
    }

    @Test func fiveMinutes() async throws {
        try await Self.served(every: 300) { hosting in
            let start = hosting.coldframe.now
            try await Self.invoke(hosting, 2)
            try await hosting.coldframe.advance(by: .seconds(170))
            try await Self.invoke(hosting, 3)
            try await hosting.coldframe.advance(by: .seconds(120))
            #expect(try await Self.points(hosting, "Invocations", period: 60, from: start) == [:])
            try await hosting.coldframe.advance(by: .seconds(10))
            #expect(try await Self.points(hosting, "Invocations", period: 60, from: start) == [240: 5])
            try await hosting.coldframe.advance(by: .seconds(300))
            for period in [Int64(60), 300] {
                let last: Int64 = period == 60 ? 240 : 0
                #expect(try await Self.points(hosting, "Invocations", period: period, from: start) == [last: 5, last + 300: 0])
            }
            let memory = try await Self.points(
                hosting, "MemoryUtilization", "SampleCount", namespace: "/aws/sagemaker/Endpoints", period: 60, from: start)
            #expect(memory == [240: 1, 540: 1])
        }
    }

    /// Each ten seconds whatever the configuration says: 6 requests a second of 500 ms are 3 at once.
    @Test func concurrencyHasHighResolution() async throws {
        try await Self.served(every: nil) { hosting in
            try await hosting.coldframe.setBehavior("slow", ["respond": ["latencyMilliseconds": ["p50": 500]]])
            let start = hosting.coldframe.now
            try await hosting.coldframe.advance(by: .seconds(20))
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 6, seed: 1)
            try await hosting.coldframe.advance(by: .seconds(25))
            let points = try await Self.points(hosting, "ConcurrentRequestsPerModel", "Maximum", period: 10, from: start)
            #expect(points.keys.sorted() == [0, 10, 20, 30] && points[0] == 0 && points[10] == 0)
            #expect(abs((points[30] ?? 0) - 3) < 0.2)
        }
    }

    /// An alarm of a period of ten seconds rings at the end of the ten seconds that break it, before anything else that
    /// happens at that instant.
    @Test(arguments: [10, nil] as [Int64?]) func anAlarmOfTenSeconds(_ frequency: Int64?) async throws {
        try await Self.served(every: frequency) { hosting in
            try await hosting.call("PutMetricAlarm", [
                "AlarmName": "fast", "Namespace": "AWS/SageMaker",
                "MetricName": frequency == nil ? "ConcurrentRequestsPerModel" : "Invocation5XXErrors",
                "Dimensions": [
                    ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"],
                ],
                "Statistic": "Sum", "Period": 10, "EvaluationPeriods": 1, "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
            ], service: "cloudwatch")
            try await hosting.coldframe.advance(by: .seconds(10))
            try await hosting.coldframe.setBehavior(
                "broken", ["respond": ["status": 500, "latencyMilliseconds": ["p50": 100]]])
            #expect(try await hosting.invoke().status == 424)
            try await hosting.coldframe.advance(by: .milliseconds(9_900))
            #expect(try await Self.state(hosting) == "OK")
            try await hosting.coldframe.advance(by: .milliseconds(100))
            #expect(try await Self.state(hosting) == "ALARM")
            // An evaluation looks at two buckets more than it needs: an error metric has gaps when nobody calls.
            try await hosting.coldframe.advance(by: .seconds(30))
            #expect(try await Self.state(hosting) == "OK")
        }
    }

    /// An endpoint that publishes each ten seconds rolls back ten seconds after its first error.
    @Test func aFastRollback() async throws {
        try await Self.served(every: 10) { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "next", "ProductionVariants": [Hosting.variant(model: "green-model", count: 1)],
                "MetricsConfig": ["EnableEnhancedMetrics": true, "MetricPublishFrequencyInSeconds": 10],
            ])
            try await hosting.call("PutMetricAlarm", [
                "AlarmName": "fast", "Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Dimensions": [
                    ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"],
                    ["Name": "EndpointConfigName", "Value": "next"],
                ],
                "Statistic": "Sum", "Period": 10, "EvaluationPeriods": 1, "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
            ], service: "cloudwatch")
            try await hosting.coldframe.setBehavior(
                "broken", ["match": ["modelName": "green-model"], "respond": ["status": 500]])
            try await hosting.call("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "next", "DeploymentConfig": [
                    "BlueGreenUpdatePolicy": [
                        "TrafficRoutingConfiguration": ["Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0],
                        "TerminationWaitInSeconds": 600,
                    ],
                    "AutoRollbackConfiguration": ["Alarms": [["AlarmName": "fast"]]],
                ],
            ])
            try await hosting.coldframe.advance(to: hosting.coldframe.now.floored(to: .seconds(10)) + .seconds(20))
            #expect(try await hosting.invoke().status == 424)
            try await hosting.coldframe.advance(by: .seconds(10))
            #expect(try await hosting.invoke().status == 200)
            let described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "paced")
            #expect(described["FailureReason"]?.string?.contains("[fast]") == true)
        }
    }

    /// What a pace would have published next is not lost when an update changes it.
    @Test(arguments: [(300, 10), (10, 30)] as [(Int64, Int64)])
    func aChangeOfPace(_ before: Int64, _ after: Int64) async throws {
        try await Self.served(every: before) { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "next", "ProductionVariants": [Hosting.variant(model: "green-model", count: 1)],
                "MetricsConfig": ["EnableEnhancedMetrics": true, "MetricPublishFrequencyInSeconds": .integer(after)],
            ])
            let start = hosting.coldframe.now
            try await hosting.coldframe.advance(by: .seconds(43))
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "next"])
            #expect(try await hosting.settle()["EndpointConfigName"] == "next")
            let changed = (hosting.coldframe.now - start).milliseconds / 1000
            #expect(changed < 240)
            try await hosting.coldframe.advance(to: start + .minutes(5))
            let concurrency = try await Self.points(
                hosting, "ConcurrentRequestsPerModel", "SampleCount", period: 10, from: start)
            #expect(concurrency == Dictionary(uniqueKeysWithValues: (0..<Int64(30)).map { ($0 * 10, 1.0) }))
            let memory = try await Self.points(
                hosting, "MemoryUtilization", "SampleCount", namespace: "/aws/sagemaker/Endpoints", period: after, from: start)
            let starts = (0..<300 / after).map { $0 * after }
            #expect(memory.keys.sorted() == starts)
            let idle = try await Self.points(hosting, "Invocations", "SampleCount", period: after, from: start)
            #expect(idle.keys.sorted() == starts)
        }
    }

    /// While the clock follows, a read sees the ten seconds that ended last, with nothing to wake up for between minutes.
    @Test func aReadUnderAFollowingClock() async throws {
        let elapsed = Mutex(SimDuration.zero)
        let coldframe = try LocalColdframe { LocalColdframe.start + elapsed.withLock { $0 } }
        let hosting = Hosting(coldframe: coldframe)
        try await hosting.makeConfig("blue")
        try await hosting.makeEndpoint("churn", config: "blue")
        try await hosting.toNextMinute()
        let start = coldframe.now
        try await coldframe.control("POST", "clock", ["mode": "follow"])
        for (seconds, expected) in [(9, []), (12, [0]), (38, [0, 10, 20])] as [(Int64, [Int64])] {
            elapsed.withLock { $0 = .seconds(seconds) }
            let points = try await Self.points(hosting, "ConcurrentRequestsPerModel", "Sum", period: 10, from: start)
            #expect(points.keys.sorted() == expected, "after \(seconds) s")
        }
        await coldframe.close()
    }

    /// Metrics are read before any time has passed since a reset.
    @Test func aResetForgetsWhatWasPublished() async throws {
        try await Self.served(every: 10) { hosting in
            try await hosting.coldframe.control("POST", "reset")
            let start = hosting.coldframe.now.floored(to: .minutes(1)) - .minutes(5)
            #expect(try await Self.points(hosting, "Invocations", period: 10, from: start) == [:])
        }
    }

    @Test func theConfigurationIsShown() async throws {
        try await Self.served(every: 30, isEnhanced: false) { hosting in
            let config: AWSValue = ["EnableEnhancedMetrics": false, "MetricPublishFrequencyInSeconds": 30]
            let described = try await hosting.describe()
            #expect(described["MetricsConfig"] == config)
        }
        try await Hosting.served { hosting in
            let described = try await hosting.describe()
            #expect(described["MetricsConfig"] == nil)
        }
    }

    private static func state(_ hosting: Hosting) async throws -> String? {
        try await hosting.call("DescribeAlarms", [:], service: "cloudwatch")["MetricAlarms"]?.list?.first?["StateValue"]?.string
    }
}
