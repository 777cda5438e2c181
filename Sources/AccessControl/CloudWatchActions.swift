/// AWS: doc — Service Authorization Reference, Amazon CloudWatch. What is not here is on no particular resource.
enum CloudWatchActions {
    static let table = ActionTable(prefix: "cloudwatch", lines: """
        PutMetricAlarm alarm:{AlarmName}
        PutCompositeAlarm alarm:{AlarmName}
        DeleteAlarms alarm:{AlarmNames}
        DescribeAlarms alarm:{AlarmNames}
        DescribeAlarmHistory alarm:{AlarmName}
        DescribeAlarmContributors alarm:{AlarmName}
        SetAlarmState alarm:{AlarmName}
        EnableAlarmActions alarm:{AlarmNames}
        DisableAlarmActions alarm:{AlarmNames}
        PutAlarmMuteRule alarm-mute-rule:{Name}
        GetAlarmMuteRule alarm-mute-rule:{AlarmMuteRuleName}
        DeleteAlarmMuteRule alarm-mute-rule:{AlarmMuteRuleName}
        PutDashboard arn:aws:cloudwatch::{$account}:dashboard/{DashboardName}
        GetDashboard arn:aws:cloudwatch::{$account}:dashboard/{DashboardName}
        DeleteDashboards arn:aws:cloudwatch::{$account}:dashboard/{DashboardNames}
        PutInsightRule insight-rule/{RuleName}
        DeleteInsightRules insight-rule/{RuleNames}
        EnableInsightRules insight-rule/{RuleNames}
        DisableInsightRules insight-rule/{RuleNames}
        GetInsightRuleReport insight-rule/{RuleName}
        PutMetricStream metric-stream/{Name}
        GetMetricStream metric-stream/{Name}
        DeleteMetricStream metric-stream/{Name}
        StartMetricStreams metric-stream/{Names}
        StopMetricStreams metric-stream/{Names}
        TagResource !ResourceARN
        UntagResource !ResourceARN
        ListTagsForResource !ResourceARN
        """)
}
