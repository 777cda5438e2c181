import AWSModel
package import Store
import Synchronization
package import Timeline
import Vocabulary

/// How many machines of an instance type there are to be had. A type without a limit never runs short.
///
/// AWS runs out of machines when it does; here a test decides it. Machines count for all accounts and regions together.
package final class CapacityLedger: Sendable {
    private let store: Store
    private let timeline: Timeline
    private let limits = Mutex<[String: Int]>([:])

    private static let collection = DocumentCollection(.shared, service: "coldframe", type: "capacity")
    /// What variants may be hosted on.
    private static let instanceTypes: Set<String> = {
        guard let model = ModelCatalog.shared.model(ServiceID("sagemaker")),
              let type = model.shapeID(named: "ProductionVariantInstanceType") else { return [] }
        return Set(model[type].constraints.values)
    }()

    /// Above any variant's own limit, so that a greater number would mean nothing.
    package static let instancesMax = 1_000_000
    /// Far more than there are instance types.
    private static let typesMax = 1000

    package init(store: Store, timeline: Timeline) throws {
        self.store = store
        self.timeline = timeline
        try reload()
    }

    /// Reads the limits anew, after the store's content was replaced.
    package func reload() throws {
        let stored = try store.documents(Self.collection, as: Int.self)
        limits.withLock { $0 = Dictionary(uniqueKeysWithValues: stored.map { ($0.name, $0.value) }) }
    }

    /// The limits in force, by instance type.
    package var all: [(instanceType: String, instances: Int)] {
        limits.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The machines there are of a type (with `ml.` prefix); nil for as many as anybody wants.
    package func limit(of instanceType: String) -> Int? { limits.withLock { $0[instanceType] } }

    /// Sets a limit; machines that run already are not taken away. Throws `CapacityRejection`.
    package func put(_ instanceType: String, instances: Int) async throws {
        guard (0...Self.instancesMax).contains(instances) else { throw CapacityRejection.outOfBounds(instances) }
        // A limit on what is no type would never be met, and a test that counts on it would pass.
        guard Self.instanceTypes.contains(instanceType) else { throw CapacityRejection.notAnInstanceType(instanceType) }
        guard limits.withLock({ $0.count }) < Self.typesMax else { throw CapacityRejection.tooMany }
        try await timeline.turn { [self] turn in
            try turn.transaction.put(Self.collection.key(instanceType), instances)
            turn.afterCommit { [self] in limits.withLock { $0[instanceType] = instances } }
        }
    }

    /// Lifts a limit; false when there is none.
    package func delete(_ instanceType: String) async throws -> Bool {
        guard limit(of: instanceType) != nil else { return false }
        try await timeline.turn { [self] turn in
            try turn.transaction.delete(Self.collection.key(instanceType))
            turn.afterCommit { [self] in limits.withLock { _ = $0.removeValue(forKey: instanceType) } }
        }
        return true
    }
}

/// Why a capacity limit is refused.
package enum CapacityRejection: Error, Equatable, Sendable, CustomStringConvertible {
    case outOfBounds(Int)
    case notAnInstanceType(String)
    case tooMany

    package var description: String {
        switch self {
        case .outOfBounds(let count): "instances is \(count); it must be from 0 to \(CapacityLedger.instancesMax)"
        case .notAnInstanceType(let name): "\(name.prefix(80)) is not an instance type of endpoints, such as ml.m5.xlarge"
        case .tooMany: "there are too many limits already; delete one first"
        }
    }
}
