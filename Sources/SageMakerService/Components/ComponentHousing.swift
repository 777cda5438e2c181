import HostingRules
import SimTime
import Store
import Timeline
import Vocabulary

/// Keeps the copies of an endpoint's components on its machines, and its machines to its copies: looked at whenever
/// either has changed.
struct ComponentHousing: Sendable {
    let shell: ComponentShell

    /// Copies lose machines that went and get those they want; answers the instance counts that managed scaling wishes.
    func settle(_ endpoint: inout EndpointRecord, in turn: Turn) throws -> [VariantChange] {
        // A component that this turn has written is on an endpoint that hosts some, and the directory knows the others.
        guard !endpoint.componentVariants.isEmpty || shell.directory.hasComponents(of: endpoint.key) else { return [] }
        let records = try components(of: endpoint.key, in: turn).filter { $0.belongs(to: endpoint) }
        let hosts = Set(endpoint.componentVariants.map(\.name.text))
        for record in records where !hosts.contains(record.variantName) { try evict(record, in: turn) }
        guard endpoint.hostsComponents else { return [] }
        let isAtRest = endpoint.endpoint.status == .inService
        let shortage = isAtRest && endpoint.awaitsMachines == true ? endpoint.endpoint.failureReason : nil
        if isAtRest { endpoint.awaitsMachines = nil }
        var changes: [VariantChange] = []
        var used: Set<InstanceID> = []
        for variant in endpoint.componentVariants {
            let own = records.filter { $0.variantName == variant.name.text }
            var round = Round(endpoint: endpoint.endpoint, variant: variant, records: own, shortage: shortage)
            try round.run(shell, in: turn)
            used.formUnion(round.usedMachines)
            if let count = try wishedCount(round, &endpoint, in: turn) {
                changes.append(VariantChange(variant: variant.name, instanceCount: count))
                if round.missingMachines > 0 { endpoint.awaitsMachines = true }
            }
        }
        endpoint.endpoint.spare(used)
        return changes
    }

    /// Components whose endpoint is gone get nothing, not from a successor under its name either; nil when there is none.
    // AWS: recorded by users of scale to zero — components survive their endpoint.
    func evictOrphans(of key: EndpointKey, besides successor: EndpointRecord?, in turn: Turn) throws {
        for record in try components(of: key, in: turn) where successor.map(record.belongs) != true {
            try evict(record, in: turn)
        }
    }

    /// The components that name an endpoint, oldest first.
    private func components(of key: EndpointKey, in turn: Turn) throws -> [ComponentRecord] {
        try turn.transaction.documents(ComponentKey.collection(in: key.realm), as: ComponentRecord.self).map(\.value)
            .filter { $0.endpointKey == key }
            .sorted { ($0.component.createdAt, $0.name) < ($1.component.createdAt, $1.name) }
    }

    /// Nothing hosts the component any more: its copies are gone, and what it was about to place fails, so that it can
    /// be deleted. What was in service stays so, with no copy.
    private func evict(_ record: ComponentRecord, in turn: Turn) throws {
        var current = record
        let actions = current.component.machinesLost(except: [], at: turn.now)
        if current.component != record.component { try shell.perform(actions, on: current, in: turn) }
        while let stored = try turn.transaction.document(record.key.document, as: ComponentRecord.self) {
            current = stored
            let actions = current.component.cannotPlace(ComponentFaults.noHost(record.variantName), at: turn.now)
            if current.component == stored.component { return }
            try shell.perform(actions, on: current, in: turn)
        }
    }

    /// More machines are wished at once; fewer when they have been idle for a while.
    private func wishedCount(_ round: Round, _ endpoint: inout EndpointRecord, in turn: Turn) throws -> Int? {
        guard endpoint.endpoint.status == .inService, let scaling = round.variant.managedScaling, scaling.isEnabled
        else { return nil }
        let count = round.machineCount
        if round.missingMachines > 0 { return min(scaling.maxInstanceCount, count + round.missingMachines) }
        let surplus = min(round.emptyMachines, count - max(scaling.minInstanceCount, 0))
        let timer = TimerID(
            kind: ComponentShell.idleTimerKind, owner: endpoint.key.owner, name: round.variant.name.text)
        guard surplus > 0, !round.isBusy else {
            if endpoint.idleSince?.removeValue(forKey: round.variant.name.text) != nil { try turn.disarm(timer) }
            return nil
        }
        let since = endpoint.idleSince?[round.variant.name.text] ?? turn.now
        // AWS: recorded — about twelve minutes from the last copy to the last machine; five times a scale-out here.
        let due = since + SimDuration(milliseconds: endpoint.endpoint.profile.scaling.milliseconds * 5)
        if due <= turn.now {
            endpoint.idleSince?.removeValue(forKey: round.variant.name.text)
            return count - surplus
        }
        if endpoint.idleSince?[round.variant.name.text] == nil {
            endpoint.idleSince = (endpoint.idleSince ?? [:]).merging([round.variant.name.text: since]) { $1 }
            try turn.arm(timer, at: due)
        }
        return nil
    }
}

extension ComponentHousing {
    /// One variant's machines and components, at one instant.
    private struct Round {
        let endpoint: Endpoint
        let variant: VariantPlan
        var records: [ComponentRecord]
        /// Why the machines that were asked for last did not come.
        let shortage: String?
        private let machines: [(id: InstanceID, resources: InstanceResources)]
        private let resources: InstanceResources
        private(set) var missingMachines = 0
        private(set) var emptyMachines = 0

        init(endpoint: Endpoint, variant: VariantPlan, records: [ComponentRecord], shortage: String?) {
            self.shortage = shortage
            self.endpoint = endpoint
            self.variant = variant
            self.records = records
            // What the next machine would offer; of pools, the one that is tried first.
            resources = InstanceResources(
                instanceType: variant.instanceType ?? variant.instancePools?.inOrder.first?.instanceType ?? "")
            // The fleet that is to replace this one may run a model under the same name.
            machines = (endpoint.fleets + endpoint.greenFleets)
                .filter { $0.variant == variant.name && $0.plan.modelName == nil }
                .flatMap { fleet in
                    fleet.instances.filter { $0.state == .serving || $0.state == .ready }.map { machine in
                        (id: machine.id, resources: InstanceResources(instanceType: fleet.instanceType(of: machine) ?? ""))
                    }
                }
        }

        var machineCount: Int {
            endpoint.fleets.filter { $0.variant == variant.name }.reduce(0) { $0 + $1.desiredInstanceCount }
        }

        var usedMachines: Set<InstanceID> { Set(records.flatMap { $0.component.copies.map(\.machine) }) }

        /// Whether a component is in the middle of a change.
        var isBusy: Bool { records.contains { $0.component.status == .updating || $0.component.status == .creating } }

        mutating func run(_ shell: ComponentShell, in turn: Turn) throws {
            let living = Set(machines.map(\.id))
            for index in records.indices {
                let before = records[index].component
                let actions = records[index].component.machinesLost(except: living, at: turn.now)
                if records[index].component != before { try save(index, actions, shell, in: turn) }
            }
            // A batch that is placed may free what the next one needs, and a failure what another one does.
            var passes = 0
            while try pass(shell, in: turn), passes < 10_000 { passes += 1 }
        }

        /// Places what is wanted; true when something changed.
        private mutating func pass(_ shell: ComponentShell, in turn: Turn) throws -> Bool {
            var placement = occupied()
            missingMachines = 0
            for index in records.indices {
                let component = records[index].component
                let wanted = component.wantedCopies
                guard wanted > 0 else { continue }
                let found = places(index, wanted, &placement)
                if !found.isEmpty {
                    let actions = records[index].component.place(on: found, at: turn.now)
                    try save(index, actions, shell, in: turn)
                    return true
                }
                guard !mayGetMachines(index, wanted) else { continue }
                let actions = records[index].component.cannotPlace(
                    shortage ?? ComponentFaults.noRoom, at: turn.now)
                if !actions.isEmpty {
                    try save(index, actions, shell, in: turn)
                    return true
                }
            }
            emptyMachines = placement.emptyMachines.count
            return false
        }

        private func occupied() -> ComponentPlacement {
            var placement = ComponentPlacement(machines.map { ($0.id, $0.resources) })
            for record in records {
                for copy in record.component.copies {
                    let demand = record.specifications[copy.revision]?.demand ?? ComponentDemand(memoryInMB: 0)
                    placement.occupy(copy.machine, by: ComponentName(record.name), demand)
                }
            }
            return placement
        }

        private func places(_ index: Int, _ wanted: Int, _ placement: inout ComponentPlacement) -> [InstanceID] {
            let record = records[index]
            guard let specification = record.specifications[record.component.wantedRevision] else { return [] }
            if let base = record.baseName {
                // An adapter is wherever its base is; one place stands for all of them.
                let home = records.first { $0.name == base }?.component.copies.first { $0.state == .serving }?.machine
                return home.map { Array(repeating: $0, count: wanted) } ?? []
            }
            guard let demand = specification.demand else { return [] }
            var found: [InstanceID] = []
            while found.count < wanted,
                  let machine = placement.place(ComponentName(record.name), demand, specification.strategy) {
                found.append(machine)
            }
            return found
        }

        /// Whether machines are on their way, or will be asked for.
        private mutating func mayGetMachines(_ index: Int, _ wanted: Int) -> Bool {
            let record = records[index]
            if record.baseName != nil { return true }
            if shortage != nil { return false }
            guard let demand = record.specifications[record.component.wantedRevision]?.demand, resources.fits(demand)
            else { return false }
            // An update or a scaling in progress may bring room, and ends with another look.
            if endpoint.status != .inService { return true }
            guard let scaling = variant.managedScaling, scaling.isEnabled else { return false }
            let room = scaling.maxInstanceCount - machineCount - missingMachines
            guard room > 0 else { return records.contains { $0.component.copies.contains { $0.state == .retiring } } }
            missingMachines += needed(for: wanted, demand, atMost: room)
            return true
        }

        /// Machines that so many copies fill.
        private func needed(for copies: Int, _ demand: ComponentDemand, atMost room: Int) -> Int {
            var left = copies
            for count in 1...room {
                var placement = ComponentPlacement([(InstanceID("new"), resources)])
                while left > 0, placement.place("new", demand, .binpack) != nil { left -= 1 }
                if left <= 0 { return count }
            }
            return room
        }

        private mutating func save(
            _ index: Int, _ actions: [ComponentAction], _ shell: ComponentShell, in turn: Turn
        ) throws {
            try shell.perform(actions, on: records[index], in: turn)
            // What followed from the actions is in the store.
            if let stored = try turn.transaction.document(records[index].key.document, as: ComponentRecord.self) {
                records[index] = stored
            }
        }
    }
}

extension EndpointRecord {
    /// The variants whose models are inference components.
    var componentVariants: [VariantPlan] {
        var seen: Set<VariantName> = []
        return (endpoint.fleets + endpoint.greenFleets).map(\.plan).filter {
            $0.modelName == nil && seen.insert($0.name).inserted
        }
    }

    var hostsComponents: Bool { endpoint.fleets.contains { $0.plan.modelName == nil } }
}
