import AWSModel
import BlobStore
import HTTPServer
import RegistryRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// The uploads in progress. They live in memory and the staging folder: a server that ends forgets them.
final class LayerUploads: Sendable {
    /// Each holds a file open; beyond this many the one that rested longest is given up.
    private static let uploadsMax = 512
    // AWS: inferred — an upload that nothing happens to for a day is given up.
    private static let restMax = SimDuration.hours(24)

    private struct Entry {
        let repository: Int64
        let blob: BlobUpload
        var session = UploadSession()
        var touched: SimInstant
    }

    /// A refused step, with where the upload stands.
    struct Refusal: Error {
        let rejection: UploadRejection
        let first: Int64?
        let received: Int64
    }

    private let blobs: BlobStore
    private let entries = Mutex<[String: Entry]>([:])

    init(blobs: BlobStore) { self.blobs = blobs }

    /// Starts an upload and answers its id, a UUID.
    func begin(in repository: RepositoryRecord, at now: SimInstant) throws -> String {
        let blob = try blobs.beginUpload()
        let id = Self.makeID()
        let dropped = entries.withLock { entries -> [Entry] in
            var dropped: [Entry] = []
            for (id, entry) in entries where entry.session.state != .receiving && now - entry.touched > Self.restMax {
                dropped.append(entry)
                entries[id] = nil
            }
            if entries.count >= Self.uploadsMax,
               let oldest = entries.filter({ $0.value.session.state != .receiving }).min(by: { $0.value.touched < $1.value.touched })
            {
                dropped.append(oldest.value)
                entries[oldest.key] = nil
            }
            entries[id] = Entry(repository: repository.id, blob: blob, touched: now)
            return dropped
        }
        for entry in dropped { entry.blob.discard() }
        return id
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
        let blob = try change(id, in: repository, first: bounds?.lowerBound) { entry throws(UploadRejection) in
            try entry.session.begin(bounds: bounds, byteCount: body.contentLength.map(Int64.init))
            entry.touched = now
            return entry.blob
        }
        defer { entries.withLock { $0[id]?.session.endPart() } }
        try await body.forEachChunk { chunk in
            try change(id, in: repository, first: nil) { entry throws(UploadRejection) in
                try entry.session.receive(byteCount: chunk.count)
            }
            try blob.append(chunk)
        }
        entries.withLock { $0[id]?.session.endPart() }
        guard let session = session(id, in: repository) else { throw Refusal(rejection: .over, first: nil, received: 0) }
        return session
    }

    /// Makes an upload a blob. `digests` are those the client announced, of which one must be the bytes'.
    /// Throws `Refusal`; a wrong digest leaves the upload as it is.
    func complete(
        _ id: String, in repository: RepositoryRecord, digests: [String], allowsEmpty: Bool, enforcesPartSizes: Bool
    ) async throws -> BlobLease {
        let id = id.lowercased()
        let blob = try change(id, in: repository, first: nil) { entry throws(UploadRejection) in
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
    func discard(in repository: RepositoryRecord) { drop { $0.repository == repository.id } }

    func discardAll() { drop { _ in true } }

    private func drop(_ isDoomed: (Entry) -> Bool) {
        let dropped = entries.withLock { entries -> [Entry] in
            let doomed = entries.filter { isDoomed($0.value) }
            for id in doomed.keys { entries[id] = nil }
            return Array(doomed.values)
        }
        for entry in dropped { entry.blob.discard() }
    }

    private func change<T: Sendable>(
        _ id: String, in repository: RepositoryRecord, first: Int64?,
        _ body: (inout Entry) throws(UploadRejection) -> T
    ) throws(Refusal) -> T {
        let result = entries.withLock { entries -> Result<T, Refusal> in
            guard var entry = entries[id], entry.repository == repository.id else {
                return .failure(Refusal(rejection: .over, first: first, received: 0))
            }
            let before = entry.session.receivedBytes
            do throws(UploadRejection) {
                let value = try body(&entry)
                entries[id] = entry
                return .success(value)
            } catch {
                return .failure(Refusal(rejection: error, first: first, received: before))
            }
        }
        return try result.get()
    }

    /// A version 4 UUID.
    static func makeID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hex[$0].joined() }.joined(separator: "-")
    }
}

extension ECRService {
    /// Completes an upload and writes its layer down. Answers the digest, and whether the repository had it already.
    func completeUpload(
        _ id: String, in repository: RepositoryRecord, digests: [String], allowsEmpty: Bool, enforcesPartSizes: Bool
    ) async throws -> (digest: String, isNew: Bool) {
        do {
            let lease = try await uploads.complete(
                id, in: repository, digests: digests, allowsEmpty: allowsEmpty, enforcesPartSizes: enforcesPartSizes)
            let (digest, size) = (lease.digest.description, lease.byteCount ?? 0)
            let isNew = try await timeline.turn { turn in
                // The repository may have been deleted while the bytes came.
                let current = try RepositoryTable.get(repository.name, in: repository.realm, turn.transaction)
                return try LayerTable.put(digest, size: size, at: turn.now, in: current, turn.transaction)
            }
            lease.end()
            return (digest, isNew)
        } catch let refusal as LayerUploads.Refusal {
            throw ECRFault.upload(
                refusal.rejection, id: id, first: refusal.first, received: refusal.received, repository)
        }
    }
}
