import MetricRules
import SimTime

/// What actions are run for: the alarm's own change of state, or that of one of its contributors.
struct ActionOccasion<Alarm: StatefulAlarm> {
    let alarm: Alarm
    /// Nil for the alarm's own change.
    let contributor: AlarmContributor?
    let state: AlarmState
    let reason: String
    let reasonData: String?
    let since: SimInstant
    let prior: PriorState

    /// The alarm is in the state it has.
    init(_ alarm: Alarm) {
        self.alarm = alarm
        contributor = nil
        state = alarm.stateValue
        reason = alarm.stateReason
        reasonData = alarm.stateReasonData
        since = alarm.stateTransitioned
        prior = alarm.previous ?? PriorState(
            state: AlarmState.insufficientData.rawValue, reason: AlarmExplanation.initialReason, updated: alarm.stateUpdated)
    }

    /// One of the alarm's contributors has gone to a state. AWS: doc — they have no reason data.
    init(_ alarm: Alarm, _ change: ContributorChange) {
        self.alarm = alarm
        contributor = change.contributor
        state = change.state
        reason = change.contributor.stateReason
        reasonData = nil
        since = change.contributor.stateTransitioned
        prior = change.prior
    }
}
