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

/// Instance counts of variants as auto scaling sees and sets them: the path of UpdateEndpointWeightsAndCapacities.
extension SageMakerService {
    /// The desired instance count of a variant, and whether its endpoint is changing; nil when there is no such variant or
    /// it has no instances.
    package func instanceCount(
        endpoint: String, variant: String, realm: Realm, in turn: Turn
    ) throws -> (desired: Int, isBusy: Bool)? {
        let key = EndpointKey(realm, endpoint)
        guard let record = try turn.transaction.document(key.document, as: EndpointRecord.self), record.name == endpoint,
              let fleet = record.endpoint.fleets.first(where: { $0.variant.text == variant }),
              fleet.plan.serverless == nil
        else { return nil }
        return (fleet.desiredInstanceCount, record.endpoint.status != .inService)
    }

    /// Sets the desired instance count of a variant. Throws `CapacityRefusal` when the endpoint does not take it.
    package func setInstanceCount(_ count: Int, endpoint: String, variant: String, realm: Realm, in turn: Turn) throws {
        let key = EndpointKey(realm, endpoint)
        guard var record = try turn.transaction.document(key.document, as: EndpointRecord.self), record.name == endpoint
        else { throw CapacityRefusal(message: EndpointFaults.notFound(endpoint, in: realm).message ?? "") }
        do {
            let change = VariantChange(variant: VariantName(variant), instanceCount: count)
            let actions = try record.endpoint.updateWeightsAndCapacities([change], at: turn.now)
            try shell.perform(actions, on: record, in: turn)
        } catch let rejection as EndpointRejection {
            throw CapacityRefusal(message: EndpointFaults.fault(rejection, on: record.arn).message ?? "")
        }
    }
}
