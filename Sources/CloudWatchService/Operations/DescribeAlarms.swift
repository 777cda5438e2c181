import AWSModel
import Gateway
import MetricRules
import SimTime
import Vocabulary

/// DescribeAlarms and DescribeAlarmsForMetric. AWS: spec/cloudwatch.md §9.
struct DescribeAlarms: Sendable {
    let alarms: Alarms

    // AWS: sdk for the maximum, the default inferred — spec/cloudwatch.md §9.
    private static let recordsDefault = 50
    private static let recordsMax = 100

    /// An alarm of either kind, as this operation answers it.
    private enum Found {
        case metric(AlarmRecord)
        case composite(CompositeAlarmRecord)

        var alarm: any StatefulAlarm {
            switch self {
            case .metric(let record): record
            case .composite(let record): record
            }
        }
    }

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        let limit = try Self.limit(input)
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let family = try Self.family(input)
        let found: [Found], shown: Set<String>?
        switch family {
        case .children(let name): (found, shown) = (try await children(of: name, in: realm), Self.childMembers)
        case .parents(let name): (found, shown) = (try await parents(of: name, in: realm), Self.parentMembers)
        case nil: (found, shown) = (try await matching(input, in: realm), nil)
        }
        let sorted = found.sorted { $0.alarm.name < $1.alarm.name }
        let rest = after.map { name in sorted.filter { $0.alarm.name > name } } ?? sorted
        // Named alarms come at once: there are at most a hundred.
        let page = rest.prefix(input["AlarmNames"]?.list?.isEmpty ?? true ? limit : Self.recordsMax)
        var metric: [AWSValue] = [], composite: [AWSValue] = []
        for item in page {
            switch item {
            case .metric(let record): metric.append(Self.reduced(record.described(in: realm), to: shown))
            case .composite(let record): composite.append(Self.reduced(record.described(in: realm), to: shown))
            }
        }
        var output: AWSObject = ["CompositeAlarms": .list(composite), "MetricAlarms": .list(metric), "LogAlarms": []]
        if let last = page.last, page.count < rest.count {
            output.append("NextToken", .string(PageToken.encode(last.alarm.name)))
        }
        return OperationResponse(output)
    }

    // MARK: Filters

    private func matching(_ input: AWSObject, in realm: Realm) async throws -> [Found] {
        let given = (input["AlarmNames"]?.list ?? []).compactMap(\.string), names = given.isEmpty ? nil : Set(given)
        let prefix = input["AlarmNamePrefix"]?.string
        if names != nil, prefix != nil { throw CloudWatchFault.bothSpecified("AlarmNames", "AlarmNamePrefix") }
        guard given.count <= Self.recordsMax else { throw CloudWatchFault.tooMany("AlarmNames", maximum: Self.recordsMax) }
        let state = input["StateValue"]?.string, actionPrefix = input["ActionPrefix"]?.string
        func matches(_ alarm: some StatefulAlarm) -> Bool {
            (names?.contains(alarm.name) ?? true) && alarm.name.hasPrefix(prefix ?? "")
                && (state == nil || alarm.state == state) && (actionPrefix.map(alarm.hasAction) ?? true)
        }
        let types = Self.types(input)
        var found: [Found] = []
        if types.contains(.metric) {
            found += try await alarms.alarms(in: realm, named: names.map(Array.init)).map(\.record).filter(matches)
                .map(Found.metric)
        }
        if types.contains(.composite) {
            found += try await alarms.compositeRecords(in: realm).filter(matches).map(Found.composite)
        }
        return found
    }

    /// AWS: doc — without types, metric alarms only.
    static func types(_ input: AWSObject) -> Set<AlarmKind> {
        let given = (input["AlarmTypes"]?.list ?? []).compactMap(\.string)
        return given.isEmpty ? [.metric] : Set(given.compactMap(AlarmKind.init))
    }

    private enum Family {
        case children(String), parents(String)
    }

    /// AWS: doc — both exclude every other filter.
    private static func family(_ input: AWSObject) throws -> Family? {
        let children = input["ChildrenOfAlarmName"]?.string, parents = input["ParentsOfAlarmName"]?.string
        guard let member = children != nil ? "ChildrenOfAlarmName" : parents != nil ? "ParentsOfAlarmName" : nil else { return nil }
        let others = ["AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "ActionPrefix"]
            + (children != nil ? ["ParentsOfAlarmName"] : [])
        for other in others where input[other] != nil && input[other] != .list([]) { throw CloudWatchFault.bothSpecified(member, other) }
        return children.map { .children(AlarmReference.name($0)) } ?? parents.map { .parents(AlarmReference.name($0)) }
    }

    // AWS: doc — what is shown of children and parents.
    private static let childMembers: Set = ["AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"]
    private static let parentMembers: Set = ["AlarmName", "AlarmArn"]

    private static func reduced(_ described: AWSValue, to members: Set<String>?) -> AWSValue {
        guard let members, let object = described.object else { return described }
        var result = AWSObject()
        for (key, value) in object.entries where members.contains(key) { result.append(key, value) }
        return .object(result)
    }

    private func children(of name: String, in realm: Realm) async throws -> [Found] {
        let composites = try await alarms.compositeRecords(in: realm)
        guard let parent = composites.first(where: { $0.name == name }) else { return [] }
        let names = Set(parent.children)
        return try await alarms.alarms(in: realm, named: Array(names)).map { .metric($0.record) }
            + composites.filter { names.contains($0.name) }.map { .composite($0) }
    }

    private func parents(of name: String, in realm: Realm) async throws -> [Found] {
        try await alarms.compositeRecords(in: realm).filter { $0.children.contains(name) }.map { .composite($0) }
    }

    // MARK: By metric

    /// The alarms on exactly one metric.
    func respondForMetric(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let name = input["MetricName"]?.string else { throw CloudWatchFault.missing("MetricName") }
        guard let namespace = input["Namespace"]?.string else { throw CloudWatchFault.missing("Namespace") }
        let metric = MetricIdentity(
            namespace: namespace, name: name,
            dimensions: try DimensionReading.dimensions(input["Dimensions"], path: "Dimensions"))
        func matches(_ value: String?, _ parameter: String) -> Bool { input[parameter].map { $0.string == value } ?? true }
        let found = try await alarms.alarms(in: request.context.realm).filter { alarm in
            let record = alarm.record
            guard record.metrics == nil, case .metric(let stat) = alarm.subject, stat.metric == metric else { return false }
            return matches(record.statistic, "Statistic") && matches(record.extendedStatistic, "ExtendedStatistic")
                && matches(record.unit, "Unit") && (input["Period"]?.int).map { $0 == record.periodSeconds } ?? true
        }
        return OperationResponse(["MetricAlarms": .list(found.map { $0.record.described(in: $0.key.realm) })])
    }

    /// `MaxRecords`, 1 to 100.
    static func limit(_ input: AWSObject) throws -> Int {
        let limit = input["MaxRecords"]?.int ?? recordsDefault
        guard (1...recordsMax).contains(limit) else { throw CloudWatchFault.invalid("\(limit)", "MaxRecords") }
        return limit
    }
}
