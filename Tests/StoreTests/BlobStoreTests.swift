import BlobStore
import Foundation
import Testing

/// A store in a folder of its own that goes with the test.
private final class BlobFolder: Sendable {
    let path = NSTemporaryDirectory() + "coldframe-blobs-\(UInt64.random(in: 0 ... .max))"

    func open(_ durability: BlobStore.Durability = .process) throws -> BlobStore {
        try BlobStore(folder: path, durability: durability)
    }

    func files(in name: String) -> [String] {
        let found = FileManager.default.subpaths(atPath: path + "/" + name) ?? []
        return found.filter { file in
            var isFolder = ObjCBool(false)
            return FileManager.default.fileExists(atPath: "\(path)/\(name)/\(file)", isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func store(_ bytes: [UInt8], in blobs: BlobStore) async throws -> BlobLease {
    let upload = try blobs.beginUpload()
    try upload.append(bytes[...])
    return try await upload.commit()
}

@Suite struct BlobStoreTests {
    static let hello = Array("hello".utf8)
    static let helloHex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    @Test(arguments: [BlobStore.Durability.process, .machine])
    func bytesAreStoredUnderTheirDigestInTwoLevels(_ durability: BlobStore.Durability) async throws {
        let folder = BlobFolder()
        let blobs = try folder.open(durability)
        let upload = try blobs.beginUpload()
        for byte in Self.hello { try upload.append([byte]) }
        #expect(upload.byteCount == 5)
        let lease = try await upload.commit()
        #expect(lease.digest.hex == Self.helloHex)
        #expect(lease.digest.description == "sha256:" + Self.helloHex)
        #expect(lease.byteCount == 5)
        #expect(folder.files(in: "blobs") == ["2c/f2/" + Self.helloHex])
        #expect(folder.files(in: "staging").isEmpty)
        let reader = try blobs.open(lease.digest)
        #expect(reader.byteCount == 5)
        #expect(try reader.read(at: 0) == Self.hello)
        #expect(throws: BlobStoreError.uploadOver) { try upload.append([1]) }
    }

    @Test func digestsReadWhatTheyPrintAndNothingElse() throws {
        let digest = try #require(BlobDigest(hex: Self.helloHex))
        #expect(BlobDigest(digest.description) == digest)
        let wrong = [
            Self.helloHex, "sha256:", "sha256:" + Self.helloHex.uppercased(), "sha256:" + Self.helloHex + "0",
            "sha512:" + Self.helloHex, "sha256:../../../../../../../../../../../../../../../../../../../../../etc",
        ]
        for text in wrong { #expect(BlobDigest(text) == nil, "\(text)") }
    }

    @Test func identicalBlobsAreStoredOnceAndATornOneIsReplaced() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let first = try await store(Self.hello, in: blobs)
        let second = try await store(Self.hello, in: blobs)
        #expect(first.digest == second.digest)
        let file = folder.path + "/blobs/2c/f2/" + Self.helloHex
        #expect(folder.files(in: "blobs").count == 1)
        try #require(FileManager.default.createFile(atPath: file, contents: Data([0x68])))
        let third = try await store(Self.hello, in: blobs)
        #expect(try blobs.open(third.digest).read(at: 0) == Self.hello)
    }

    @Test func discardedDroppedAndInterruptedUploadsLeaveNothing() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let discarded = try blobs.beginUpload()
        try discarded.append(Self.hello[...])
        discarded.discard()
        do {
            let dropped = try blobs.beginUpload()
            try dropped.append(Self.hello[...])
        }
        #expect(folder.files(in: "staging").isEmpty)
        #expect(folder.files(in: "blobs").isEmpty)
        // What a crash would leave: a staged file, and trash nobody emptied.
        let interrupted = try blobs.beginUpload()
        try interrupted.append(Self.hello[...])
        try FileManager.default.createDirectory(atPath: folder.path + "/trash/7/ab", withIntermediateDirectories: true)
        let reopened = try folder.open()
        reopened.drain()
        #expect(folder.files(in: "staging").isEmpty)
        #expect(folder.files(in: "trash").isEmpty)
        #expect(folder.files(in: "blobs").isEmpty)
    }

    @Test func anUploadGoesOnInTheNextRun() async throws {
        let folder = BlobFolder()
        let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
        let first = try BlobStore(folder: folder.path, keepsUploads: true)
        let (kept, cut, forgotten) = (try first.beginUpload(), try first.beginUpload(), try first.beginUpload())
        for upload in [kept, cut, forgotten] {
            try upload.append(bytes[..<600_000])
            upload.suspend()
        }
        let second = try BlobStore(folder: folder.path, keepsUploads: true)
        let resumed = try #require(try second.resumeUpload(kept.number))
        let shortened = try #require(try second.resumeUpload(cut.number, limitBytes: 10))
        second.discardUploads(except: [kept.number, cut.number])
        #expect(try second.resumeUpload(forgotten.number) == nil)
        #expect(resumed.byteCount == 600_000)
        #expect(shortened.byteCount == 10)
        try await resumed.catchUp()
        try resumed.append(bytes[600_000...])
        try shortened.append(bytes[10...])
        let leases = [try await resumed.commit(), try await shortened.commit()]
        #expect(Set(leases.map(\.digest)).count == 1)
        #expect(try second.open(leases[0].digest).read(at: 0) == Array(bytes[..<262_144]))
        #expect(folder.files(in: "staging").isEmpty)
    }

    @Test func rangesComeInBoundedChunks() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let digest = try await store(bytes, in: blobs).digest
        let reader = try blobs.open(digest)
        for range in [0..<600_000, 5..<6, 262_143..<262_145, 599_999..<600_000, 7..<7] {
            let next = reader.chunks(of: range)
            var collected: [UInt8] = []
            while let chunk = try await next() {
                #expect((1...BlobReader.chunkBytesMax).contains(chunk.count))
                collected += chunk
            }
            #expect(collected == Array(bytes[range]), "\(range)")
        }
        #expect(try reader.read(at: 600_000).isEmpty)
        #expect(try reader.read(at: -1).isEmpty)
        let beyond = reader.chunks(of: 599_999..<600_001)
        #expect(try await beyond()?.count == 1)
        await #expect(throws: BlobStoreError.self) { _ = try await beyond() }
    }

    @Test func aLeaseKeepsABlobThatIsReleased() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let lease = try await store(Self.hello, in: blobs)
        let digest = lease.digest
        try blobs.release([digest])
        #expect(blobs.contains(digest))
        lease.end()
        lease.end()
        let other = try blobs.lease(digest)
        try blobs.release([digest])
        #expect(blobs.contains(digest))
        let reader = try blobs.open(digest)
        other.end()
        try blobs.release([digest])
        #expect(!blobs.contains(digest))
        #expect(try reader.read(at: 0) == Self.hello)
        #expect(throws: BlobStoreError.missing(digest)) { _ = try blobs.open(digest) }
        #expect(throws: BlobStoreError.missing(digest)) { _ = try blobs.lease(digest) }
        blobs.drain()
        #expect(folder.files(in: "trash").isEmpty)
    }

    @Test func aSweepTakesOnlyOldUnreferencedUnleasedBlobs() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let orphan = try await store([1], in: blobs).digest
        let referenced = try await store([2], in: blobs).digest
        let leased = try await store([3], in: blobs)
        #expect(try blobs.sweep(graceSeconds: 3600) { _ in false } == 0)
        #expect(try blobs.sweep(graceSeconds: 0) { $0 == referenced } == 1)
        #expect(!blobs.contains(orphan))
        #expect(blobs.contains(referenced))
        #expect(blobs.contains(leased.digest))
    }

    @Test func erasingForgetsEverythingAndTheStoreGoesOn() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let digests = [try await store([1], in: blobs).digest, try await store([2], in: blobs).digest]
        let upload = try blobs.beginUpload()
        try upload.append([1])
        try blobs.eraseEverything()
        for digest in digests { #expect(!blobs.contains(digest)) }
        let lease = try await upload.commit()
        #expect(blobs.contains(lease.digest))
        blobs.drain()
        #expect(folder.files(in: "trash").isEmpty)
    }

    @Test func uploadsOfTheSameBytesAtOnceAllSucceed() async throws {
        let folder = BlobFolder()
        let blobs = try folder.open()
        let bytes = [UInt8](repeating: 7, count: 100_000)
        let digests = try await withThrowingTaskGroup(of: BlobDigest.self) { group in
            for _ in 0..<16 { group.addTask { try await store(bytes, in: blobs).digest } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(folder.files(in: "blobs").count == 1)
        #expect(folder.files(in: "staging").isEmpty)
    }
}
