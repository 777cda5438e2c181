import AWSModel
import Gateway
import MetricRules
import SimTime
import Timeline
import Vocabulary

/// PutMetricAlarm: creates an alarm, or overwrites the configuration of one and keeps its state.
/// AWS: spec/cloudwatch.md §7.
struct PutMetricAlarm: Sendable {
    let timeline: Timeline
    let alarms: Alarms

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let draft = try AlarmDraft.read(request.input, account: request.context.caller.account.digits)
        let key = AlarmKey(realm: request.context.realm, name: draft.name)
        try await timeline.turn { [alarms] turn in try Self.put(draft, key, alarms, in: turn) }
        return OperationResponse()
    }

    /// Creates an alarm, or gives one another configuration. Throws when a composite alarm has its name.
    static func put(_ draft: AlarmRecord, _ key: AlarmKey, _ alarms: Alarms, in turn: Turn) throws {
        var record = draft
        record.configurationUpdated = turn.now
        let existing = try alarms.record(key, in: turn)
        if try alarms.composite(key, in: turn) != nil {
            // AWS: inferred — names are unique among all alarms.
            throw AWSFault.validation("A composite alarm with the name \(key.name) exists already.")
        }
        if let existing {
            record.state = existing.state
            record.previous = existing.previous
            record.stateReason = existing.stateReason
            record.stateReasonData = existing.stateReasonData
            record.stateUpdated = existing.stateUpdated
            record.stateTransitioned = existing.stateTransitioned
            // AWS: doc — spec/cloudwatch.md §7: tags of an update are ignored.
            record.tags = existing.tags
        } else {
            record.stateUpdated = turn.now
            record.stateTransitioned = turn.now
        }
        try alarms.put(record, key, in: turn)
        try alarms.noteConfiguration(record, key, isNew: existing == nil, in: turn)
    }
}
