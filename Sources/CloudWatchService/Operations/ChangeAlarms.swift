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
            guard let record = try alarms.record(key, in: turn) else { throw CloudWatchFault.unknownAlarm }
            try alarms.change(key, record, to: state, reason: reason, reasonData: data, in: turn)
        }
        return OperationResponse()
    }

    /// Unknown names are ignored and the others deleted. AWS: recorded — spec/cloudwatch.md §9.
    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        try await forEach(request) { [alarms] key, record, turn in
            try alarms.delete(key, in: turn)
            try AlarmHistory.record(
                .configurationUpdate, of: key, summary: "Alarm \"\(key.name)\" deleted",
                data: AlarmHistory.configurationData(type: "Delete", member: "deletedAlarm", record, realm: key.realm),
                in: turn)
        }
    }

    func setActionsEnabled(_ isEnabled: Bool, _ request: OperationRequest) async throws -> OperationResponse {
        try await forEach(request) { [alarms] key, record, turn in
            guard record.actionsEnabled != isEnabled else { return }
            var record = record
            record.actionsEnabled = isEnabled
            try alarms.put(record, key, in: turn)
        }
    }

    private func forEach(
        _ request: OperationRequest, _ change: @escaping @Sendable (AlarmKey, AlarmRecord, Turn) throws -> Void
    ) async throws -> OperationResponse {
        guard let names = request.input["AlarmNames"]?.list?.compactMap(\.string) else {
            throw CloudWatchFault.missing("AlarmNames")
        }
        guard names.count <= Self.namesMax else { throw CloudWatchFault.tooMany("AlarmNames", maximum: Self.namesMax) }
        let realm = request.context.realm
        try await timeline.turn { [alarms] turn in
            for name in names {
                let key = AlarmKey(realm: realm, name: name)
                if let record = try alarms.record(key, in: turn) { try change(key, record, turn) }
            }
        }
        return OperationResponse()
    }

    private static func isJSON(_ text: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    }
}
