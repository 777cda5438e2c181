import AWSModel
import BlobStore
import HTTPServer
import RegistryRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// An upload as it is written down: by whom it is found again after a restart.
struct UploadRecord: Codable, Sendable, Equatable {
    var id: String
    /// A repository's row id.
    var repository: Int64
    /// Names the staged bytes to the blob store.
    var number: UInt64
    /// Whether a part counts whole or not at all, as in the layer API; a docker client's stream is resumed where it broke.
    var isInParts: Bool
    var session: UploadSession
    var touched: SimInstant

    static let collection = DocumentCollection(.shared, service: "ecr", type: "upload")

    var key: DocumentKey { Self.collection.key(id) }
}

/// The uploads in progress. Their bytes are in the staging folder, where they stand is in memory and, between requests,
/// in the database: a server that is killed goes on with them.
final class LayerUploads: Sendable {
    /// Each holds a file open; beyond this many the one that rested longest is given up.
    private static let uploadsMax = 512
    // AWS: inferred — an upload that nothing happens to for a day is given up.
    static let restMax = SimDuration.hours(24)

    private struct Entry {
        let repository: Int64
        let blob: BlobUpload
        let isInParts: Bool
        var session = UploadSession()
        var touched: SimInstant
    }

    /// A refused step, with where the upload stands.
    struct Refusal: Error {
        let rejection: UploadRejection
        let received: Int64
    }

    private let blobs: BlobStore
    private let entries = Mutex<[String: Entry]>([:])

    init(blobs: BlobStore) { self.blobs = blobs }

    // MARK: Across runs

    /// Takes up the uploads of an earlier run, and has what is left of others removed.
    func resume(_ records: [UploadRecord]) throws {
        var resumed: [String: Entry] = [:]
        for record in records {
            let limit = record.isInParts ? Int(clamping: record.session.receivedBytes) : nil
            guard let blob = try blobs.resumeUpload(record.number, limitBytes: limit) else { continue }
            var session = record.session
            do throws(UploadRejection) {
                // Bytes of a request that the end of the server broke off count as one that its client broke off.
                let more = Int64(blob.byteCount) - session.receivedBytes
                guard more >= 0 else { throw .over }
                if more > 0 {
                    try session.begin(bounds: nil, byteCount: more)
                    try session.receive(byteCount: Int(more))
                    session.endPart()
                }
            } catch {
                blob.discard()
                continue
            }
            resumed[record.id] = Entry(
                repository: record.repository, blob: blob, isInParts: record.isInParts, session: session,
                touched: record.touched)
        }
        let kept = Set(resumed.values.map(\.blob.number))
        entries.withLock { $0 = resumed }
        blobs.discardUploads(except: kept)
    }

    /// Leaves the staged bytes for the next run. Nothing is taken afterwards.
    func suspendAll() {
        let all = entries.withLock { entries in
            defer { entries = [:] }
            return Array(entries.values)
        }
        for entry in all { entry.blob.suspend() }
    }

    /// An upload as it is to be written down; nil when there is none, or a request is sending.
    func record(_ id: String) -> UploadRecord? {
        let id = id.lowercased()
        return entries.withLock { entries in
            guard let entry = entries[id], entry.session.state == .open else { return nil }
            return UploadRecord(
                id: id, repository: entry.repository, number: entry.blob.number, isInParts: entry.isInParts,
                session: entry.session, touched: entry.touched)
        }
    }

    var isEmpty: Bool { entries.withLock(\.isEmpty) }

    func ids(in repository: RepositoryRecord) -> [String] {
        entries.withLock { $0.filter { $0.value.repository == repository.id }.map(\.key) }
    }

    func contains(_ id: String) -> Bool { entries.withLock { $0[id] != nil } }

    // MARK: Steps

    /// Starts an upload. Answers its id, a UUID, and the ids of those that were given up for it.
    func begin(in repository: RepositoryRecord, isInParts: Bool, at now: SimInstant) throws -> (id: String, dropped: [String]) {
        let blob = try blobs.beginUpload()
        let id = Self.makeID()
        let dropped = entries.withLock { entries -> [String: Entry] in
            var dropped: [String: Entry] = [:]
            if entries.count >= Self.uploadsMax,
               let oldest = entries.filter({ $0.value.session.state != .receiving }).min(by: { $0.value.touched < $1.value.touched })
            {
                dropped[oldest.key] = entries.removeValue(forKey: oldest.key)
            }
            entries[id] = Entry(repository: repository.id, blob: blob, isInParts: isInParts, touched: now)
            return dropped
        }
        for entry in dropped.values { entry.blob.discard() }
        return (id, Array(dropped.keys))
    }

    /// Gives up what has rested too long. Answers the ids.
    func expire(at now: SimInstant) -> [String] {
        drop { $0.session.state != .receiving && now - $0.touched >= Self.restMax }
    }

    /// Where an upload stands; nil when there is none of that id in that repository.
    func session(_ id: String, in repository: RepositoryRecord) -> UploadSession? {
        entries.withLock { entries in
            guard let entry = entries[id.lowercased()], entry.repository == repository.id else { return nil }
            return entry.session
        }
    }

    /// Takes the bytes of one request. A body that breaks off leaves what arrived. Throws `Refusal`.
    func receive(
        _ id: String, in repository: RepositoryRecord, bounds: ClosedRange<Int64>?, body: RequestBody, at now: SimInstant
    ) async throws -> UploadSession {
        let id = id.lowercased()
        let blob = try change(id, in: repository) { entry throws(UploadRejection) in
            try entry.session.begin(bounds: bounds, byteCount: body.contentLength.map(Int64.init))
            entry.touched = now
            return entry.blob
        }
        defer { entries.withLock { $0[id]?.session.endPart() } }
        try await blob.catchUp()
        try await body.forEachChunk { chunk in
            try change(id, in: repository) { entry throws(UploadRejection) in
                try entry.session.receive(byteCount: chunk.count)
            }
            try blob.append(chunk)
        }
        entries.withLock { $0[id]?.session.endPart() }
        guard let session = session(id, in: repository) else { throw Refusal(rejection: .over, received: 0) }
        return session
    }

    /// Makes an upload a blob. `digests` are those the client announced, of which one must be the bytes'.
    /// Throws `Refusal`; a wrong digest leaves the upload as it is.
    func complete(
        _ id: String, in repository: RepositoryRecord, digests: [String], allowsEmpty: Bool, enforcesPartSizes: Bool
    ) async throws -> BlobLease {
        let id = id.lowercased()
        try await change(id, in: repository) { entry throws(UploadRejection) in entry.blob }.catchUp()
        let blob = try change(id, in: repository) { entry throws(UploadRejection) in
            try entry.session.checkCompletion(
                matches: digests.contains(entry.blob.digest.description), allowsEmpty: allowsEmpty,
                enforcesPartSizes: enforcesPartSizes)
            entry.session.end()
            return entry.blob
        }
        let lease = try await blob.commit()
        entries.withLock { $0[id] = nil }
        return lease
    }

    /// Gives an upload up. False when there is none.
    func cancel(_ id: String, in repository: RepositoryRecord) -> Bool {
        let id = id.lowercased()
        let entry = entries.withLock { entries -> Entry? in
            guard let entry = entries[id], entry.repository == repository.id else { return nil }
            entries[id] = nil
            return entry
        }
        entry?.blob.discard()
        return entry != nil
    }

    /// Gives up all uploads into a repository.
    func discard(in repository: RepositoryRecord) { _ = drop { $0.repository == repository.id } }

    func discardAll() { _ = drop { _ in true } }

    private func drop(_ isDoomed: (Entry) -> Bool) -> [String] {
        let dropped = entries.withLock { entries -> [String: Entry] in
            let doomed = entries.filter { isDoomed($0.value) }
            for id in doomed.keys { entries[id] = nil }
            return doomed
        }
        for entry in dropped.values { entry.blob.discard() }
        return Array(dropped.keys)
    }

    private func change<T: Sendable>(
        _ id: String, in repository: RepositoryRecord, _ body: (inout Entry) throws(UploadRejection) -> T
    ) throws(Refusal) -> T {
        let result = entries.withLock { entries -> Result<T, Refusal> in
            guard var entry = entries[id], entry.repository == repository.id else {
                return .failure(Refusal(rejection: .over, received: 0))
            }
            let before = entry.session.receivedBytes
            do throws(UploadRejection) {
                let value = try body(&entry)
                entries[id] = entry
                return .success(value)
            } catch {
                return .failure(Refusal(rejection: error, received: before))
            }
        }
        return try result.get()
    }

    /// A version 4 UUID.
    static func makeID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hexadecimal.encode(bytes[$0]) }.joined(separator: "-")
    }
}

extension ECRService {
    /// Starts an upload and writes it down. Answers its id.
    func beginUpload(in repository: RepositoryRecord, isInParts: Bool) async throws -> String {
        let (id, dropped) = try uploads.begin(in: repository, isInParts: isInParts, at: timeline.now)
        try await noteUpload(id, dropping: dropped)
        return id
    }

    /// Writes down where an upload stands, so that it survives the server's end.
    func noteUpload(_ id: String, dropping dropped: [String] = []) async throws {
        try await timeline.turn { [uploads] turn in
            for id in dropped { try turn.transaction.delete(UploadRecord.collection.key(id)) }
            if let record = uploads.record(id) { try turn.transaction.put(record.key, record) }
        }
    }

    /// Gives an upload up. False when there is none.
    func cancelUpload(_ id: String, in repository: RepositoryRecord) async throws -> Bool {
        guard uploads.cancel(id, in: repository) else { return false }
        try await timeline.turn { try $0.transaction.delete(UploadRecord.collection.key(id.lowercased())) }
        return true
    }

    /// Completes an upload and writes its layer down. Answers the digest, and whether the repository had it already.
    func completeUpload(
        _ id: String, in repository: RepositoryRecord, digests: [String], allowsEmpty: Bool, enforcesPartSizes: Bool
    ) async throws -> (digest: String, isNew: Bool) {
        do {
            let lease = try await uploads.complete(
                id, in: repository, digests: digests, allowsEmpty: allowsEmpty, enforcesPartSizes: enforcesPartSizes)
            let (digest, size) = (lease.digest.description, lease.byteCount ?? 0)
            let isNew = try await timeline.turn { turn in
                try turn.transaction.delete(UploadRecord.collection.key(id.lowercased()))
                // The repository may have been deleted while the bytes came.
                let current = try RepositoryTable.get(repository.name, in: repository.realm, turn.transaction)
                return try LayerTable.put(digest, size: size, at: turn.now, in: current, turn.transaction)
            }
            lease.end()
            return (digest, isNew)
        } catch let refusal as LayerUploads.Refusal {
            throw ECRFault.upload(refusal.rejection, id: id, received: refusal.received, repository)
        }
    }
}
