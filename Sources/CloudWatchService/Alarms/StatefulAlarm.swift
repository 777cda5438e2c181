import MetricRules
import SimTime
import Vocabulary

/// The kinds of alarms, as AWS's texts call them.
enum AlarmKind: String, Codable, Sendable {
    case metric = "MetricAlarm", composite = "CompositeAlarm"
}

/// The state an alarm had before its last change.
struct PriorState: Codable, Sendable, Equatable {
    var state: String
    var reason: String
    var reasonData: String?
    var updated: SimInstant
}

/// What metric and composite alarms have in common.
protocol StatefulAlarm: Codable, Sendable, Equatable {
    static var kind: AlarmKind { get }
    var name: String { get }
    var description: String? { get }
    var actionsEnabled: Bool { get set }
    var okActions: [String] { get }
    var alarmActions: [String] { get }
    var insufficientDataActions: [String] { get }
    var tags: [AlarmRecord.Tag] { get set }
    var state: String { get set }
    /// The state before the last change.
    var previous: PriorState? { get set }
    var stateReason: String { get set }
    var stateReasonData: String? { get set }
    /// The last time that the state was set, be it to the same value.
    var stateUpdated: SimInstant { get set }
    /// The last time that its value changed.
    var stateTransitioned: SimInstant { get set }
    var configurationUpdated: SimInstant { get set }
    /// The configuration as history shows it, JSON.
    func historyConfiguration(in realm: Realm) -> String
    /// What is watched, as EventBridge's `configuration` shows it: members of a JSON object.
    var eventConfiguration: [(key: String, value: String?)] { get }
    /// SNS's `Trigger` or `AlarmRule`, as members of a JSON object.
    var messageTrigger: [(key: String, value: String?)] { get }
}

extension StatefulAlarm {
    func arn(in realm: Realm) -> String { AlarmRecord.arn(name, in: realm) }

    var stateValue: AlarmState { AlarmState(rawValue: state) ?? .insufficientData }

    /// Actions of entering a state.
    func actions(on state: AlarmState) -> [String] {
        switch state {
        case .ok: okActions
        case .alarm: alarmActions
        case .insufficientData: insufficientDataActions
        }
    }

    var hasActions: Bool { !okActions.isEmpty || !alarmActions.isEmpty || !insufficientDataActions.isEmpty }

    /// Whether some action's ARN begins so.
    func hasAction(_ prefix: String) -> Bool {
        [okActions, alarmActions, insufficientDataActions].joined().contains { $0.hasPrefix(prefix) }
    }

    /// The alarm in a new state, from `instant` on.
    func changed(to state: AlarmState, reason: String, reasonData: String?, at instant: SimInstant) -> Self {
        var new = self
        new.state = state.rawValue
        new.stateReason = reason
        new.stateReasonData = reasonData
        new.stateUpdated = instant
        if new.state != self.state {
            new.stateTransitioned = instant
            new.previous = PriorState(
                state: self.state, reason: stateReason, reasonData: stateReasonData, updated: stateUpdated)
        }
        return new
    }
}
