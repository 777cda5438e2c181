import AWSModel
import MetricRules
import SimTime
import Vocabulary

/// A composite alarm as it is stored: the configuration as it was sent, and the state.
struct CompositeAlarmRecord: StatefulAlarm {
    static let kind = AlarmKind.composite

    var name: String
    var description: String?
    var actionsEnabled: Bool
    var okActions: [String]
    var alarmActions: [String]
    var insufficientDataActions: [String]
    var rule: String
    /// The suppressor, by name or ARN as it was sent.
    var suppressor: String?
    var waitSeconds: Int?
    var extensionSeconds: Int?
    var tags: [AlarmRecord.Tag]

    var state: String
    var previous: PriorState?
    var stateReason: String
    var stateReasonData: String?
    var stateUpdated: SimInstant
    var stateTransitioned: SimInstant
    var configurationUpdated: SimInstant
    var suppression = ActionSuppression()
    var suppressedReason: String?

    /// The names of the alarms in the rule.
    var children: [String] { ((try? AlarmRule(parsing: rule))?.children ?? []).map(AlarmReference.name) }

    var suppressorName: String? { suppressor.map(AlarmReference.name) }

    func historyConfiguration(in realm: Realm) -> String {
        func strings(_ list: [String]) -> String { JSONText.array(list.map(JSONText.string)) }
        return JSONText.object([
            ("alarmName", JSONText.string(name)), ("alarmDescription", description.map(JSONText.string)),
            ("alarmArn", JSONText.string(arn(in: realm))),
            ("alarmConfigurationUpdatedTimestamp", JSONText.string(alarmTimestamp(configurationUpdated))),
            ("alarmRule", JSONText.string(rule)), ("actionsSuppressor", suppressor.map(JSONText.string)),
            ("actionsSuppressorWaitPeriod", waitSeconds.map(String.init)),
            ("actionsSuppressorExtensionPeriod", extensionSeconds.map(String.init)),
            ("stateValue", JSONText.string(state)),
            ("stateUpdatedTimestamp", JSONText.string(alarmTimestamp(stateUpdated))),
            ("actionsEnabled", actionsEnabled ? "true" : "false"), ("alarmActions", strings(alarmActions)),
            ("insufficientDataActions", strings(insufficientDataActions)), ("okactions", strings(okActions)),
        ])
    }

    var eventConfiguration: [(key: String, value: String?)] {
        [
            ("alarmRule", JSONText.string(rule)), ("actionsSuppressor", suppressor.map(JSONText.string)),
            ("actionsSuppressorWaitPeriod", waitSeconds.map(String.init)),
            ("actionsSuppressorExtensionPeriod", extensionSeconds.map(String.init)),
        ]
    }

    var messageTrigger: [(key: String, value: String?)] { [("AlarmRule", JSONText.string(rule))] }

    /// The `CompositeAlarm` structure. AWS: recorded key set — spec/cloudwatch.md §10.
    func described(in realm: Realm) -> AWSValue {
        func strings(_ list: [String]) -> AWSValue { .list(list.map(AWSValue.string)) }
        return [
            "ActionsEnabled": .boolean(actionsEnabled), "AlarmActions": strings(alarmActions),
            "AlarmArn": .string(arn(in: realm)), "AlarmConfigurationUpdatedTimestamp": .timestamp(configurationUpdated),
            "AlarmDescription": description.map(AWSValue.string), "AlarmName": .string(name), "AlarmRule": .string(rule),
            "InsufficientDataActions": strings(insufficientDataActions), "OKActions": strings(okActions),
            "StateReason": .string(stateReason), "StateReasonData": stateReasonData.map(AWSValue.string),
            "StateUpdatedTimestamp": .timestamp(stateUpdated), "StateValue": .string(state),
            "StateTransitionedTimestamp": .timestamp(stateTransitioned),
            "ActionsSuppressedBy": (suppression.cause?.rawValue).map(AWSValue.string),
            "ActionsSuppressedReason": suppression.cause == nil ? nil : suppressedReason.map(AWSValue.string),
            "ActionsSuppressor": suppressor.map(AWSValue.string),
            "ActionsSuppressorWaitPeriod": waitSeconds.map { .integer(Int64($0)) },
            "ActionsSuppressorExtensionPeriod": extensionSeconds.map { .integer(Int64($0)) },
        ]
    }
}

/// An alarm as rules and suppressors name it.
enum AlarmReference {
    /// The name in `arn:aws:cloudwatch:R:A:alarm:NAME`, or the text itself.
    static func name(_ text: String) -> String {
        guard let arn = ARN(text), arn.service == "cloudwatch", arn.resource.hasPrefix("alarm:") else { return text }
        return String(arn.resource.dropFirst("alarm:".count))
    }

    /// Whether a name or ARN can mean an alarm of the realm.
    static func isIn(_ realm: Realm, _ text: String) -> Bool {
        guard let arn = ARN(text), arn.service == "cloudwatch" else { return true }
        return arn.region == realm.region.name && arn.account == realm.account.digits
    }
}
