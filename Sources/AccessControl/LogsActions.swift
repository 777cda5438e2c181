/// AWS: doc — Service Authorization Reference, CloudWatch Logs.
/// AWS: inferred — log groups are named with an empty stream, as refusals show them.
enum LogsActions {
    static let table = ActionTable(prefix: "logs", lines: """
        PutLogEvents log-group:{logGroupName}:log-stream:{logStreamName}
        GetLogEvents log-group:{logGroupName}:log-stream:{logStreamName}
        DeleteLogStream log-group:{logGroupName}:log-stream:{logStreamName}
        DescribeLogGroups log-group:{logGroupNamePrefix=}:log-stream:
        TagResource !resourceArn
        UntagResource !resourceArn
        ListTagsForResource !resourceArn
        StartQuery log-group:{logGroupName}:log-stream:
        StopQuery *
        GetQueryResults *
        DescribeQueries *
        """ + "\n" + onGroups.map { "\($0) log-group:{logGroupName}:log-stream:" }.joined(separator: "\n"))

    private static let onGroups = [
        "CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteMetricFilter", "DeleteRetentionPolicy",
        "DeleteSubscriptionFilter", "DescribeLogStreams", "DescribeMetricFilters", "DescribeSubscriptionFilters",
        "FilterLogEvents", "PutMetricFilter", "PutRetentionPolicy", "PutSubscriptionFilter", "TagLogGroup",
        "UntagLogGroup", "ListTagsLogGroup", "AssociateKmsKey", "DisassociateKmsKey",
    ]
}
