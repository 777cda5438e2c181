import AWSModel
import Foundation
import Gateway
import MetricRules
import SimTime
import Store
import Timeline
import Vocabulary

/// An alarm mute rule as it is stored.
struct MuteRuleRecord: Codable, Sendable, Equatable {
    var name: String
    var description: String?
    var expression: String
    var duration: String
    var timezone: String?
    /// The alarms that are muted; nil mutes none.
    var alarmNames: [String]?
    var startDate: SimInstant?
    var expireDate: SimInstant?
    var updated: SimInstant

    enum Status: String { case scheduled = "SCHEDULED", active = "ACTIVE", expired = "EXPIRED" }

    var schedule: MuteSchedule? { try? MuteSchedule(expression: expression, duration: duration) }

    /// Local time's lead over UTC.
    func offset(at instant: SimInstant) -> SimDuration {
        let zone = TimeZone(identifier: timezone ?? "UTC") ?? .gmt
        return .seconds(Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: instant.secondsSinceEpoch))))
    }

    /// The end of the window that mutes at `instant`, cut short by the rule's expiry.
    func activeUntil(at instant: SimInstant) -> SimInstant? {
        if let startDate, instant < startDate { return nil }
        if let expireDate, instant >= expireDate { return nil }
        guard let end = schedule?.activeUntil(at: instant, offset: offset) else { return nil }
        return expireDate.map { min($0, end) } ?? end
    }

    func status(at instant: SimInstant) -> Status {
        if activeUntil(at: instant) != nil { return .active }
        let isOver = expireDate.map { instant >= $0 } ?? false
        return isOver || (schedule?.isOver(at: instant, offset: offset) ?? false) ? .expired : .scheduled
    }

    func arn(in realm: Realm) -> String {
        ARN(service: "cloudwatch", realm: realm, resource: "alarm-mute-rule:\(name)").description
    }

    var type: String { schedule?.isOnce == true ? "ONE_TIME" : "RECURRING" }
}

/// Alarm mute rules: Put, Get, List, Delete, and whether an alarm is muted. AWS: doc — spec/cloudwatch.md §11.
struct MuteRules: Sendable {
    static let documentType = "alarm-mute-rule"
    private static let targetsMax = 100
    private static let recordsDefault = 50

    let timeline: Timeline
    let tags: ResourceTags

    private static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: AlarmBook.service, type: documentType)
    }

    /// When the last of the rules that mute an alarm ends; nil when none does.
    func mutedUntil(_ key: AlarmKey, at instant: SimInstant, _ reader: StoreReader) throws -> SimInstant? {
        try reader.documents(Self.collection(key.realm), as: MuteRuleRecord.self).compactMap { _, rule in
            rule.alarmNames?.contains(key.name) == true ? rule.activeUntil(at: instant) : nil
        }.max()
    }

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        guard let name = input["Name"]?.string else { throw CloudWatchFault.missing("Name") }
        guard let schedule = input["Rule"]?["Schedule"] else { throw CloudWatchFault.missing("Rule.Schedule") }
        guard let expression = schedule["Expression"]?.string else { throw CloudWatchFault.missing("Rule.Schedule.Expression") }
        guard let duration = schedule["Duration"]?.string else { throw CloudWatchFault.missing("Rule.Schedule.Duration") }
        do { _ = try MuteSchedule(expression: expression, duration: duration) } catch {
            throw AWSFault.validation("Invalid schedule: \(error.reason)")
        }
        let timezone = schedule["Timezone"]?.string
        if let timezone, TimeZone(identifier: timezone) == nil { throw CloudWatchFault.invalid(timezone, "Rule.Schedule.Timezone") }
        let names = input["MuteTargets"]?["AlarmNames"]?.list?.compactMap(\.string)
        guard names?.count ?? 0 <= Self.targetsMax else {
            throw CloudWatchFault.tooMany("MuteTargets.AlarmNames", maximum: Self.targetsMax)
        }
        let start = input["StartDate"]?.instant, expire = input["ExpireDate"]?.instant
        if let start, let expire, start >= expire {
            throw AWSFault.validation("The parameter StartDate must be less than the parameter ExpireDate.")
        }
        let added = try ResourceTags.read(input["Tags"])
        try await timeline.turn { [tags] turn in
            let key = Self.collection(realm).key(name)
            let isNew = try turn.transaction.document(key, as: MuteRuleRecord.self) == nil
            let record = MuteRuleRecord(
                name: name, description: input["Description"]?.string, expression: expression, duration: duration,
                timezone: timezone, alarmNames: names, startDate: start, expireDate: expire, updated: turn.now)
            try turn.transaction.put(key, record)
            if isNew { try tags.set(added, on: record.arn(in: realm), in: turn) }
        }
        return OperationResponse()
    }

    func get(_ request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["AlarmMuteRuleName"]?.string else { throw CloudWatchFault.missing("AlarmMuteRuleName") }
        let realm = request.context.realm
        guard let rule = try timeline.store.document(Self.collection(realm).key(name), as: MuteRuleRecord.self) else {
            throw CloudWatchFault.unknownResource(name, type: "cloudwatch:alarm-mute-rule")
        }
        return OperationResponse([
            "Name": .string(rule.name), "AlarmMuteRuleArn": .string(rule.arn(in: realm)),
            "Description": rule.description.map(AWSValue.string),
            "Rule": ["Schedule": [
                "Expression": .string(rule.expression), "Duration": .string(rule.duration),
                "Timezone": .string(rule.timezone ?? "UTC"),
            ]],
            "MuteTargets": rule.alarmNames.map { ["AlarmNames": .list($0.map(AWSValue.string))] },
            "StartDate": rule.startDate.map(AWSValue.timestamp), "ExpireDate": rule.expireDate.map(AWSValue.timestamp),
            "Status": .string(rule.status(at: request.context.now).rawValue),
            "LastUpdatedTimestamp": .timestamp(rule.updated), "MuteType": .string(rule.type),
        ])
    }

    func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm, now = request.context.now
        let limit = input["MaxRecords"]?.int ?? Self.recordsDefault
        let statuses = (input["Statuses"]?.list ?? []).compactMap(\.string), alarm = input["AlarmName"]?.string
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let rules = try timeline.store.documents(Self.collection(realm), as: MuteRuleRecord.self).map(\.value)
        let matching = rules.filter { rule in
            (alarm == nil || rule.alarmNames?.contains(alarm ?? "") == true)
                && (statuses.isEmpty || statuses.contains(rule.status(at: now).rawValue))
                && (after == nil || rule.name > after ?? "")
        }
        let page = matching.prefix(limit)
        var output: AWSObject = ["AlarmMuteRuleSummaries": .list(page.map { rule in
            [
                "AlarmMuteRuleArn": .string(rule.arn(in: realm)), "ExpireDate": rule.expireDate.map(AWSValue.timestamp),
                "Status": .string(rule.status(at: now).rawValue), "MuteType": .string(rule.type),
                "LastUpdatedTimestamp": .timestamp(rule.updated),
            ]
        })]
        if page.count < matching.count, let last = page.last {
            output.append("NextToken", .string(PageToken.encode(last.name)))
        }
        return OperationResponse(output)
    }

    /// Deleting what is not there succeeds. AWS: inferred.
    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["AlarmMuteRuleName"]?.string else { throw CloudWatchFault.missing("AlarmMuteRuleName") }
        let realm = request.context.realm
        try await timeline.turn { [tags] turn in
            let key = Self.collection(realm).key(name)
            guard let rule = try turn.transaction.document(key, as: MuteRuleRecord.self) else { return }
            try turn.transaction.delete(key)
            try tags.removeAll(of: rule.arn(in: realm), in: turn)
        }
        return OperationResponse()
    }
}
