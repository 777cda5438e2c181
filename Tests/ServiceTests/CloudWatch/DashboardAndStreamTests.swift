import AWSModel
import CloudWatchService
import SimTime
import Testing

/// Dashboards, streams, insight rules, detectors, switches and tags. AWS: spec/cloudwatch.md §11.
@Suite struct DashboardAndStreamTests {
    private static func harness() throws -> CloudWatchHarness { try CloudWatchHarness() }

    struct Body: Sendable, CustomTestStringConvertible {
        let body: String
        /// Nil when the dashboard is refused.
        let messages: Int?
        var testDescription: String { body }
    }

    @Test(arguments: [
        Body(body: #"{"widgets": []}"#, messages: 0),
        Body(body: #"{"widgets": [{"type": "text", "width": 24, "properties": {"markdown": "x"}}]}"#, messages: 0),
        Body(body: #"{"widgets": [{"type": "metric", "properties": {"metrics": [["N", "m"]]}}]}"#, messages: 1),
        Body(body: #"{"widgets": [{"type": "metric", "properties": {"region": "r", "metrics": [["N", "m"]]}}]}"#, messages: 0),
        Body(body: "", messages: nil), Body(body: "[]", messages: nil), Body(body: "{}", messages: nil),
        Body(body: #"{"widgets": [1]}"#, messages: nil), Body(body: #"{"widgets": [{"type": "pie", "properties": {}}]}"#, messages: nil),
        Body(body: #"{"widgets": [{"type": "text", "width": 25, "properties": {"markdown": "x"}}]}"#, messages: nil),
        Body(body: #"{"widgets": [{"type": "text", "x": "0", "properties": {"markdown": "x"}}]}"#, messages: nil),
        Body(body: #"{"widgets": [{"type": "text", "properties": {}}]}"#, messages: nil),
        Body(body: #"{"widgets": [{"type": "metric", "properties": {"metrics": ["m"]}}]}"#, messages: nil),
    ])
    func dashboardBodiesAreChecked(body: Body) async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        let input: AWSObject = ["DashboardName": "d", "DashboardBody": .string(body.body)]
        guard let messages = body.messages else {
            let fault = try await harness.fault("PutDashboard", input)
            #expect(fault?.code == "DashboardInvalidInputError")
            #expect(fault?.members["dashboardValidationMessages"]?.list?.isEmpty == false)
            #expect(try await harness.call("ListDashboards", [:])["DashboardEntries"] == [])
            return
        }
        #expect(try await harness.call("PutDashboard", input)["DashboardValidationMessages"]?.list?.count == messages)
        let entries = try await harness.call("ListDashboards", ["DashboardNamePrefix": "d"])["DashboardEntries"]
        #expect(entries?.list?.first?["Size"] == .integer(Int64(body.body.utf8.count)))
    }

    /// AWS: doc — all or none.
    @Test func deletingDashboardsIsAllOrNone() async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        try await harness.call("PutDashboard", ["DashboardName": "d", "DashboardBody": #"{"widgets": []}"#])
        #expect(try await harness.fault("DeleteDashboards", ["DashboardNames": ["d", "x"]])?.code == "DashboardNotFoundError")
        #expect(try await harness.call("GetDashboard", ["DashboardName": "d"])["DashboardBody"] == #"{"widgets": []}"#)
    }

    private static let arns: [String: String] = [
        "dashboard": "arn:aws:cloudwatch::123456789012:dashboard/x",
        "stream": "arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/x",
        "rule": "arn:aws:cloudwatch:us-east-1:123456789012:insight-rule/x",
        "mute": "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:x",
        "composite": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x",
    ]

    private static func make(_ kind: String, _ harness: CloudWatchHarness) async throws {
        let tags: AWSValue = [["Key": "a", "Value": "1"]]
        switch kind {
        case "dashboard":
            try await harness.call("PutDashboard", ["DashboardName": "x", "DashboardBody": #"{"widgets": []}"#, "Tags": tags])
        case "stream":
            try await harness.call("PutMetricStream", [
                "Name": "x", "FirehoseArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/d",
                "RoleArn": "arn:aws:iam::123456789012:role/r", "OutputFormat": "json", "Tags": tags,
            ])
        case "rule":
            try await harness.call("PutInsightRule", [
                "RuleName": "x", "RuleDefinition": 
                    #"{"Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["g"], "AggregateOn": "Count", "Contribution": {"Keys": ["$.a"]}}"#, "Tags": tags,
            ])
        case "mute":
            try await harness.call("PutAlarmMuteRule", [
                "Name": "x", "Rule": ["Schedule": ["Expression": "cron(0 0 * * *)", "Duration": "PT1H"]], "Tags": tags,
            ])
        default:
            try await harness.call("PutCompositeAlarm", ["AlarmName": "x", "AlarmRule": "TRUE", "Tags": tags])
        }
    }

    @Test(arguments: ["dashboard", "stream", "rule", "mute", "composite"])
    func everythingHasTags(kind: String) async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        let arn = AWSValue.string(try #require(Self.arns[kind]))
        #expect(try await harness.fault("TagResource", ["ResourceARN": arn, "Tags": [["Key": "b", "Value": "2"]]])?.code
            == "ResourceNotFoundException")
        try await Self.make(kind, harness)
        try await harness.call("TagResource", ["ResourceARN": arn, "Tags": [["Key": "b", "Value": "2"], ["Key": "a", "Value": "3"]]])
        func tags() async throws -> AWSValue? { try await harness.call("ListTagsForResource", ["ResourceARN": arn])["Tags"] }
        #expect(try await tags() == [["Key": "a", "Value": "3"], ["Key": "b", "Value": "2"]])
        try await harness.call("UntagResource", ["ResourceARN": arn, "TagKeys": ["a", "none"]])
        #expect(try await tags() == [["Key": "b", "Value": "2"]])
        // Tags of an update are ignored.
        try await Self.make(kind, harness)
        #expect(try await tags() == [["Key": "b", "Value": "2"]])
        let many = (0...50).map { number -> AWSValue in ["Key": .string("k\(number)"), "Value": ""] }
        #expect(try await harness.fault("TagResource", ["ResourceARN": arn, "Tags": .list(many)])?.code == "InvalidParameterValueException")
    }

    @Test func streamsKeepTheirState() async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        try await Self.make("stream", harness)
        #expect(try await harness.call("GetMetricStream", ["Name": "x"])["State"] == "running")
        try await harness.call("StopMetricStreams", ["Names": ["x", "none"]])
        try await harness.advance(.minutes(1))
        try await Self.make("stream", harness)
        let found = try await harness.call("GetMetricStream", ["Name": "x"])
        #expect(found["State"] == "stopped" && found["IncludeLinkedAccountsMetrics"] == false)
        #expect(found["CreationDate"] == .timestamp(CloudWatchHarness.start))
        #expect(found["LastUpdateDate"] == .timestamp(CloudWatchHarness.start + .minutes(1)))
        #expect(try await harness.fault("GetMetricStream", ["Name": "none"])?.code == "ResourceNotFoundException")
    }

    @Test func managedRulesBelongToAResource() async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        let arn: AWSValue = "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint-service/vpce-svc-1"
        try await harness.call("PutManagedInsightRules", ["ManagedRules": [["TemplateName": "VpcEndpointService-BytesByEndpointId-v1", "ResourceARN": arn]]])
        let listed = try await harness.call("ListManagedInsightRules", ["ResourceARN": arn])
        #expect(listed["ManagedRules"]?.list?.map { $0["RuleState"]?["State"]?.string } == [nil, "ENABLED", nil, nil])
        #expect(try await harness.call("DescribeInsightRules", [:])["InsightRules"]?.list?.first?["ManagedRule"] == true)
        let report = try await harness.call("GetInsightRuleReport", [
            "RuleName": "VpcEndpointService-BytesByEndpointId-v1-vpce-svc-1", "StartTime": .timestamp(harness.now - .hours(1)), "EndTime": .timestamp(harness.now), "Period": 60,
        ])
        #expect(report["Contributors"] == [])
    }

    @Test func enrichmentIsASwitch() async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        #expect(try await harness.call("GetOTelEnrichment", [:]) == ["Status": "Stopped"])
        try await harness.call("StartOTelEnrichment", [:])
        #expect(try await harness.call("GetOTelEnrichment", [:])["Status"] == "Running")
        try await harness.call("StopOTelEnrichment", [:])
        #expect(try await harness.call("GetOTelEnrichment", [:])["Status"] == "Stopped")
    }

    @Test func detectorsTellWhetherTheyAreTrained() async throws {
        let harness = try Self.harness()
        defer { harness.close() }
        let single: AWSValue = ["Namespace": "N", "MetricName": "m", "Stat": "Sum"]
        try await harness.call("PutAnomalyDetector", ["SingleMetricAnomalyDetector": single])
        // The legacy form names the same detector.
        try await harness.call("PutAnomalyDetector", ["Namespace": "N", "MetricName": "m", "Stat": "Sum"])
        func state() async throws -> [String?]? {
            try await harness.call("DescribeAnomalyDetectors", ["Namespace": "N"])["AnomalyDetectors"]?.list?.map { $0["StateValue"]?.string }
        }
        #expect(try await state() == ["PENDING_TRAINING"])
        try await harness.put(1, at: harness.now - .minutes(1))
        #expect(try await state() == ["TRAINED_INSUFFICIENT_DATA"])
        for minute in 2...20 { try await harness.put(1, at: harness.now - .minutes(Int64(minute))) }
        #expect(try await state() == ["TRAINED"])
        try await harness.call("DeleteAnomalyDetector", ["SingleMetricAnomalyDetector": single])
        #expect(try await harness.fault("DeleteAnomalyDetector", ["SingleMetricAnomalyDetector": single])?.code == "ResourceNotFoundException")
    }
}
