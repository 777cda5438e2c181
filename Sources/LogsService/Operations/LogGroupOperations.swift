import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// CreateLogGroup, DescribeLogGroups, ListLogGroups, DeleteLogGroup and the settings of groups.
struct LogGroupOperations: Sendable {
    let timeline: Timeline
    let book: LogBook

    private static let pageMax = 50
    /// AWS: doc — a million by quota; here a bound against runaway scripts.
    private static let groupsMax = 10_000

    private static func name(_ request: OperationRequest) -> String { request.input["logGroupName"]?.string ?? "" }

    func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm, name) = (request.input, request.context.realm, Self.name(request))
        if name.lowercased().hasPrefix("aws/") { throw LogsFault.invalid("Log groups starting with AWS/ are reserved for AWS.") }
        let tags = try LogTagOperations.merged([], input["tags"])
        try await timeline.turn { turn in
            let key = LogGroup.collection(realm).key(name)
            guard try turn.transaction.document(key, as: LogGroup.self) == nil else { throw LogsFault.groupExists }
            let count = try turn.transaction.keysEverywhere(service: "logs", type: "group").count
            guard count < Self.groupsMax else { throw LogsFault.limit("Resource limit exceeded.") }
            try turn.transaction.put(key, LogGroup(
                name: name, created: turn.now, retentionDays: nil,
                logClass: input["logGroupClass"]?.string ?? LogGroup.defaultClass, kmsKeyID: input["kmsKeyId"]?.string,
                isProtected: input["deletionProtectionEnabled"]?.bool ?? false, tags: tags))
        }
        return OperationResponse()
    }

    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (realm, name) = (request.context.realm, Self.name(request))
        try await timeline.turn { [book] turn in
            try book.writePending(in: turn)
            let group = try book.group(name, in: realm, turn.transaction)
            if group.isProtected { throw LogsFault.protected(name) }
            for stream in try LogTables.streams(of: name, realm, prefix: "", turn.transaction) {
                try LogTables.delete(stream, turn.transaction)
            }
            try turn.transaction.delete(LogGroup.collection(realm).key(name))
        }
        return OperationResponse()
    }

    // MARK: Settings

    private func change(
        _ name: String, in realm: Realm, _ apply: @escaping @Sendable (inout LogGroup) throws -> Void
    ) async throws {
        try await timeline.turn { [book] turn in
            var group = try book.group(name, in: realm, turn.transaction)
            try apply(&group)
            try turn.transaction.put(LogGroup.collection(realm).key(name), group)
        }
    }

    func putRetention(_ request: OperationRequest) async throws -> OperationResponse {
        let days = request.input["retentionInDays"]?.int ?? 0
        guard LogGroup.retentionDaysAllowed.contains(days) else {
            let allowed = LogGroup.retentionDaysAllowed.map(String.init).joined(separator: ", ")
            throw LogsFault.invalid(
                "1 validation error detected: Value '\(days)' at 'retentionInDays' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [\(allowed)]")
        }
        try await change(Self.name(request), in: request.context.realm) { $0.retentionDays = days }
        book.noteRetention()
        return OperationResponse()
    }

    func deleteRetention(_ request: OperationRequest) async throws -> OperationResponse {
        try await change(Self.name(request), in: request.context.realm) { $0.retentionDays = nil }
        return OperationResponse()
    }

    func protect(_ request: OperationRequest) async throws -> OperationResponse {
        let isProtected = request.input["deletionProtectionEnabled"]?.bool ?? false
        try await change(try book.groupName(request.input), in: request.context.realm) { $0.isProtected = isProtected }
        return OperationResponse()
    }

    // MARK: Listing

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, context) = (request.input, request.context)
        let prefix = input["logGroupNamePrefix"]?.string, pattern = input["logGroupNamePattern"]?.string
        if prefix != nil, pattern != nil {
            throw LogsFault.invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        }
        let named = input["logGroupIdentifiers"]?.list?.compactMap { $0.string.flatMap(LogGroup.name(ofIdentifier:)) }
        let wanted = input["logGroupClass"]?.string
        try await book.flush()
        let (groups, bytes) = try book.store.read { reader in
            (try Self.groups(context.realm, reader), try LogTables.bytesByGroup(context.realm, reader))
        }
        let matching = groups.filter { group in
            (prefix.map { group.name.hasPrefix($0) } ?? true)
                && (pattern.map { $0.isEmpty || group.name.lowercased().contains($0.lowercased()) } ?? true)
                && (named.map { $0.contains(group.name) } ?? true) && (wanted.map { group.logClass == $0 } ?? true)
        }
        let (page, next) = try LogPage.cut(matching, input, pageMax: Self.pageMax, by: \.name)
        return OperationResponse([
            "logGroups": .list(page.map { Self.shown($0, bytes[$0.name] ?? 0, context) }), "nextToken": next.map { .string($0) },
        ])
    }

    func list(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm) = (request.input, request.context.realm)
        let patterns = input["logGroupNamePattern"]?.string?.split(separator: "|").map(String.init)
        let wanted = input["logGroupClass"]?.string
        try await book.flush()
        let groups = try book.store.read { try Self.groups(realm, $0) }.filter { group in
            (wanted.map { group.logClass == $0 } ?? true)
                && (patterns.map { $0.contains { Self.matches(group.name, $0) } } ?? true)
        }
        let (page, next) = try LogPage.cut(groups, input, pageMax: 1000, pageDefault: 50, by: \.name)
        return OperationResponse([
            "logGroups": .list(page.map { group in
                [
                    "logGroupName": .string(group.name), "logGroupArn": .string(group.arn(in: realm)),
                    "logGroupClass": .string(group.logClass),
                ]
            }),
            "nextToken": next.map { .string($0) },
        ])
    }

    /// AWS: doc — ListLogGroups: `^` anchors at the start, otherwise a part of the name.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasPrefix("^") ? name.hasPrefix(pattern.dropFirst()) : name.contains(pattern)
    }

    private static func groups(_ realm: Realm, _ reader: StoreReader) throws -> [LogGroup] {
        try reader.documents(LogGroup.collection(realm), as: LogGroup.self).map(\.value)
    }

    private static func shown(_ group: LogGroup, _ bytes: Int64, _ context: RequestContext) -> AWSValue {
        let arn = group.arn(in: context.realm)
        return [
            "logGroupName": .string(group.name), "creationTime": context.shownMilliseconds(group.created),
            "retentionInDays": group.retentionDays.map { .integer(Int64($0)) }, "metricFilterCount": 0,
            "arn": .string(arn + ":*"), "storedBytes": .integer(bytes), "kmsKeyId": group.kmsKeyID.map { .string($0) },
            "logGroupClass": .string(group.logClass), "logGroupArn": .string(arn),
            "deletionProtectionEnabled": .boolean(group.isProtected),
        ]
    }
}

/// Pages of lists that are ordered by a text; the token is the last text of the page.
enum LogPage {
    static func cut<Item>(
        _ all: [Item], _ input: AWSObject, pageMax: Int, pageDefault: Int? = nil, by key: (Item) -> String
    ) throws -> (page: [Item], next: String?) {
        var rest = all[...]
        if let token = input["nextToken"]?.string {
            guard let index = all.firstIndex(where: { key($0) == token }) else { throw LogsFault.invalidToken }
            rest = all[(index + 1)...]
        }
        let page = Array(rest.prefix(min(input["limit"]?.int ?? pageDefault ?? pageMax, pageMax)))
        return (page, page.count < rest.count ? page.last.map(key) : nil)
    }
}

extension RequestContext {
    /// Logs speaks of instants in whole milliseconds, which the codecs take for plain numbers: the shift is applied here.
    func shownMilliseconds(_ instant: SimInstant) -> AWSValue { .integer(clockShift.shown(instant).millisecondsSinceEpoch) }

    /// The simulated instant that a client's milliseconds mean.
    func readMilliseconds(_ value: AWSValue?) -> SimInstant? {
        guard case .integer(let milliseconds)? = value else { return nil }
        // Beyond any real time, and far from overflow.
        let bounded = min(max(milliseconds, 0), 1 << 56)
        return clockShift.read(SimInstant(millisecondsSinceEpoch: bounded))
    }
}
