package import AWSModel
import MetricRules
import SimTime
package import Timeline
package import Vocabulary

/// An alarm with an action of interest, in the state that the action is for.
package struct ActingAlarm: Sendable, Equatable {
    package let name: String
    /// The actions of the present state.
    package let actions: [String]
    /// The datapoints of the evaluation that ends now, oldest first; missing ones are left out.
    package let values: [Double]
    /// 0 for alarms on a band.
    package let threshold: Double
}

/// Alarms as other services of this server keep and ask them: Application Auto Scaling has alarms of its own.
extension CloudWatchService {
    /// PutMetricAlarm within another service's turn. Throws the fault of a bad input.
    package func putAlarm(_ input: AWSObject, realm: Realm, in turn: Turn) throws {
        let draft = try AlarmDraft.read(input, account: realm.account.digits)
        try PutMetricAlarm.put(draft, AlarmKey(realm: realm, name: draft.name), alarms, in: turn)
    }

    /// DeleteAlarms within another service's turn, of metric alarms; unknown names are ignored.
    package func deleteAlarms(_ names: [String], realm: Realm, in turn: Turn) throws {
        for name in names {
            let key = AlarmKey(realm: realm, name: name)
            guard let record = try alarms.record(key, in: turn) else { continue }
            try alarms.delete(key, in: turn)
            try alarms.noteDeletion(record, key, in: turn)
        }
    }

    /// The metric alarms whose present state has an enabled action that begins so, with what they see at this instant.
    package func actingAlarms(actionPrefix: String, realm: Realm, in turn: Turn) throws -> [ActingAlarm] {
        try alarms.book.load(turn.transaction)
        return try alarms.book.alarms(in: realm).compactMap { known in
            // What this very turn has written is not in the book yet.
            guard let record = try alarms.record(known.key, in: turn), record.actionsEnabled else { return nil }
            let actions = record.actions(on: record.stateValue).filter { $0.hasPrefix(actionPrefix) }
            guard !actions.isEmpty, let entry = AlarmEntry(key: known.key, record: record) else { return nil }
            let end = turn.now.floored(to: entry.definition.cadence)
            let window = try alarms.window(of: entry, endingAt: end, turn.transaction)
            let values = window.buckets.prefix(entry.definition.evaluationPeriods).reversed().compactMap { $0.datapoint?.value }
            return ActingAlarm(name: record.name, actions: actions, values: values, threshold: record.threshold ?? 0)
        }
    }

    /// Names and ARNs of the metric alarms that have an action that begins so, for any state.
    package func alarms(actionPrefix: String, realm: Realm) async throws -> [(name: String, arn: String)] {
        try await alarms.alarms(in: realm).filter { $0.record.hasAction(actionPrefix) }
            .map { ($0.record.name, $0.record.arn(in: realm)) }
    }
}
