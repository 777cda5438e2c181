import AWSModel
import Gateway
import ScalingRules
import Store
import Timeline
import Vocabulary

/// PutScalingPolicy, DescribeScalingPolicies, DeleteScalingPolicy and GetPredictiveScalingForecast.
struct PolicyOperations: Sendable {
    let timeline: Timeline
    let engine: ScalingEngine

    /// AWS: doc — scaling policies per scalable target.
    private static let policiesMax = 50

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try ScalingInput.target(request)
        let name = request.input["PolicyName"]?.string ?? ""
        let type = request.input["PolicyType"]?.string
        let input = request.input
        let shown = try await timeline.turn { [engine] turn -> AWSObject in
            guard try turn.transaction.document(key.document, as: TargetRecord.self) != nil
            else { throw ScalingFault.notRegistered(key) }
            let existing = try turn.transaction.document(key.policy(name), as: PolicyRecord.self)
            let draft = try PolicyDraft(input, type: type ?? existing?.kind.type ?? "StepScaling", key: key)
            if let existing, existing.kind.type != draft.kind.type {
                // AWS: inferred.
                throw AWSFault.validation("The type of the scaling policy \(name) cannot be changed.")
            }
            let others = try engine.policies(of: key, in: turn).filter { $0.name != name }
            guard others.count < Self.policiesMax else {
                throw ScalingFault.limit("The maximum number of scaling policies, \(Self.policiesMax), is attached already.")
            }
            var policy = existing ?? PolicyRecord(
                name: name, target: key, arn: Self.arn(name, key), created: turn.now, kind: draft.kind,
                configuration: draft.configuration, alarms: [:])
            (policy.kind, policy.configuration) = (draft.kind, draft.configuration)
            if let metric = policy.metricSpecification, others.contains(where: { $0.metricSpecification == metric }) {
                throw ScalingFault.sameMetric
            }
            try putAlarms(&policy, draft, in: turn)
            try turn.transaction.put(key.policy(name), policy)
            turn.afterCommit { engine.noteTargets() }
            return ["PolicyARN": .string(policy.arn), "Alarms": PolicyRecord.shown(Self.own(policy))]
        }
        return OperationResponse(shown)
    }

    // AWS: recorded form.
    private static func arn(_ name: String, _ key: TargetKey) -> String {
        ARN(
            service: "autoscaling", realm: key.realm,
            resource: "scalingPolicy:\(ScalingEngine.newID()):\(key.arnResource):policyName/\(name)").description
    }

    /// Makes, changes and removes the alarms of a target tracking policy.
    private func putAlarms(_ policy: inout PolicyRecord, _ draft: PolicyDraft, in turn: Turn) throws {
        guard case .tracking(let tracking) = policy.kind, let metric = draft.metric else { return }
        for alarm in TrackingAlarm.allCases {
            // AWS: inferred — without scale-in there is nothing for a low alarm to do.
            if alarm == .low, tracking.isScaleInDisabled {
                if let name = policy.alarms.removeValue(forKey: alarm.rawValue) {
                    try engine.alarms.delete([name], realm: policy.target.realm, in: turn)
                }
                continue
            }
            // AWS: recorded form of the name.
            let name = policy.alarm(alarm)
                ?? "TargetTracking-\(policy.target.resourceID)-\(alarm.rawValue)-\(ScalingEngine.newID())"
            policy.alarms[alarm.rawValue] = name
            try engine.alarms.put(
                metric.alarm(named: name, alarm, tracking, policyARN: policy.arn), realm: policy.target.realm, in: turn)
        }
    }

    private static func own(_ policy: PolicyRecord) -> [(name: String, arn: String)] {
        TrackingAlarm.allCases.compactMap { policy.alarm($0) }.map { name in
            (name, ARN(service: "cloudwatch", realm: policy.target.realm, resource: "alarm:\(name)").description)
        }
    }

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        guard let filter = try ScalingInput.Filter(request.input) else { return OperationResponse(["ScalingPolicies": []]) }
        let names = request.input["PolicyNames"]?.list?.compactMap(\.string)
        let all = try timeline.store.documents(TargetKey.policies(request.context.realm), as: PolicyRecord.self).map(\.value)
        let found = all.filter { policy in
            filter.matches(policy.target) && (names.map { $0.contains(policy.name) } ?? true)
        }
        let (page, next) = try ScalingInput.page(found, request.input)
        var shown: [AWSValue] = []
        for policy in page {
            let alarms = policy.alarms.isEmpty
                ? try await engine.alarms.alarms(actionPrefix: policy.arn, realm: policy.target.realm) : Self.own(policy)
            shown.append(policy.shown(alarms: alarms))
        }
        return OperationResponse(["ScalingPolicies": .list(shown), "NextToken": next])
    }

    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try ScalingInput.target(request), name = request.input["PolicyName"]?.string ?? ""
        try await timeline.turn { [engine] turn in
            guard let policy = try turn.transaction.document(key.policy(name), as: PolicyRecord.self)
            else { throw ScalingFault.noPolicy(key, name) }
            try engine.remove(policy, in: turn)
        }
        return OperationResponse()
    }

    /// AWS: doc — predictive scaling is for Amazon ECS only: no policy of SageMaker's has a forecast.
    func forecast(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try ScalingInput.target(request), name = request.input["PolicyName"]?.string ?? ""
        guard try timeline.store.document(key.policy(name), as: PolicyRecord.self) != nil
        else { throw ScalingFault.noPolicy(key, name) }
        throw AWSFault.validation("The scaling policy \(name) is not a predictive scaling policy.")
    }
}
