import SimTime
import Store
import Timeline
import Vocabulary

/// A resource as it is stored: one document, and a timer while its status is about to change.
protocol ShelvedRecord: Codable, Sendable {
    /// The document type, and the first part of the ARN's resource.
    static var type: String { get }
    var realm: Realm { get }
    /// The document's name within its realm.
    var documentName: String { get }
    /// When its status changes by itself; nil when nothing is under way.
    var changesAt: SimInstant? { get }
    /// The resource's ARN.
    var arn: String { get }
}

/// The stored resources of one type.
struct Shelf<Record: ShelvedRecord>: Sendable {
    func collection(in realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: "sagemaker", type: Record.type)
    }

    func find(_ name: String, in realm: Realm, _ reader: StoreReader) throws -> Record? {
        try reader.document(collection(in: realm).key(name), as: Record.self)
    }

    /// All of a realm, ordered by document name.
    func all(in realm: Realm, _ reader: StoreReader) throws -> [Record] {
        try reader.documents(collection(in: realm), as: Record.self).map(\.value)
    }

    /// Stores the record and arms or takes back its timer.
    func save(_ record: Record, in turn: Turn) throws {
        try turn.transaction.put(collection(in: record.realm).key(record.documentName), record)
        let timer = ShelfTimer.id(Record.type, record.realm, record.documentName)
        if let due = record.changesAt { try turn.arm(timer, at: due) } else { try turn.disarm(timer) }
    }

    func remove(_ record: Record, in turn: Turn) throws {
        try turn.transaction.delete(collection(in: record.realm).key(record.documentName))
        try turn.disarm(ShelfTimer.id(Record.type, record.realm, record.documentName))
    }
}

/// The timers of shelved records.
enum ShelfTimer {
    static let kind = "studio"

    static func id(_ type: String, _ realm: Realm, _ name: String) -> TimerID {
        TimerID(kind: kind, owner: "\(type)|\(realm)|\(name)", name: "status")
    }

    /// Whose timer it is; nil when the owner is not the text of one.
    static func read(_ id: TimerID) -> (type: String, realm: Realm, name: String)? {
        let parts = id.owner.split(separator: "|", maxSplits: 2).map(String.init)
        guard parts.count == 3 else { return nil }
        let place = parts[1].split(separator: "/").map(String.init)
        guard place.count == 2, let account = AccountID(place[0]), let region = RegionName(place[1]) else { return nil }
        return (parts[0], Realm(account: account, region: region), parts[2])
    }
}
