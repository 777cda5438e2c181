import Logging
import MetricRules
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// Runs the actions of changed alarms: held back by mute rules, handed to the sink, told in the history.
final class AlarmActions: Sendable {
    private let timeline: Timeline
    private let mutes: MuteRules
    private let logger: Logger
    private let sink = Mutex<(any AlarmActionSink)?>(nil)
    static let heldTimer = "cloudwatch-muted-actions"
    private static let scalingPolicyPrefix = "arn:aws:autoscaling:"
    static let eventType = "CloudWatch Alarm Action"

    init(timeline: Timeline, mutes: MuteRules, logger: Logger) {
        self.timeline = timeline
        self.logger = logger
        self.mutes = mutes
    }

    func deliver(by sink: any AlarmActionSink) { self.sink.withLock { $0 = sink } }

    /// Runs the actions of the alarm's state, or holds them until no rule mutes the alarm any more.
    func perform(for alarm: some StatefulAlarm, _ key: AlarmKey, in turn: Turn) throws {
        guard alarm.actionsEnabled else { return }
        if let until = try mutes.mutedUntil(key, at: turn.now, turn.transaction) {
            return try turn.arm(
                TimerID(kind: Self.heldTimer, owner: key.timerOwner, name: alarm.state), at: until, phase: Phase.alarmEvaluation)
        }
        // A change that is acted on overtakes those that were held.
        try turn.disarmAll(kind: Self.heldTimer, owner: key.timerOwner)
        for action in alarm.actions(on: alarm.stateValue) { try run(action, of: alarm, key, in: turn) }
    }

    private func run(_ action: String, of alarm: some StatefulAlarm, _ key: AlarmKey, in turn: Turn) throws {
        let sink = sink.withLock { $0 }
        // Policies of auto scaling live in this server: they ask for the alarms that ring.
        let target = action.hasPrefix(Self.scalingPolicyPrefix) ? AlarmActionTarget.eventStream : sink?.target(of: action)
        guard let target else {
            return try AlarmHistory.recordAction(
                action, of: key, type(of: alarm).kind, changed: alarm.stateTransitioned, message: nil,
                error: "No target is set for this action in alarmActions.", in: turn)
        }
        let notification = AlarmMessage.notification(
            of: alarm, in: key.realm, action: action, shift: timeline.clockShift,
            number: turn.now.millisecondsSinceEpoch)
        turn.record(LoggedEvent(
            instant: turn.now, detailType: Self.eventType, subject: key.name, json: event(notification)))
        let kind = type(of: alarm).kind
        switch target {
        case .eventStream:
            try AlarmHistory.recordAction(
                action, of: key, kind, changed: alarm.stateTransitioned, message: notification.message, error: nil, in: turn)
        case .webhook:
            guard let sink else { return }
            turn.afterCommit { [self] in
                Task.detached { await self.deliver(notification, by: sink, of: key, kind) }
            }
        }
    }

    private func deliver(
        _ notification: AlarmNotification, by sink: any AlarmActionSink, of key: AlarmKey, _ kind: AlarmKind
    ) async {
        var failure: String?
        do { try await sink.deliver(notification) } catch { failure = "\(error)" }
        let text = failure
        do {
            try await timeline.turn { turn in
                try AlarmHistory.recordAction(
                    notification.actionARN, of: key, kind, changed: notification.instant, message: notification.message,
                    error: text, in: turn)
            }
        } catch {
            logger.error("failed to record the outcome of an alarm action", metadata: ["alarm": "\(key.name)", "error": "\(error)"])
        }
    }

    private func event(_ notification: AlarmNotification) -> String {
        JSONText.object([
            ("version", "\"0\""), ("detail-type", JSONText.string(Self.eventType)), ("source", "\"coldframe.cloudwatch\""),
            ("account", JSONText.string(notification.realm.account.digits)),
            ("region", JSONText.string(notification.realm.region.name)),
            ("resources", JSONText.array([JSONText.string(notification.actionARN)])),
            ("detail", JSONText.object([
                ("alarmName", JSONText.string(notification.alarmName)), ("action", JSONText.string(notification.actionARN)),
                ("subject", JSONText.string(notification.subject)), ("message", notification.message),
            ])),
        ])
    }
}
