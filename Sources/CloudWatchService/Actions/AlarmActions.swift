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
    private let courier: ActionCourier
    private let sink = Mutex<(any AlarmActionSink)?>(nil)
    static let heldTimer = "cloudwatch-muted-actions"
    private static let scalingPolicyPrefix = "arn:aws:autoscaling:"
    static let eventType = "CloudWatch Alarm Action"

    init(timeline: Timeline, mutes: MuteRules, retryPauses: [Duration], logger: Logger) {
        self.timeline = timeline
        self.logger = logger
        self.mutes = mutes
        courier = ActionCourier(pauses: retryPauses)
    }

    func deliver(by sink: any AlarmActionSink) { self.sink.withLock { $0 = sink } }

    /// Drops what is on its way, after the state was erased or replaced.
    func forget() { courier.forget() }

    /// Runs the actions of the alarm's state, or holds them until no rule mutes the alarm any more.
    func perform(for alarm: some StatefulAlarm, _ key: AlarmKey, in turn: Turn) throws {
        guard alarm.actionsEnabled, alarm.hasActions else { return }
        if let until = try mutes.mutedUntil(key, at: turn.now, turn.transaction) {
            return try turn.arm(
                TimerID(kind: Self.heldTimer, owner: key.timerOwner, name: alarm.state), at: until, phase: Phase.alarmEvaluation)
        }
        // A change that is acted on overtakes those that were held.
        try turn.disarmAll(kind: Self.heldTimer, owner: key.timerOwner)
        for action in alarm.actions(on: alarm.stateValue) { try run(action, for: ActionOccasion(alarm), key, in: turn) }
    }

    /// Runs the actions of contributors that have changed. AWS: doc — those of Auto Scaling, incidents and investigations
    /// belong to the alarm as a whole; muted ones are not made up for (inferred).
    func perform(for alarm: AlarmRecord, _ changes: [ContributorChange], _ key: AlarmKey, in turn: Turn) throws {
        guard alarm.actionsEnabled, !changes.isEmpty, try mutes.mutedUntil(key, at: turn.now, turn.transaction) == nil
        else { return }
        for change in changes {
            for action in alarm.actions(on: change.state) where Self.isForContributors(action) {
                try run(action, for: ActionOccasion(alarm, change), key, in: turn)
            }
        }
    }

    private static func isForContributors(_ action: String) -> Bool {
        guard let arn = ARN(action) else { return false }
        return ["sns", "lambda", "automate", "ssm", "swf"].contains(arn.service)
    }

    private func run(
        _ action: String, for occasion: ActionOccasion<some StatefulAlarm>, _ key: AlarmKey, in turn: Turn
    ) throws {
        let outcome = ActionOutcome(
            action: action, key: key, type: type(of: occasion.alarm).kind, changed: occasion.since,
            contributor: occasion.contributor)
        let sink = sink.withLock { $0 }
        // Policies of auto scaling live in this server: they ask for the alarms that ring.
        let target = action.hasPrefix(Self.scalingPolicyPrefix) ? AlarmActionTarget.eventStream : sink?.target(of: action)
        guard let target else {
            return try outcome.record(
                message: nil, error: "No target is set for this action in alarmActions.", in: turn)
        }
        let notification = AlarmMessage.notification(
            of: occasion, in: key.realm, action: action, shift: timeline.clockShift)
        turn.record(LoggedEvent(
            instant: turn.now, detailType: Self.eventType, subject: key.name, json: event(notification)))
        switch target {
        case .eventStream: try outcome.record(message: notification.message, error: nil, in: turn)
        case .webhook:
            guard let sink else { return }
            turn.afterCommit { [courier, self] in
                let errand = ActionCourier.Errand(notification: notification, sink: sink) { failure in
                    await self.tell(outcome, notification, failure)
                }
                courier.send(errand)
            }
        }
    }

    private func tell(_ outcome: ActionOutcome, _ notification: AlarmNotification, _ failure: String?) async {
        do {
            try await timeline.turn { try outcome.record(message: notification.message, error: failure, in: $0) }
        } catch {
            logger.error(
                "failed to record the outcome of an alarm action",
                metadata: ["alarm": "\(outcome.key.name)", "error": "\(error)"])
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

/// What an alarm's history says of one action.
struct ActionOutcome: Sendable {
    let action: String
    let key: AlarmKey
    let type: AlarmKind
    let changed: SimInstant
    let contributor: AlarmContributor?

    /// `error` is nil when the action was delivered. AWS: recorded for summaries, inferred for data —
    /// spec/cloudwatch.md §9.
    func record(message: String?, error: String?, in turn: Turn) throws {
        let summary = error.map { "Failed to execute action \(action). Received error: \"\($0)\"" }
            ?? "Successfully executed action \(action)"
        let data = JSONText.object([
            ("actionState", error == nil ? "\"Succeeded\"" : "\"Failed\""),
            ("stateUpdateTimestamp", String(changed.millisecondsSinceEpoch)),
            ("notificationResource", JSONText.string(action)), ("publishedMessage", message ?? "null"),
            ("error", error.map(JSONText.string) ?? "null"),
        ])
        try AlarmHistory.record(
            contributor == nil ? .action : .contributorAction, of: key, type, summary: summary, data: data,
            contributor: contributor, in: turn)
    }
}
