import HostingRules
import SimTime
import Synchronization

/// Which models the machines of multi-model endpoints have loaded. In memory: a server that starts anew starts with
/// empty machines, as replaced ones would be.
final class ModelCache: Sendable {
    private struct Loaded {
        var readyAt: SimInstant
        /// Greater for models used later.
        var lastUse: UInt64
    }

    private struct State {
        var uses: UInt64 = 0
        var machines: [InstanceID: [String: Loaded]] = [:]
    }

    private let state = Mutex(State())

    /// A machine among these that has loaded the model or is loading it, and when it is ready; a use of it.
    func find(_ model: String, among machines: [InstanceID]) -> (machine: InstanceID, readyAt: SimInstant)? {
        state.withLock { state in
            guard let machine = machines.first(where: { state.machines[$0]?[model] != nil }),
                  let loaded = state.machines[machine]?[model] else { return nil }
            state.uses += 1
            state.machines[machine]?[model]?.lastUse = state.uses
            return (machine, loaded.readyAt)
        }
    }

    /// Loads a model; answers those, not used the longest, that had to go for it.
    func load(_ model: String, on machine: InstanceID, readyAt: SimInstant, atMost limit: Int) -> [String] {
        state.withLock { state in
            state.uses += 1
            var models = state.machines[machine] ?? [:]
            var evicted: [String] = []
            while models.count >= max(1, limit), let oldest = models.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                models[oldest.key] = nil
                evicted.append(oldest.key)
            }
            models[model] = Loaded(readyAt: readyAt, lastUse: state.uses)
            state.machines[machine] = models
            return evicted
        }
    }

    func unload(_ model: String, on machine: InstanceID) {
        state.withLock { _ = $0.machines[machine]?.removeValue(forKey: model) }
    }

    /// The models that each of these machines has; machines of no endpoint are forgotten with `forget`.
    func counts(of machines: [InstanceID]) -> [Int] {
        state.withLock { state in machines.map { state.machines[$0]?.count ?? 0 } }
    }

    /// Forgets machines that are gone.
    func forget(except living: (InstanceID) -> Bool) {
        state.withLock { state in
            if !state.machines.isEmpty { state.machines = state.machines.filter { living($0.key) } }
        }
    }

    func removeAll() { state.withLock { $0 = State() } }
}
