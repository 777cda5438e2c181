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
        try await timeline.turn { [alarms] turn in
            var record = draft
            record.configurationUpdated = turn.now
            let existing = try alarms.record(key, in: turn)
            if let existing {
                record.state = existing.state
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
            let (type, member, done) = existing == nil
                ? ("Create", "createdAlarm", "created") : ("Update", "updatedAlarm", "updated")
            try AlarmHistory.record(
                .configurationUpdate, of: key, summary: "Alarm \"\(key.name)\" \(done)",
                data: AlarmHistory.configurationData(type: type, member: member, record, realm: key.realm), in: turn)
        }
        return OperationResponse()
    }
}
