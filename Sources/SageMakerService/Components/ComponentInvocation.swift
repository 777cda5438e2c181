import AWSModel
import HostingRules
import SimTime
import Timeline

extension InvocationPath {
    /// The copy of the named inference component that answers. A component without a copy is what scale to zero wakes on:
    /// the failure is counted.
    // AWS: recorded — spec/hosting.md §G.2.
    func chooseCopy(for request: InvocationRequest, on hosted: HostedEndpoint) throws -> InvocationTarget {
        guard let name = request.inferenceComponentName else { throw RuntimeFaults.componentNameMissing }
        guard let component = components.component(ComponentKey(request.realm, name)),
              component.record.belongs(to: hosted.record)
        else { throw RuntimeFaults.noSuchComponent(name, on: request.endpoint) }
        if request.sessionID != nil {
            throw AWSFault.notEmulated(member: "SessionId with InferenceComponentName", of: "InvokeEndpoint")
        }
        if let target = request.targetVariant, target.text != component.record.variantName {
            throw RuntimeFaults.validation(
                nil, "Variant \(target) of endpoint \(request.endpoint) is not found or takes no traffic.")
        }
        var random = hosted.forkRandom()
        guard let copy = component.anyCopy(random: &random), let machine = machine(of: component, copy, &random) else {
            component.meter.book(.noCapacityInvocationFailures, 1, at: timeline.now)
            throw RuntimeFaults.componentHasNoCapacity
        }
        return InvocationTarget(fleet: copy.fleet, instance: machine, shadow: nil, random: random)
    }

    /// An adapter answers wherever its base has copies; nil when there are none.
    private func machine(
        of component: HostedComponent, _ copy: (machine: InstanceID, fleet: HostedFleet), _ random: inout SeededRandom
    ) -> InstanceID? {
        guard let base = component.record.baseName else { return copy.machine }
        return components.component(ComponentKey(component.record.realm, base))?.anyCopy(random: &random)?.machine
    }
}

extension HostedComponent {
    /// One of the copies that answer, each as likely as the others; nil when there are none.
    func anyCopy(random: inout SeededRandom) -> (machine: InstanceID, fleet: HostedFleet)? {
        if copies.isEmpty { return nil }
        return copies[Int(UInt64(copies.count).multipliedFullWidth(by: random.next()).high)]
    }
}
