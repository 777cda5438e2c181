import AWSModel
import HostingRules
import SimTime
import Store
package import Timeline
package import Vocabulary

/// Why an endpoint did not take a capacity: its own error text.
package struct CapacityRefusal: Error, Sendable, Equatable {
    package let message: String
}

/// Which variants auto scaling looks after. Implemented by Application Auto Scaling, joined by the composition root.
package protocol ScaledVariants: Sendable {
    /// The variants of that endpoint that are registered as scalable targets. Called inside a turn: sees what the turn
    /// has written.
    func scaledVariants(of endpoint: String, realm: Realm, in turn: Turn) throws -> [String]
}

/// What auto scaling changes of a variant.
package enum VariantCapacity: Sendable {
    case instances
    /// Of a serverless variant.
    case provisionedConcurrency
}

/// Capacities of variants as auto scaling sees and sets them: the path of UpdateEndpointWeightsAndCapacities.
extension SageMakerService {
    /// The desired capacity of a variant, and whether its endpoint is changing; nil when there is no such variant or it has
    /// no capacity of that kind.
    package func capacity(
        _ kind: VariantCapacity, endpoint: String, variant: String, realm: Realm, in turn: Turn
    ) throws -> (desired: Int, isBusy: Bool)? {
        let key = EndpointKey(realm, endpoint)
        guard let record = try turn.transaction.document(key.document, as: EndpointRecord.self), record.name == endpoint,
              let fleet = record.endpoint.fleets.first(where: { $0.variant.text == variant })
        else { return nil }
        let isBusy = record.endpoint.status != .inService
        switch (kind, fleet.desiredServerless) {
        case (.instances, nil): return (fleet.desiredInstanceCount, isBusy)
        case (.provisionedConcurrency, let plan?): return (plan.provisionedConcurrency ?? 0, isBusy)
        case (.instances, _?), (.provisionedConcurrency, nil): return nil
        }
    }

    /// Sets the desired capacity of a variant. Throws `CapacityRefusal` when the endpoint does not take it.
    package func setCapacity(
        _ kind: VariantCapacity, to count: Int, endpoint: String, variant: String, realm: Realm, in turn: Turn
    ) throws {
        let key = EndpointKey(realm, endpoint)
        guard var record = try turn.transaction.document(key.document, as: EndpointRecord.self), record.name == endpoint
        else { throw CapacityRefusal(message: EndpointFaults.notFound(endpoint, in: realm).message ?? "") }
        let change = switch kind {
        case .instances: VariantChange(variant: VariantName(variant), instanceCount: count)
        case .provisionedConcurrency:
            VariantChange(variant: VariantName(variant), serverless: ServerlessChange(provisionedConcurrency: count))
        }
        do {
            let actions = try record.endpoint.updateWeightsAndCapacities([change], at: turn.now)
            try shell.perform(actions, on: record, in: turn)
        } catch let rejection as EndpointRejection {
            throw CapacityRefusal(message: EndpointFaults.fault(rejection, on: record.arn).message ?? "")
        }
    }
}
