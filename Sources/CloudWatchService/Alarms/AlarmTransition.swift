package import MetricRules
package import SimTime
package import Vocabulary

/// An alarm has changed its state, by evaluation or by SetAlarmState.
package struct AlarmTransition: Sendable, Equatable {
    package let realm: Realm
    package let alarmName: String
    package let from: AlarmState
    package let to: AlarmState
    package let reason: String
    package let instant: SimInstant

    package init(realm: Realm, alarmName: String, from: AlarmState, to: AlarmState, reason: String, instant: SimInstant) {
        self.realm = realm
        self.alarmName = alarmName
        self.from = from
        self.to = to
        self.reason = reason
        self.instant = instant
    }
}
