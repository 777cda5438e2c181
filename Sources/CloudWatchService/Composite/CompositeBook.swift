import Store
import Synchronization
import Vocabulary

/// Every composite alarm as last committed, and who depends on whom. Loaded from the documents once.
final class CompositeBook: Sendable {
    static let documentType = "composite-alarm"

    private struct State: Sendable {
        var isLoaded = false
        var records: [AlarmKey: CompositeAlarmRecord] = [:]
        /// The composites whose rule names an alarm, and those it suppresses.
        var parents: [AlarmKey: Set<AlarmKey>] = [:]
        var suppressed: [AlarmKey: Set<AlarmKey>] = [:]
        var epoch = 0

        mutating func set(_ record: CompositeAlarmRecord?, for key: AlarmKey) {
            func link(_ record: CompositeAlarmRecord, _ change: (inout Set<AlarmKey>) -> Void) {
                for child in record.children { change(&parents[AlarmKey(realm: key.realm, name: child), default: []]) }
                if let name = record.suppressorName {
                    change(&suppressed[AlarmKey(realm: key.realm, name: name), default: []])
                }
            }
            if let old = records[key] { link(old) { $0.remove(key) } }
            if let record { link(record) { $0.insert(key) } }
            records[key] = record
        }
    }

    private let state = Mutex(State())

    func load(_ reader: StoreReader) throws {
        let (isLoaded, epoch) = state.withLock { ($0.isLoaded, $0.epoch) }
        guard !isLoaded else { return }
        let stored = try reader.documentsEverywhere(
            service: AlarmBook.service, type: Self.documentType, as: CompositeAlarmRecord.self)
        state.withLock { state in
            guard !state.isLoaded, state.epoch == epoch else { return }
            for (document, record) in stored {
                state.set(record, for: AlarmKey(realm: document.collection.realm, name: document.name))
            }
            state.isLoaded = true
        }
    }

    var isLoaded: Bool { state.withLock { $0.isLoaded } }

    /// The composites whose rule names an alarm, in order.
    func parents(of key: AlarmKey) -> [AlarmKey] { state.withLock { $0.parents[key] ?? [] }.sorted() }

    /// The composites an alarm suppresses, in order.
    func suppressed(by key: AlarmKey) -> [AlarmKey] { state.withLock { $0.suppressed[key] ?? [] }.sorted() }

    func record(_ key: AlarmKey) -> CompositeAlarmRecord? { state.withLock { $0.records[key] } }

    /// The composite alarms of a realm, ordered by name.
    func records(in realm: Realm) -> [CompositeAlarmRecord] {
        state.withLock { state in state.records.filter { $0.key.realm == realm }.values.sorted { $0.name < $1.name } }
    }

    /// Takes over what a committed turn wrote; nil is deleted.
    func apply(_ key: AlarmKey, _ record: CompositeAlarmRecord?) { state.withLock { $0.set(record, for: key) } }

    func forget() {
        state.withLock { state in
            let epoch = state.epoch + 1
            state = State()
            state.epoch = epoch
        }
    }
}
