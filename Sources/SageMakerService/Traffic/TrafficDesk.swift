import HostingRules
import SimTime
import Store
import Synchronization
package import Timeline
package import Vocabulary

/// The traffic sources in force. Whenever simulated time moves, the gap is filled with their invocations.
package final class TrafficDesk: Sendable {
    /// A source and where its chance stands. Only the timeline's thread touches these, for as long as a gap takes.
    fileprivate struct Stream {
        var source: TrafficSource
        var random: SeededRandom
    }

    private struct StoredSource: Codable, Sendable {
        var source: TrafficSource
        var random: SeededRandom
    }

    private let store: Store
    private let timeline: Timeline
    private let directory: HostingDirectory
    private let components: ComponentDirectory
    private let streams = Mutex<[EndpointKey: Stream]>([:])
    /// What callers read: never held while traffic is made.
    private let published = Mutex<[EndpointKey: TrafficSource]>([:])

    init(
        store: Store, timeline: Timeline, directory: HostingDirectory, components: ComponentDirectory
    ) throws {
        self.components = components
        self.store = store
        self.timeline = timeline
        self.directory = directory
        try reload()
    }

    package func reload() throws {
        let stored = try store.read { try $0.documentsEverywhere(service: "coldframe", type: "traffic", as: StoredSource.self) }
        var fresh: [EndpointKey: Stream] = [:]
        for (key, value) in stored {
            fresh[EndpointKey(key.collection.realm, value.source.endpoint)] = Stream(
                source: value.source, random: value.random)
        }
        let complete = fresh
        streams.withLock { $0 = complete }
        published.withLock { $0 = complete.mapValues(\.source) }
    }

    /// Attaches a source to its endpoint, replacing an earlier one. Throws `TrafficRejection`.
    package func put(_ source: TrafficSource, realm: Realm) async throws {
        guard source.requestsPerSecond >= 0, source.requestsPerSecond <= TrafficSource.requestsPerSecondMax else {
            throw TrafficRejection.rateOutOfBounds(source.requestsPerSecond)
        }
        let key = EndpointKey(realm, source.endpoint)
        let random = SeededRandom(seed: source.seed ?? 1)
        try await timeline.turn { [self] turn in
            // Asked in the turn: one that comes before it may delete the endpoint.
            guard directory.endpoint(key)?.record.name == source.endpoint else {
                throw TrafficRejection.noSuchEndpoint(source.endpoint)
            }
            try turn.transaction.put(document(key), StoredSource(source: source, random: random))
            turn.afterCommit { [self] in
                streams.withLock { $0[key] = Stream(source: source, random: random) }
                published.withLock { $0[key] = source }
            }
        }
    }

    /// Takes the source off an endpoint; false when it has none.
    package func delete(endpoint: String, realm: Realm) async throws -> Bool {
        let key = EndpointKey(realm, endpoint)
        guard published.withLock({ $0[key] != nil }) else { return false }
        try await timeline.turn { [self] turn in try endpointRemoved(key, in: turn) }
        return true
    }

    package func source(endpoint: String, realm: Realm) -> TrafficSource? {
        published.withLock { $0[EndpointKey(realm, endpoint)] }
    }

    /// A source ends with its endpoint: a new one of the same name starts without.
    func endpointRemoved(_ key: EndpointKey, in turn: Turn) throws {
        try turn.transaction.delete(document(key))
        turn.afterCommit { [self] in
            streams.withLock { _ = $0.removeValue(forKey: key) }
            published.withLock { _ = $0.removeValue(forKey: key) }
        }
    }

    /// Stores where the chance of each source stands, so that a restart goes on with the same draws.
    package func save(in turn: Turn) throws {
        for (key, stream) in streams.withLock({ $0 }) {
            try turn.transaction.put(document(key), StoredSource(source: stream.source, random: stream.random))
        }
    }

    private func document(_ key: EndpointKey) -> DocumentKey {
        DocumentCollection(key.realm, service: "coldframe", type: "traffic").key(key.foldedName)
    }

    /// Sends what is due after `from` and up to `to`. Requests to an endpoint that does not serve leave no trace, as on AWS.
    func fill(from: SimInstant, to: SimInstant) {
        streams.withLock { streams in
            for key in streams.keys.sorted(by: { $0.owner < $1.owner }) {
                guard let hosted = directory.endpoint(key) else { continue }
                let component = streams[key]?.source.inferenceComponent.map { ComponentKey(key.realm, $0) }
                    .flatMap(components.component)
                streams[key]?.send(to: hosted, component: component, after: from, upTo: to)
            }
        }
    }
}

extension TrafficDesk.Stream {
    fileprivate mutating func send(
        to hosted: HostedEndpoint, component: HostedComponent?, after from: SimInstant, upTo to: SimInstant
    ) {
        var random = self.random
        source.forEachInstant(after: from, upTo: to) { instant in
            if hosted.hostsComponents {
                component?.simulateInvocation(on: hosted, random: &random, at: instant)
            } else {
                hosted.simulateInvocation(random: &random, at: instant)
            }
        }
        self.random = random
    }
}

/// Why a traffic source is refused.
package enum TrafficRejection: Error, Equatable, Sendable, CustomStringConvertible {
    case rateOutOfBounds(Double)
    case noSuchEndpoint(String)

    package var description: String {
        switch self {
        case .rateOutOfBounds(let rate):
            "requestsPerSecond is \(rate); it must be from 0 to \(Int(TrafficSource.requestsPerSecondMax))"
        case .noSuchEndpoint(let name): "there is no endpoint named \(name)"
        }
    }
}
