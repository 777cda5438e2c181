import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// How many log events Contributor Insights looks at, and fewer for an alarm.
@Suite struct InsightAlarmTests {
    @Test func anAlarmCountsTheNewestTenThousandEvents() async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            let now = try await logs.millis()
            for count in [10_000, 3] {
                let event: AWSValue = ["timestamp": .integer(now), "message": #"{"ip":"1"}"#]
                try await logs.call("PutLogEvents", [
                    "logGroupName": "g", "logStreamName": "s", "logEvents": .list(Array(repeating: event, count: count)),
                ])
            }
            let coldframe = logs.coldframe
            try await coldframe.call(service: "cloudwatch", operation: "PutInsightRule", input: [
                "RuleName": "r",
                "RuleDefinition": #"{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":["g"],"LogFormat":"JSON","Contribution":{"Keys":["$.ip"]},"AggregateOn":"Count"}"#,
            ])
            for (name, comparison) in [("beyond", "GreaterThanThreshold"), ("all", "GreaterThanOrEqualToThreshold")] {
                try await coldframe.call(service: "cloudwatch", operation: "PutMetricAlarm", input: [
                    "AlarmName": .string(name), "EvaluationPeriods": 1, "Threshold": 10_000,
                    "ComparisonOperator": .string(comparison),
                    "Metrics": [["Id": "e", "Expression": "INSIGHT_RULE_METRIC('r', 'SampleCount')", "Period": 60]],
                ])
            }
            let begin = coldframe.now
            try await coldframe.advance(by: .minutes(1))
            let alarms = try await coldframe.call(service: "cloudwatch", operation: "DescribeAlarms")["MetricAlarms"]?.list ?? []
            #expect(alarms.map { $0["StateValue"]?.string } == ["ALARM", "OK"])
            let report = try await coldframe.call(service: "cloudwatch", operation: "GetInsightRuleReport", input: [
                "RuleName": "r", "StartTime": .timestamp(begin - .minutes(1)), "EndTime": .timestamp(begin + .minutes(1)),
                "Period": 60,
            ])
            #expect(report["AggregateValue"]?.double == 10_003)
        }
    }
}
