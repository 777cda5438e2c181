import AWSModel
import Foundation
import Gateway
import MetricRules
import Timeline

/// SetAlarmState, DeleteAlarms, EnableAlarmActions and DisableAlarmActions. AWS: spec/cloudwatch.md §9.
struct ChangeAlarms: Sendable {
    let timeline: Timeline
    let alarms: Alarms

    private static let namesMax = 100

    func setState(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let name = input["AlarmName"]?.string else { throw CloudWatchFault.missing("AlarmName") }
        guard let stateText = input["StateValue"]?.string else { throw CloudWatchFault.missing("StateValue") }
        guard let state = AlarmState(rawValue: stateText) else { throw CloudWatchFault.invalid(stateText, "StateValue") }
        guard let reason = input["StateReason"]?.string else { throw CloudWatchFault.missing("StateReason") }
        let data = input["StateReasonData"]?.string
        if let data, !Self.isJSON(data) {
            throw AWSFault("InvalidFormatFault", "StateReasonData was not syntactically valid JSON", status: 400)
        }
        let key = AlarmKey(realm: request.context.realm, name: name)
        try await timeline.turn { [alarms] turn in
            if let record = try alarms.record(key, in: turn) {
                try alarms.change(key, record, to: state, reason: reason, reasonData: data, in: turn)
            } else if let composite = try alarms.composite(key, in: turn) {
                try alarms.change(key, composite, to: state, reason: reason, reasonData: data, in: turn)
            } else {
                throw CloudWatchFault.unknownAlarm
            }
        }
        return OperationResponse()
    }

    /// Unknown names are ignored and the others deleted. AWS: recorded — spec/cloudwatch.md §9.
    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let names = try Self.names(request), realm = request.context.realm
        try await timeline.turn { [alarms] turn in
            let keys = names.map { AlarmKey(realm: realm, name: $0) }
            let composites = try keys.filter { try alarms.composite($0, in: turn) != nil }
            guard composites.count <= 1 else {
                throw AWSFault.validation("At most one composite alarm can be deleted in one request.")
            }
            for key in keys {
                // A composite that goes with its children does not keep them.
                let dependants = alarms.composites.parents(of: key).filter { $0 != key && !keys.contains($0) }
                guard dependants.isEmpty else {
                    throw AWSFault.validation("Cannot delete \(key.name) as there are composite alarm(s) depending on it.")
                }
            }
            for key in keys {
                if let record = try alarms.record(key, in: turn) {
                    try alarms.delete(key, in: turn)
                    try alarms.noteDeletion(record, key, in: turn)
                } else if let composite = try alarms.composite(key, in: turn) {
                    try alarms.deleteComposite(key, in: turn)
                    try alarms.noteDeletion(composite, key, in: turn)
                }
            }
        }
        return OperationResponse()
    }

    /// Unknown names are ignored. AWS: inferred — spec/cloudwatch.md §9.
    func setActionsEnabled(_ isEnabled: Bool, _ request: OperationRequest) async throws -> OperationResponse {
        let names = try Self.names(request), realm = request.context.realm
        try await timeline.turn { [alarms] turn in
            for name in names {
                let key = AlarmKey(realm: realm, name: name)
                if var record = try alarms.record(key, in: turn) {
                    guard record.actionsEnabled != isEnabled else { continue }
                    record.actionsEnabled = isEnabled
                    try alarms.put(record, key, in: turn)
                } else if var composite = try alarms.composite(key, in: turn) {
                    guard composite.actionsEnabled != isEnabled else { continue }
                    composite.actionsEnabled = isEnabled
                    try alarms.put(composite, key, in: turn)
                }
            }
        }
        return OperationResponse()
    }

    private static func names(_ request: OperationRequest) throws -> [String] {
        guard let names = request.input["AlarmNames"]?.list?.compactMap(\.string) else {
            throw CloudWatchFault.missing("AlarmNames")
        }
        guard names.count <= namesMax else { throw CloudWatchFault.tooMany("AlarmNames", maximum: namesMax) }
        return names
    }

    private static func isJSON(_ text: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    }
}
