import MetricRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// An alarm's name in its realm.
struct AlarmKey: Hashable, Comparable, Sendable {
    let realm: Realm
    let name: String

    var document: DocumentKey {
        DocumentCollection(realm, service: AlarmBook.service, type: AlarmBook.documentType).key(name)
    }

    static func < (a: AlarmKey, b: AlarmKey) -> Bool {
        if a.realm.account != b.realm.account { return a.realm.account.digits < b.realm.account.digits }
        if a.realm.region != b.realm.region { return a.realm.region.name < b.realm.region.name }
        return a.name < b.name
    }
}

/// An alarm decoded once, with what its evaluation needs. Shared, so that a sweep over thousands copies nothing.
final class AlarmEntry: Sendable {
    let key: AlarmKey
    let record: AlarmRecord
    let definition: AlarmDefinition
    let subject: AlarmRecord.Subject
    let state: AlarmState

    /// Nil for a record that cannot be evaluated.
    init?(key: AlarmKey, record: AlarmRecord) {
        guard let subject = record.subject, let definition = record.definition(of: subject) else { return nil }
        self.key = key
        self.record = record
        self.definition = definition
        self.subject = subject
        state = record.stateValue
    }
}

/// Every alarm as last committed, decoded, in memory. The documents are the truth; this is loaded from them once.
final class AlarmBook: Sendable {
    static let service = "cloudwatch"
    static let documentType = "metric-alarm"

    private struct State: Sendable {
        var isLoaded = false
        var entries: [AlarmKey: AlarmEntry] = [:]
        var countByCadence: [SimDuration: Int] = [:]
        /// Alarms in order of their keys, by cadence; nil until asked for after a change.
        var sweeps: [SimDuration: [AlarmEntry]]?

        mutating func set(_ entry: AlarmEntry?, for key: AlarmKey) {
            if let old = entries[key] { countByCadence[old.definition.cadence, default: 0] -= 1 }
            if let entry { countByCadence[entry.definition.cadence, default: 0] += 1 }
            entries[key] = entry
            sweeps = nil
        }
        var epoch = 0
    }

    private let state = Mutex(State())

    /// Loads the stored alarms, unless that is done.
    func load(_ reader: StoreReader) throws {
        let (isLoaded, epoch) = state.withLock { ($0.isLoaded, $0.epoch) }
        guard !isLoaded else { return }
        let stored = try reader.documentsEverywhere(service: Self.service, type: Self.documentType, as: AlarmRecord.self)
        state.withLock { state in
            guard !state.isLoaded, state.epoch == epoch else { return }
            for (document, record) in stored {
                let key = AlarmKey(realm: document.collection.realm, name: document.name)
                state.set(AlarmEntry(key: key, record: record), for: key)
            }
            state.isLoaded = true
        }
    }

    var isLoaded: Bool { state.withLock { $0.isLoaded } }

    /// Whether alarms of a cadence exist; yes as long as that is not known.
    func hasAlarms(cadence: SimDuration) -> Bool {
        state.withLock { !$0.isLoaded || $0.countByCadence[cadence, default: 0] > 0 }
    }

    /// The alarms to evaluate at each multiple of a cadence, in a fixed order.
    func sweep(cadence: SimDuration) -> [AlarmEntry] {
        state.withLock { Self.sweeps(&$0)[cadence] ?? [] }
    }

    /// The alarms of a realm, ordered by name.
    func alarms(in realm: Realm) -> [AlarmEntry] {
        state.withLock { state in
            state.entries.values.filter { $0.key.realm == realm }
        }.sorted { $0.key.name < $1.key.name }
    }

    func entry(_ key: AlarmKey) -> AlarmEntry? { state.withLock { $0.entries[key] } }

    /// Takes over what a committed turn wrote; nil is deleted.
    func apply(_ key: AlarmKey, _ record: AlarmRecord?) {
        let entry = record.flatMap { AlarmEntry(key: key, record: $0) }
        state.withLock { $0.set(entry, for: key) }
    }

    /// Drops all memory, after the database was erased or replaced.
    func forget() {
        state.withLock { state in
            let epoch = state.epoch + 1
            state = State()
            state.epoch = epoch
        }
    }

    private static func sweeps(_ state: inout State) -> [SimDuration: [AlarmEntry]] {
        if let sweeps = state.sweeps { return sweeps }
        let sorted = state.entries.values.sorted { $0.key < $1.key }
        let sweeps = Dictionary(grouping: sorted) { $0.definition.cadence }
        state.sweeps = sweeps
        return sweeps
    }
}
