/// What a GetMetricData query's default label depends on.
package struct LabelledQuery: Hashable, Sendable {
    package let metric: MetricIdentity
    /// The statistic as the query spells it.
    package let statistic: String
    package let periodSeconds: Int

    package init(metric: MetricIdentity, statistic: String, periodSeconds: Int) {
        self.metric = metric
        self.statistic = statistic
        self.periodSeconds = periodSeconds
    }
}

/// The default label of each query: the metric's name, with the statistic and then the period behind it where other
/// queries ask for the same metric with another. AWS: recorded — spec/cloudwatch.md §5.
package func defaultLabels(_ queries: [LabelledQuery]) -> [String] {
    let groups = Dictionary(grouping: queries, by: \.metric)
    return queries.map { query in
        let group = groups[query.metric] ?? []
        var label = query.metric.name
        if group.contains(where: { $0.statistic != query.statistic }) { label += " \(query.statistic)" }
        if group.contains(where: { $0.periodSeconds != query.periodSeconds }) { label += " \(query.periodSeconds)" }
        return label
    }
}
