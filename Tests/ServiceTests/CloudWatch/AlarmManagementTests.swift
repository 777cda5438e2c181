import AWSModel
import CloudWatchService
import SimTime
import Testing
import Vocabulary

@Suite struct AlarmManagementTests {
    private func names(_ harness: CloudWatchHarness, _ input: AWSObject) async throws -> [String] {
        try await harness.call("DescribeAlarms", input)["MetricAlarms"]?.list?.compactMap { $0["AlarmName"]?.string } ?? []
    }

    struct Filter: Sendable {
        let input: AWSObject
        let names: [String]
    }

    static let filterTable: [Filter] = [
        Filter(input: [:], names: ["a1", "a2", "b1"]),
        Filter(input: ["AlarmNames": ["b1", "a1", "none"]], names: ["a1", "b1"]),
        Filter(input: ["AlarmNames": []], names: ["a1", "a2", "b1"]),
        Filter(input: ["AlarmNamePrefix": "a"], names: ["a1", "a2"]),
        Filter(input: ["StateValue": "ALARM"], names: ["a2"]),
        Filter(input: ["ActionPrefix": "arn:aws:sns"], names: ["b1"]),
        Filter(input: ["ActionPrefix": "arn:aws:lambda"], names: []),
        Filter(input: ["AlarmTypes": ["CompositeAlarm"]], names: []),
        Filter(input: ["AlarmTypes": ["CompositeAlarm", "MetricAlarm"]], names: ["a1", "a2", "b1"]),
    ]

    @Test(arguments: filterTable)
    func filters(filter: Filter) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        for name in ["b1", "a2", "a1"] {
            try await harness.putAlarm(["AlarmName": .string(name), "OKActions": name == "b1" ? ["arn:aws:sns:us-east-1:123456789012:t"] : []])
        }
        try await harness.call("SetAlarmState", ["AlarmName": "a2", "StateValue": "ALARM", "StateReason": "r"])
        #expect(try await names(harness, filter.input) == filter.names)
        let other = Realm(account: .fallback, region: RegionName("eu-west-1")!)
        #expect(try await harness.call("DescribeAlarms", filter.input, realm: other) == ["CompositeAlarms": [], "MetricAlarms": [], "LogAlarms": []])
    }

    @Test func pagesInOrderOfNames() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        for number in 0..<7 { try await harness.putAlarm(["AlarmName": .string("a\(number)")]) }
        var token: AWSValue?
        var pages: [[String]] = []
        repeat {
            var input: AWSObject = ["MaxRecords": 3]
            input["NextToken"] = token
            let answer = try await harness.call("DescribeAlarms", input)
            pages.append((answer["MetricAlarms"]?.list ?? []).compactMap { $0["AlarmName"]?.string })
            token = answer["NextToken"]
        } while token != nil
        #expect(pages == [["a0", "a1", "a2"], ["a3", "a4", "a5"], ["a6"]])
        #expect(try await harness.fault("DescribeAlarms", ["NextToken": "?"])?.code == "InvalidNextToken")
        #expect(try await harness.fault("DescribeAlarms", ["MaxRecords": 101])?.code == "InvalidParameterValueException")
        #expect(try await harness.fault("DescribeAlarms", ["AlarmNames": ["a"], "AlarmNamePrefix": "a"])?.code
            == "InvalidParameterCombinationException")
    }

    @Test func alarmsOfAMetric() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["AlarmName": "plain"])
        try await harness.putAlarm(["AlarmName": "narrow", "Dimensions": [["Name": "E", "Value": "1"]], "Unit": "Count"])
        try await harness.putAlarm(["AlarmName": "p99", "ExtendedStatistic": "p99"], without: ["Statistic"])
        func found(_ more: AWSObject) async throws -> [String] {
            let input = CloudWatchHarness.merged(["Namespace": "N", "MetricName": "m"], more)
            return try await harness.call("DescribeAlarmsForMetric", input)["MetricAlarms"]?.list?.compactMap { $0["AlarmName"]?.string } ?? []
        }
        #expect(try await found([:]) == ["p99", "plain"])
        #expect(try await found(["Statistic": "Average"]) == ["plain"])
        #expect(try await found(["ExtendedStatistic": "p99"]) == ["p99"])
        #expect(try await found(["Period": 300]) == [])
        #expect(try await found(["Dimensions": [["Name": "E", "Value": "1"]]]) == ["narrow"])
        #expect(try await found(["Dimensions": [["Name": "E", "Value": "1"]], "Unit": "Seconds"]) == [])
    }

    @Test func switchingActionsAndDeleting() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm()
        try await harness.call("DisableAlarmActions", ["AlarmNames": ["a", "unknown"]])
        #expect(try await harness.described()["ActionsEnabled"] == false)
        try await harness.call("EnableAlarmActions", ["AlarmNames": ["a"]])
        #expect(try await harness.described()["ActionsEnabled"] == true)
        try await harness.call("DeleteAlarms", ["AlarmNames": ["a", "unknown"]])
        #expect(try await names(harness, [:]) == [])
        #expect(try await harness.summaries() == [#"Alarm "a" created"#, #"Alarm "a" deleted"#])
        try await harness.advance(.minutes(2))
        #expect(try await harness.summaries().count == 2)
        try await harness.advance(.days(15))
        #expect(try await harness.summaries() == [])
    }

    @Test func historyPagesBothWays() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["TreatMissingData": "ignore"])
        for state in ["OK", "ALARM", "OK"] {
            try await harness.call("SetAlarmState", ["AlarmName": "a", "StateValue": .string(state), "StateReason": "r"])
        }
        func pages(_ more: AWSObject) async throws -> [[String]] {
            var token: AWSValue?
            var pages: [[String]] = []
            repeat {
                var input = CloudWatchHarness.merged(["AlarmName": "a", "MaxRecords": 3], more)
                input["NextToken"] = token
                let answer = try await harness.call("DescribeAlarmHistory", input)
                pages.append((answer["AlarmHistoryItems"]?.list ?? []).compactMap { $0["HistorySummary"]?.string })
                token = answer["NextToken"]
            } while token != nil
            return pages
        }
        let lines = [
            #"Alarm "a" created"#, "Alarm updated from INSUFFICIENT_DATA to OK", "Alarm updated from OK to ALARM",
            "Alarm updated from ALARM to OK",
        ]
        #expect(try await pages(["ScanBy": "TimestampAscending"]) == [Array(lines[..<3]), [lines[3]]])
        #expect(try await pages([:]) == [Array(lines.reversed()[..<3]), [lines[0]]])
        #expect(try await pages(["HistoryItemType": "ConfigurationUpdate"]) == [[lines[0]]])
        #expect(try await pages(["StartDate": .timestamp(harness.now + .seconds(1))]) == [[]])
        #expect(try await pages(["AlarmTypes": ["CompositeAlarm"]]) == [[]])
    }

    @Test func creationIsRecordedInFull() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["AlarmDescription": "say \"hi\"", "Dimensions": [["Name": "E", "Value": "1"]]])
        let items = try await harness.call("DescribeAlarmHistory", [:])
        #expect(items["AlarmHistoryItems"]?.list?.first?["HistoryData"]?.string == #"{"version":"1.0","type":"Create","createdAlarm":{"alarmName":"a","alarmDescription":"say \"hi\"","alarmArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:a","alarmConfigurationUpdatedTimestamp":"2026-05-26T14:00:00.000+0000","namespace":"N","metricName":"m","statistic":"Average","period":60,"dimensions":[{"value":"1","name":"E"}],"threshold":21.0,"comparisonOperator":"GreaterThanThreshold","evaluationPeriods":1,"stateValue":"INSUFFICIENT_DATA","stateUpdatedTimestamp":"2026-05-26T14:00:00.000+0000","actionsEnabled":true,"alarmActions":[],"insufficientDataActions":[],"okactions":[]}}"#)
    }

    @Test func tags() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["Tags": [["Key": "a", "Value": "1"]]])
        let arn: AWSValue = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
        try await harness.call("TagResource", ["ResourceARN": arn, "Tags": [["Key": "a", "Value": "2"], ["Key": "b", "Value": "3"]]])
        #expect(try await harness.call("ListTagsForResource", ["ResourceARN": arn])
            == ["Tags": [["Key": "a", "Value": "2"], ["Key": "b", "Value": "3"]]])
        try await harness.call("UntagResource", ["ResourceARN": arn, "TagKeys": ["a", "none"]])
        #expect(try await harness.call("ListTagsForResource", ["ResourceARN": arn]) == ["Tags": [["Key": "b", "Value": "3"]]])
        try await harness.call("DeleteAlarms", ["AlarmNames": ["a"]])
        #expect(try await harness.call("ListTagsForResource", ["ResourceARN": arn]) == ["Tags": []])
        #expect(try await harness.fault("TagResource", ["ResourceARN": arn, "Tags": []])?.code == "ResourceNotFoundException")
        #expect(try await harness.fault("ListTagsForResource", ["ResourceARN": "x"])?.code == "InvalidParameterValueException")
    }
}
