import AWSModel
import Gateway
import ScalingRules
import Store
import Timeline
import Vocabulary

/// RegisterScalableTarget, DescribeScalableTargets and DeregisterScalableTarget.
struct TargetOperations: Sendable {
    let timeline: Timeline
    let engine: ScalingEngine

    /// AWS: doc — the quota of SageMaker's namespace.
    private static let targetsMax = 500

    func register(_ request: OperationRequest) async throws -> OperationResponse {
        let (key, input) = (try ScalingInput.target(request), request.input)
        let minimum = input["MinCapacity"]?.int, maximum = input["MaxCapacity"]?.int
        // AWS: doc — the API reference allows a MinCapacity of 0 for variants, components and provisioned concurrency. The
        // guide wants 1 for a variant in real time; nothing is known that would refuse 0.
        for capacity in [minimum, maximum] { if let capacity, capacity < 0 { throw ScalingFault.negativeCapacity } }
        let arn = try await timeline.turn { [engine] turn in
            guard let resource = key.resource,
                  try engine.resources.state(of: resource, key.dimension, realm: key.realm, in: turn) != nil
            else { throw ScalingFault.noResource(key.resourceID) }
            let existing = try turn.transaction.document(key.document, as: TargetRecord.self)
            var target = try existing ?? Self.new(key, input, minimum, maximum, in: turn)
            if existing != nil, input["Tags"] != nil {
                // AWS: doc — tags only at creation; to refuse them otherwise is inferred.
                throw AWSFault.validation("Tags can only be specified for a new scalable target. Use TagResource instead.")
            }
            if let minimum { target.limits.minimum = minimum }
            if let maximum { target.limits.maximum = maximum }
            guard target.limits.minimum <= target.limits.maximum else { throw ScalingFault.reversedLimits }
            if let state = input["SuspendedState"] {
                if let flag = state["DynamicScalingInSuspended"]?.bool { target.suspended.scaleIn = flag }
                if let flag = state["DynamicScalingOutSuspended"]?.bool { target.suspended.scaleOut = flag }
                if let flag = state["ScheduledScalingSuspended"]?.bool { target.suspended.scheduled = flag }
            }
            if minimum != nil || maximum != nil { target.needsClamp = true }
            try turn.transaction.put(key.document, target)
            turn.afterCommit { engine.noteTargets() }
            try engine.lookAt(key.realm, in: turn)
            return target.arn
        }
        return OperationResponse(["ScalableTargetARN": .string(arn)])
    }

    private static func new(
        _ key: TargetKey, _ input: AWSObject, _ minimum: Int?, _ maximum: Int?, in turn: Turn
    ) throws -> TargetRecord {
        guard let minimum, let maximum else { throw ScalingFault.limitsMissing }
        let count = try turn.transaction.keysEverywhere(service: TargetKey.service, type: "target")
            .count { $0.collection.realm == key.realm }
        guard count < targetsMax else {
            throw ScalingFault.limit("The maximum number of scalable targets, \(targetsMax), is registered already.")
        }
        // AWS: recorded form of the ARN: letters and digits after the slash.
        let id = "0" + ScalingEngine.newID().filter { $0 != "-" }.dropLast()
        let realm = key.realm
        let role = "arn:aws:iam::\(realm.account):role/aws-service-role/"
            + "sagemaker.application-autoscaling.amazonaws.com/\(ScalableDimension.roleName)"
        let arn = ARN(service: "application-autoscaling", realm: realm, resource: "scalable-target/\(id)").description
        return TargetRecord(
            // AWS: doc — the service-linked role is used whatever RoleARN says.
            key: key, arn: arn, roleARN: role, created: turn.now,
            limits: CapacityLimits(minimum: minimum, maximum: maximum), suspended: SuspendedScaling(),
            tags: try ScalingTagOperations.merged([], input["Tags"], arn: arn), memory: ScalingMemory(), pending: nil, needsClamp: true)
    }

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        guard let filter = try ScalingInput.Filter(request.input) else { return OperationResponse(["ScalableTargets": []]) }
        let ids = request.input["ResourceIds"]?.list?.compactMap(\.string)
        let all = try timeline.store.documents(TargetKey.targets(request.context.realm), as: TargetRecord.self).map(\.value)
        let found = all.filter { target in
            filter.matches(target.key) && (ids.map { $0.contains(target.key.resourceID) } ?? true)
        }
        let (page, next) = try ScalingInput.page(found, request.input)
        return OperationResponse(["ScalableTargets": .list(page.map(\.shown)), "NextToken": next])
    }

    func deregister(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try ScalingInput.target(request)
        try await timeline.turn { [engine] turn in
            guard try turn.transaction.document(key.document, as: TargetRecord.self) != nil
            else { throw ScalingFault.noTarget(key) }
            try engine.deregister(key, in: turn)
        }
        return OperationResponse()
    }
}
