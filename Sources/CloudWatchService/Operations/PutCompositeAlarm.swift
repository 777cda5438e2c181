import AWSModel
import Gateway
import MetricRules
import SimTime
import Timeline
import Vocabulary

/// PutCompositeAlarm. AWS: spec/cloudwatch.md §10.
struct PutCompositeAlarm: Sendable {
    let timeline: Timeline
    let alarms: Alarms

    // AWS: doc — spec/cloudwatch.md §10.
    private static let parentsMax = 150
    /// Seconds. AWS: inferred; a year keeps sums in range.
    private static let holds = 0...31_536_000

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        let (draft, rule) = try Self.draft(input)
        let key = AlarmKey(realm: realm, name: draft.name)
        let tags = try ResourceTags.read(input["Tags"])
        try await timeline.turn { [alarms] turn in
            if try alarms.record(key, in: turn) != nil {
                // AWS: inferred — names are unique among all alarms.
                throw AWSFault.validation("A metric alarm with the name \(key.name) exists already.")
            }
            try Self.checkReferences(draft, rule, key, alarms, in: turn)
            var record = draft
            let existing = try alarms.composite(key, in: turn)
            record.configurationUpdated = turn.now
            record.stateUpdated = existing?.stateUpdated ?? turn.now
            record.stateTransitioned = existing?.stateTransitioned ?? turn.now
            record.tags = existing?.tags ?? tags
            if let existing {
                record.state = existing.state
                record.previous = existing.previous
                record.stateReason = existing.stateReason
                record.stateReasonData = existing.stateReasonData
                if existing.suppressorName == record.suppressorName {
                    record.suppression = existing.suppression
                    record.suppressedReason = existing.suppressedReason
                }
            }
            try alarms.put(record, key, in: turn)
            try alarms.noteConfiguration(record, key, isNew: existing == nil, in: turn)
            try alarms.evaluatePut(key, record, isNew: existing == nil, in: turn)
        }
        return OperationResponse()
    }

    private static func draft(_ input: AWSObject) throws -> (CompositeAlarmRecord, AlarmRule) {
        guard let name = input["AlarmName"]?.string else { throw CloudWatchFault.missing("AlarmName") }
        try AlarmDraft.checkName(name)
        guard let text = input["AlarmRule"]?.string else { throw CloudWatchFault.missing("AlarmRule") }
        let rule: AlarmRule
        do { rule = try AlarmRule(parsing: text) } catch {
            throw AWSFault.validation("The alarm rule is invalid: \(error.reason)")
        }
        let suppressor = input["ActionsSuppressor"]?.string
        let wait = input["ActionsSuppressorWaitPeriod"]?.int, extra = input["ActionsSuppressorExtensionPeriod"]?.int
        if suppressor == nil {
            guard wait == nil, extra == nil else { throw CloudWatchFault.missing("ActionsSuppressor") }
        } else {
            guard let wait else { throw CloudWatchFault.missing("ActionsSuppressorWaitPeriod") }
            guard let extra else { throw CloudWatchFault.missing("ActionsSuppressorExtensionPeriod") }
            guard holds.contains(wait) else { throw CloudWatchFault.invalid("\(wait)", "ActionsSuppressorWaitPeriod") }
            guard holds.contains(extra) else { throw CloudWatchFault.invalid("\(extra)", "ActionsSuppressorExtensionPeriod") }
        }
        let never = SimInstant(millisecondsSinceEpoch: 0)
        let record = CompositeAlarmRecord(
            name: name, description: input["AlarmDescription"]?.string,
            actionsEnabled: input["ActionsEnabled"]?.bool ?? true, okActions: try AlarmDraft.actions(input, "OKActions"),
            alarmActions: try AlarmDraft.actions(input, "AlarmActions"),
            insufficientDataActions: try AlarmDraft.actions(input, "InsufficientDataActions"), rule: text,
            suppressor: suppressor, waitSeconds: wait, extensionSeconds: extra, tags: [],
            state: AlarmState.insufficientData.rawValue, stateReason: AlarmExplanation.initialReason,
            stateUpdated: never, stateTransitioned: never, configurationUpdated: never)
        return (record, rule)
    }

    /// AWS: recorded for children, inferred for the suppressor — spec/cloudwatch.md §1.
    private static func checkReferences(
        _ draft: CompositeAlarmRecord, _ rule: AlarmRule, _ key: AlarmKey, _ alarms: Alarms, in turn: Turn
    ) throws {
        func exists(_ reference: String) throws -> Bool {
            let name = AlarmReference.name(reference)
            return try AlarmReference.isIn(key.realm, reference)
                && (name == key.name || alarms.state(of: AlarmKey(realm: key.realm, name: name), in: turn) != nil)
        }
        let unknown = try rule.children.filter { try !exists($0) }
        guard unknown.isEmpty else {
            throw AWSFault.validation(
                "Could not save the composite alarm as alarms [\(unknown.joined(separator: ", "))] in the alarm rule do not exist")
        }
        if let suppressor = draft.suppressor, try !exists(suppressor) {
            throw AWSFault.validation("Could not save the composite alarm as the actions suppressor [\(suppressor)] does not exist")
        }
        for child in draft.children {
            let parents = alarms.composites.parents(of: AlarmKey(realm: key.realm, name: child)).filter { $0 != key }
            guard parents.count < parentsMax else {
                throw AWSFault(
                    "LimitExceededFault", "The alarm \(child) is in \(parentsMax) composite alarms already.", status: 400)
            }
        }
    }
}
