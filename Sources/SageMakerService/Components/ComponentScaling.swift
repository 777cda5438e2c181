import AWSModel
import HostingRules
import Store
package import Timeline
package import Vocabulary

/// Copy counts of inference components as auto scaling sees and sets them: the path of
/// UpdateInferenceComponentRuntimeConfig.
extension SageMakerService {
    /// The desired copy count of a component, and whether it is changing; nil when there is no such component, or it is
    /// an adapter.
    package func copyCount(
        component name: String, realm: Realm, in turn: Turn
    ) throws -> (desired: Int, isBusy: Bool)? {
        let key = ComponentKey(realm, name).document
        guard let record = try turn.transaction.document(key, as: ComponentRecord.self), record.baseName == nil
        else { return nil }
        return (record.component.desiredCopyCount, record.component.status != .inService)
    }

    /// Sets the desired copy count of a component. Throws `CapacityRefusal` when it does not take it.
    package func setCopyCount(_ count: Int, component name: String, realm: Realm, in turn: Turn) throws {
        let components = shell.housing.shell
        guard var record = try turn.transaction.document(
            ComponentKey(realm, name).document, as: ComponentRecord.self), record.baseName == nil
        else { throw CapacityRefusal(message: ComponentFaults.notFound(name, in: realm).message ?? "") }
        do {
            let actions = try record.component.setCopyCount(count, at: turn.now)
            try components.perform(actions, on: record, in: turn)
        } catch let rejection as ComponentRejection {
            throw CapacityRefusal(message: ComponentFaults.fault(rejection, on: record.arn).message ?? "")
        }
        try shell.lookAtComponents(of: record.endpointKey, in: turn)
    }
}
