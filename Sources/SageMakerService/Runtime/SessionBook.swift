import HostingRules
import SimTime
import Synchronization

/// A session that a container opened: later requests of it go to the same machine.
struct ContainerSession: Sendable, Equatable {
    var id: String
    var expiresAt: SimInstant
}

/// The open sessions of all endpoints. They live in memory, as they do in the containers.
// AWS: doc — the SageMaker guide, stateful sessions.
final class SessionBook: Sendable {
    struct Place: Sendable, Equatable {
        let fleet: FleetID
        let instance: InstanceID
        let expiresAt: SimInstant
    }

    private struct Key: Hashable {
        let endpoint: EndpointKey
        let id: String
    }

    /// More than that many, and those that expire first are forgotten.
    private static let sessionsMax = 100_000

    private let sessions = Mutex<[Key: Place]>([:])

    func open(_ session: ContainerSession, _ endpoint: EndpointKey, fleet: FleetID, instance: InstanceID) {
        sessions.withLock { sessions in
            if sessions.count >= Self.sessionsMax {
                for key in sessions.sorted(by: { $0.value.expiresAt < $1.value.expiresAt }).prefix(Self.sessionsMax / 10).map(\.key) {
                    sessions[key] = nil
                }
            }
            sessions[Key(endpoint: endpoint, id: session.id)] = Place(
                fleet: fleet, instance: instance, expiresAt: session.expiresAt)
        }
    }

    /// Where an open session lives; nil when it is unknown, closed or expired.
    func place(of id: String, _ endpoint: EndpointKey, at now: SimInstant) -> Place? {
        sessions.withLock { sessions in
            let key = Key(endpoint: endpoint, id: id)
            guard let place = sessions[key] else { return nil }
            guard place.expiresAt > now else {
                sessions[key] = nil
                return nil
            }
            return place
        }
    }

    func close(_ id: String, _ endpoint: EndpointKey) {
        sessions.withLock { $0[Key(endpoint: endpoint, id: id)] = nil }
    }

    func removeAll() { sessions.withLock { $0 = [:] } }
}
