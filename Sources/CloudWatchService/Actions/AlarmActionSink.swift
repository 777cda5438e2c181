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

/// Delivers alarm actions. Implemented by the composition root from the settings `alarmActions` and `functions`.
package protocol AlarmActionSink: Sendable {
    /// The target of an action's ARN; nil when none is named for it, and the action fails.
    func target(of actionARN: String) -> AlarmActionTarget?
    /// Hands a notification over. Called after the change is committed, outside the timeline, and again when it throws;
    /// the last error is told in the alarm's history.
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
    /// SNS's `MessageId`.
    package let messageID: String
    /// What is sent, JSON: the event a Lambda function gets for a function's ARN, else an SNS envelope around subject and
    /// message.
    package let payload: String

    /// Whether the action invokes a function rather than publishing to a topic.
    package var isFunctionCall: Bool { Self.isFunction(actionARN) }

    static func isFunction(_ actionARN: String) -> Bool { ARN(actionARN)?.service == "lambda" }

    package init(
        realm: Realm, alarmName: String, actionARN: String, state: AlarmState, instant: SimInstant, subject: String,
        message: String, messageID: String, payload: String
    ) {
        self.realm = realm
        self.alarmName = alarmName
        self.actionARN = actionARN
        self.state = state
        self.instant = instant
        self.subject = subject
        self.message = message
        self.messageID = messageID
        self.payload = payload
    }
}
