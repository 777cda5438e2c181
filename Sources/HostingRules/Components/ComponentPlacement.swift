/// Puts copies of inference components on machines. Deterministic: the same question has the same answer.
package struct ComponentPlacement: Equatable, Sendable {
    /// `SchedulingConfig.PlacementStrategy`; the spellings are those of the AWS API.
    package enum Strategy: String, Equatable, Sendable, Codable {
        /// Copies of a component as far apart as may be: one that is lost leaves the others.
        case spread = "SPREAD"
        /// The fullest machine that still has room, so that others stay empty and can go.
        case binpack = "BINPACK"
    }

    private struct Machine: Equatable {
        let id: InstanceID
        var free: InstanceResources
        /// Copies by component.
        var copies: [ComponentName: Int] = [:]
    }

    private var machines: [Machine]

    /// Empty machines, in the order in which they are preferred.
    package init(_ machines: [(id: InstanceID, resources: InstanceResources)]) {
        self.machines = machines.map { Machine(id: $0.id, free: $0.resources) }
    }

    /// A copy that is on its machine already; nothing when the machine is not among these.
    package mutating func occupy(_ machine: InstanceID, by component: ComponentName, _ demand: ComponentDemand) {
        guard let index = machines.firstIndex(where: { $0.id == machine }) else { return }
        put(component, demand, on: index)
    }

    /// Finds a machine for one more copy; nil when there is no room.
    package mutating func place(
        _ component: ComponentName, _ demand: ComponentDemand, _ strategy: Strategy
    ) -> InstanceID? {
        let candidates = machines.indices.filter { machines[$0].free.fits(demand) }
        let chosen = switch strategy {
        case .spread:
            candidates.min {
                let (a, b) = (machines[$0], machines[$1])
                let (own, other) = (a.copies[component] ?? 0, b.copies[component] ?? 0)
                return own != other ? own < other : a.free.memoryInMB > b.free.memoryInMB
            }
        case .binpack:
            candidates.min { machines[$0].free.memoryInMB < machines[$1].free.memoryInMB }
        }
        guard let chosen else { return nil }
        put(component, demand, on: chosen)
        return machines[chosen].id
    }

    /// The machines that no copy is on.
    package var emptyMachines: [InstanceID] { machines.filter(\.copies.isEmpty).map(\.id) }

    private mutating func put(_ component: ComponentName, _ demand: ComponentDemand, on index: Int) {
        machines[index].free.take(demand)
        machines[index].copies[component, default: 0] += 1
    }
}
