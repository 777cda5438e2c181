import AWSModel
import CloudWatchService
import SageMakerService
import ScalingRules
import ScalingService
import Timeline
import Vocabulary

/// SageMaker's variants and inference components, as auto scaling sees them.
struct ScalableResourceBridge: ScalableResources {
    let sageMaker: SageMakerService

    func state(
        of resource: ScalableResource, _ dimension: ScalableDimension, realm: Realm, in turn: Turn
    ) throws -> ScalableState? {
        if case .component(let name) = resource, dimension == .componentCopyCount {
            return try sageMaker.copyCount(component: name, realm: realm, in: turn).map {
                ScalableState(capacity: $0.desired, isBusy: $0.isBusy)
            }
        }
        guard case .variant(let endpoint, let variant) = resource, let kind = variantCapacity(dimension),
              let found = try sageMaker.capacity(kind, endpoint: endpoint, variant: variant, realm: realm, in: turn)
        else { return nil }
        return ScalableState(capacity: found.desired, isBusy: found.isBusy)
    }

    func scale(
        _ resource: ScalableResource, _ dimension: ScalableDimension, to capacity: Int, realm: Realm, in turn: Turn
    ) throws {
        if case .component(let name) = resource, dimension == .componentCopyCount {
            do {
                return try sageMaker.setCopyCount(capacity, component: name, realm: realm, in: turn)
            } catch let refusal as CapacityRefusal { throw ScalingRefusal(refusal.message) }
        }
        guard case .variant(let endpoint, let variant) = resource, let kind = variantCapacity(dimension) else {
            throw ScalingRefusal("\(resource.id) has no \(dimension.noun).")
        }
        do {
            try sageMaker.setCapacity(kind, to: capacity, endpoint: endpoint, variant: variant, realm: realm, in: turn)
        } catch let refusal as CapacityRefusal { throw ScalingRefusal(refusal.message) }
    }

    private func variantCapacity(_ dimension: ScalableDimension) -> VariantCapacity? {
        switch dimension {
        case .variantInstanceCount: .instances
        case .variantProvisionedConcurrency: .provisionedConcurrency
        case .componentCopyCount: nil
        }
    }
}

/// Auto scaling's targets, as hosting asks for them.
struct ScaledVariantBridge: ScaledVariants {
    func scaledVariants(of endpoint: String, realm: Realm, in turn: Turn) throws -> [String] {
        try ScalingService.registeredResources(in: realm, turn: turn).compactMap { resource in
            guard case .variant(endpoint, let variant) = resource else { return nil }
            return variant
        }
    }
}

/// CloudWatch's alarms, as auto scaling keeps and asks them.
struct ScalingAlarmBridge: ScalingAlarms {
    let cloudWatch: CloudWatchService

    func put(_ input: AWSObject, realm: Realm, in turn: Turn) throws { try cloudWatch.putAlarm(input, realm: realm, in: turn) }

    func delete(_ names: [String], realm: Realm, in turn: Turn) throws {
        try cloudWatch.deleteAlarms(names, realm: realm, in: turn)
    }

    func ringing(actionPrefix: String, realm: Realm, in turn: Turn) throws -> [RingingAlarm] {
        try cloudWatch.actingAlarms(actionPrefix: actionPrefix, realm: realm, in: turn).map {
            RingingAlarm(name: $0.name, actions: $0.actions, values: $0.values, threshold: $0.threshold)
        }
    }

    func alarms(actionPrefix: String, realm: Realm) async throws -> [(name: String, arn: String)] {
        try await cloudWatch.alarms(actionPrefix: actionPrefix, realm: realm)
    }
}
