import AWSModel
import MetricRules

/// One `MetricDataQuery`, read and checked. AWS: spec/cloudwatch.md §5.
struct MetricDataQuery: Sendable {
    enum Subject: Sendable {
        case metric(MetricStat)
        /// Metric math or a Metrics Insights query, with its own period if it has one.
        case expression(String, periodSeconds: Int?)
    }

    var id: String
    var subject: Subject
    var label: LabelTemplate?
    var isReturned: Bool

    var stat: MetricStat? { if case .metric(let stat) = subject { stat } else { nil } }

    var source: MathPlan.Source {
        switch subject {
        case .metric(let stat): .init(id: id, expression: nil, periodSeconds: stat.periodSeconds)
        case .expression(let text, let period): .init(id: id, expression: text, periodSeconds: period)
        }
    }

    /// Reads a list of queries. `path` is its name in error texts; `operation` the one that is refused what is not emulated.
    static func queries(
        _ value: AWSValue?, path: String, operation: String, account: String
    ) throws -> [MetricDataQuery] {
        let queries = try (value?.list ?? []).enumerated().map { index, item in
            try query(item, path: "\(path).member.\(index + 1)", operation: operation, account: account)
        }
        guard Set(queries.map(\.id)).count == queries.count else {
            throw AWSFault.validation("The values for parameter id in \(path) are not unique.")
        }
        return queries
    }

    /// Puts queries in order; a defect becomes the fault that names it.
    static func plan(_ queries: [MetricDataQuery]) throws -> MathPlan {
        try namingDefects { try MathPlan(queries.map(\.source)) }
    }

    static func namingDefects<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let defect as MathPlan.Defect {
            if case .notEmulated = defect.fault { throw AWSFault("NotImplementedException", defect.text, status: 501, isSenderFault: false) }
            throw AWSFault.validation(defect.text)
        }
    }

    private static func query(
        _ item: AWSValue, path: String, operation: String, account: String
    ) throws -> MetricDataQuery {
        guard let id = item["Id"]?.string else { throw CloudWatchFault.missing("\(path).Id") }
        guard isID(id) else {
            throw AWSFault.validation(
                "The value \(id) for parameter \(path).Id does not match the pattern ^[a-z][a-zA-Z0-9_]*$.")
        }
        if item["Expression"] != nil, item["MetricStat"] != nil {
            throw CloudWatchFault.bothSpecified("\(path).Expression", "\(path).MetricStat")
        }
        if let owner = item["AccountId"]?.string, owner != account {
            throw AWSFault.notEmulated(member: "AccountId of \(path)", of: operation)
        }
        let subject: Subject
        if let expression = item["Expression"]?.string {
            if let period = item["Period"]?.int { try GetMetricStatistics.check(periodSeconds: period) }
            subject = .expression(expression, periodSeconds: item["Period"]?.int)
        } else {
            guard let stat = item["MetricStat"] else { throw CloudWatchFault.missing("\(path).MetricStat") }
            if item["Period"] != nil {
                // AWS: doc — a metric's period is in its MetricStat.
                throw CloudWatchFault.bothSpecified("\(path).MetricStat", "\(path).Period")
            }
            subject = .metric(try MetricStat(reading: stat, path: "\(path).MetricStat"))
        }
        return MetricDataQuery(
            id: id, subject: subject, label: try label(item["Label"]?.string, path: path),
            isReturned: item["ReturnData"]?.bool ?? true)
    }

    private static func label(_ text: String?, path: String) throws -> LabelTemplate? {
        guard let text else { return nil }
        do {
            return try LabelTemplate(parsing: text)
        } catch .tooManyValues {
            throw AWSFault.validation("The label of \(path) has more than \(LabelTemplate.valuesMax) dynamic values.")
        } catch .repeatedLabel {
            throw AWSFault.validation("The label of \(path) has the dynamic value LABEL more than once.")
        } catch .unknownValue(let name) {
            throw AWSFault.validation("The label of \(path) has the unknown dynamic value \(name).")
        }
    }

    /// `^[a-z][a-zA-Z0-9_]*$`
    private static func isID(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7a).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
    }
}
