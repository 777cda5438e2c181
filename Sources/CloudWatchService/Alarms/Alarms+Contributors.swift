import MetricRules
import SimTime
import Timeline

/// Alarms on Metrics Insights queries with GROUP BY: every series has a state of its own, and the alarm rings while one does.
/// AWS: doc for that; what the alarm's own reason says is inferred.
extension Alarms {
    /// One evaluation of an alarm on several series.
    func evaluate(contributorsOf alarm: AlarmEntry, _ groups: [MathAlarmEvaluation.Group], in turn: Turn) throws {
        let definition = alarm.definition, before = alarm.record.contributors ?? []
        var ringing: [AlarmContributor] = [], changes: [ContributorChange] = []
        let ids = groups.map { AlarmContributor.id(of: $0.attributes) }
        for (id, group) in zip(ids, groups) {
            let known = before.first { $0.id == id }
            // AWS: doc — a series exists only while there is data; one that rings is followed to its end.
            guard known != nil || group.window.buckets.contains(where: { $0.datapoint != nil }) else { continue }
            switch definition.evaluate(group.window, from: known == nil ? .ok : .alarm, queryDate: turn.now) {
            case .unchanged: if let known { ringing.append(known) }
            case .changed(let state, let why):
                // INSUFFICIENT_DATA is none of a contributor's states. AWS: doc.
                guard state == .alarm || known != nil else { continue }
                let contributor = AlarmContributor(
                    attributes: group.attributes, stateReason: why.reason, stateTransitioned: turn.now)
                if state == .alarm { ringing.append(contributor) }
                changes.append(ContributorChange(
                    contributor: contributor, state: state == .alarm ? .alarm : .ok,
                    prior: PriorState(
                        state: (known == nil ? AlarmState.ok : .alarm).rawValue, reason: known?.stateReason ?? "",
                        updated: known?.stateTransitioned ?? alarm.record.stateUpdated)))
            }
        }
        // What the query does not yield any more does not ring.
        for gone in before where !ids.contains(gone.id) {
            let left = AlarmContributor(
                attributes: gone.attributes, stateReason: "The contributor is no longer part of the query's result.",
                stateTransitioned: turn.now)
            changes.append(ContributorChange(contributor: left, state: .ok, prior: PriorState(
                state: AlarmState.alarm.rawValue, reason: gone.stateReason, updated: gone.stateTransitioned)))
        }
        let withData = groups.count { $0.window.buckets.contains { $0.datapoint != nil } }
        var state: AlarmState? = ringing.isEmpty ? .ok : .alarm
        if ringing.isEmpty, withData == 0 { state = definition.judge(AlarmWindow(buckets: [])).state }
        try apply(alarm, ringing, changes, state: state, seriesCount: max(withData, ringing.count), in: turn)
    }

    private func apply(
        _ alarm: AlarmEntry, _ ringing: [AlarmContributor], _ changes: [ContributorChange], state: AlarmState?, seriesCount: Int,
        in turn: Turn
    ) throws {
        let key = alarm.key
        var record = alarm.record
        record.contributors = ringing.isEmpty ? nil : ringing
        for change in changes {
            try AlarmHistory.record(
                .contributorStateUpdate, of: key, .metric,
                summary: "Alarm contributor updated from \(change.prior.state) to \(change.state.rawValue)",
                data: AlarmHistory.contributorData(change), contributor: change.contributor, in: turn)
        }
        if let state, state != alarm.state {
            let reason = switch state {
            case .insufficientData: "Insufficient Data: no series was found."
            case .alarm, .ok: "\(ringing.count) out of \(seriesCount) contributors evaluated to ALARM."
            }
            try change(key, record, to: state, reason: reason, reasonData: nil, in: turn)
        } else if !changes.isEmpty {
            try put(record, key, in: turn)
        }
        try actions.perform(for: record, changes, key, in: turn)
    }
}
