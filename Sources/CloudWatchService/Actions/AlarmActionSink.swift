package import MetricRules
package import SimTime
package import Vocabulary

/// Where the actions of an ARN go.
package enum AlarmActionTarget: Sendable, Equatable {
    /// The server's own event stream, and nowhere else.
    case eventStream
    /// Somewhere outside, by way of `AlarmActionSink.deliver`; the event stream tells of it too.
    case webhook
}

/// Delivers alarm actions. Implemented by the composition root from the setting `alarmActions`.
package protocol AlarmActionSink: Sendable {
    /// The target of an action's ARN; nil when none is named for it, and the action fails.
    func target(of actionARN: String) -> AlarmActionTarget?
    /// Hands a notification over to a webhook. Called after the change is committed, outside the timeline; throws when the
    /// other side did not take it, which the alarm's history then says.
    func deliver(_ notification: AlarmNotification) async throws
}

/// One action of one change of an alarm's state.
package struct AlarmNotification: Sendable, Equatable {
    package let realm: Realm
    package let alarmName: String
    package let actionARN: String
    package let state: AlarmState
    package let instant: SimInstant
    /// SNS's subject: `ALARM: "name" in US East (N. Virginia)`.
    package let subject: String
    /// SNS's message, JSON. Its instants are simulated ones, shown as a client would see them at delivery.
    package let message: String
    /// The body to post: an SNS envelope around subject and message, JSON.
    package let envelope: String

    package init(
        realm: Realm, alarmName: String, actionARN: String, state: AlarmState, instant: SimInstant, subject: String,
        message: String, envelope: String
    ) {
        self.realm = realm
        self.alarmName = alarmName
        self.actionARN = actionARN
        self.state = state
        self.instant = instant
        self.subject = subject
        self.message = message
        self.envelope = envelope
    }
}
