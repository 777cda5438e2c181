import AWSModel
import Foundation
import Gateway
import ScalingRules
import Store
import Timeline
import Vocabulary

/// PutScheduledAction, DescribeScheduledActions and DeleteScheduledAction.
struct ScheduledActionOperations: Sendable {
    let timeline: Timeline
    let engine: ScalingEngine

    /// AWS: doc — scheduled actions per scalable target.
    private static let actionsMax = 200

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let (key, input) = (try ScalingInput.target(request), request.input)
        let name = input["ScheduledActionName"]?.string ?? ""
        if let zone = input["Timezone"]?.string, TimeZone(identifier: zone) == nil {
            throw AWSFault.validation("The time zone \(zone) is not valid.")
        }
        if let text = input["Schedule"]?.string {
            do { _ = try Schedule(parsing: text) } catch { throw ScalingFault.fault(error) }
        }
        try await timeline.turn { [engine] turn in
            guard let target = try turn.transaction.document(key.document, as: TargetRecord.self)
            else { throw ScalingFault.notRegistered(key) }
            let existing = try turn.transaction.document(key.action(name), as: ScheduledActionRecord.self)
            guard let schedule = input["Schedule"]?.string ?? existing?.schedule else {
                throw AWSFault.validation("Schedule must be specified for a new scheduled action.")
            }
            if existing == nil, try Self.actions(of: key, turn.transaction).count >= Self.actionsMax {
                throw ScalingFault.limit("The maximum number of scheduled actions, \(Self.actionsMax), exists already.")
            }
            var action = existing ?? ScheduledActionRecord(
                name: name, target: key,
                arn: ARN(
                    service: "autoscaling", realm: key.realm,
                    resource: "scheduledAction:\(ScalingEngine.newID()):\(key.arnResource):scheduledActionName/\(name)").description,
                created: turn.now, schedule: schedule)
            action.schedule = schedule
            try Self.apply(input, to: &action)
            try Self.check(action, target.limits)
            try turn.transaction.put(key.action(name), action)
            try engine.arm(action, in: turn)
        }
        return OperationResponse()
    }

    private static func apply(_ input: AWSObject, to action: inout ScheduledActionRecord) throws {
        if let zone = input["Timezone"]?.string { action.timeZone = zone }
        if let start = input["StartTime"]?.instant { action.start = start }
        if let end = input["EndTime"]?.instant { action.end = end }
        if let limits = input["ScalableTargetAction"] {
            action.minimum = limits["MinCapacity"]?.int
            action.maximum = limits["MaxCapacity"]?.int
        }
    }

    private static func check(_ action: ScheduledActionRecord, _ limits: CapacityLimits) throws {
        guard action.minimum != nil || action.maximum != nil else {
            throw AWSFault.validation("MinCapacity, MaxCapacity or both must be specified in ScalableTargetAction.")
        }
        for capacity in [action.minimum, action.maximum] { if let capacity, capacity < 0 { throw ScalingFault.negativeCapacity } }
        if let minimum = action.minimum, let maximum = action.maximum, minimum > maximum { throw ScalingFault.reversedLimits }
        if let start = action.start, let end = action.end, start >= end {
            throw AWSFault.validation("The start time must be before the end time.")
        }
    }

    private static func actions(of key: TargetKey, _ reader: StoreReader) throws -> [ScheduledActionRecord] {
        try reader.documents(TargetKey.actions(key.realm), as: ScheduledActionRecord.self).map(\.value).filter { $0.target == key }
    }

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        guard let filter = try ScalingInput.Filter(request.input) else { return OperationResponse(["ScheduledActions": []]) }
        let names = request.input["ScheduledActionNames"]?.list?.compactMap(\.string)
        let all = try timeline.store.documents(TargetKey.actions(request.context.realm), as: ScheduledActionRecord.self).map(\.value)
        let found = all.filter { action in
            filter.matches(action.target) && (names.map { $0.contains(action.name) } ?? true)
        }
        let (page, next) = try ScalingInput.page(found, request.input)
        return OperationResponse(["ScheduledActions": .list(page.map(\.shown)), "NextToken": next])
    }

    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try ScalingInput.target(request), name = request.input["ScheduledActionName"]?.string ?? ""
        try await timeline.turn { turn in
            guard let action = try turn.transaction.document(key.action(name), as: ScheduledActionRecord.self)
            else { throw ScalingFault.noAction(key, name) }
            try turn.transaction.delete(key.action(name))
            try turn.disarm(ScalingEngine.timer(of: action))
        }
        return OperationResponse()
    }
}
