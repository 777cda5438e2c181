import Crypto

/// Whole-store copies: what a snapshot writes out, and how another one's blobs are taken over.
extension BlobStore {
    /// Every stored blob, leased so that it stays readable until its lease ends; in order of the digests.
    package func leaseEverything() throws -> [BlobLease] {
        var found: [BlobDigest] = []
        // A sweep in which everything is referenced deletes nothing: it is the one walk over the folders.
        _ = try sweep(graceSeconds: 0) { digest in
            found.append(digest)
            return true
        }
        return found.sorted { $0.hex < $1.hex }.compactMap { try? lease($0) }
    }

    /// Takes the files over as blobs, beside those that are stored. The leases of the ones that were missing before
    /// come first, so that a caller who changes its mind can release exactly those.
    package func adopt(_ files: [BlobFile]) throws -> (added: [BlobLease], known: [BlobLease]) {
        var added: [BlobLease] = [], known: [BlobLease] = []
        do {
            for file in files {
                let isKnown = contains(file.digest)
                let lease = try adopt(stagingPath: file.path, digest: file.digest, byteCount: file.byteCount)
                if isKnown { known.append(lease) } else { added.append(lease) }
            }
        } catch {
            for lease in added + known { lease.end() }
            try? release(added.map(\.digest))
            throw error
        }
        return (added, known)
    }
}

/// A finished file whose bytes have been found to have that digest; on its way into a `BlobStore` of the same disk.
package struct BlobFile: Sendable {
    package let path: String
    package let digest: BlobDigest
    package let byteCount: Int
}

/// Writes one file and hashes it on the way. Used by one task at a time; dropping it unfinished removes the file.
package final class BlobFileWriter {
    private let path: String
    private var file: Int32?
    private var hasher = SHA256()
    private var byteCount = 0

    /// Creates the file, which must not exist. Throws `BlobStoreError.system`.
    package init(path: String) throws {
        self.path = path
        file = try FileSystem.create(path)
    }

    deinit {
        guard let file else { return }
        FileSystem.closeFile(file)
        FileSystem.removeFile(path)
    }

    /// Adds bytes at the end. Throws `BlobStoreError.system`, and `.uploadOver` after `finish`.
    package func append(_ bytes: ArraySlice<UInt8>) throws {
        guard let file else { throw BlobStoreError.uploadOver }
        try bytes.withUnsafeBytes { buffer in
            try FileSystem.writeAll(buffer, to: file, path: path)
            hasher.update(bufferPointer: buffer)
        }
        byteCount += bytes.count
    }

    /// Ends the file and says what it holds. Throws `BlobStoreError.uploadOver` the second time.
    package func finish() throws -> BlobFile {
        guard let file, let digest = BlobDigest(bytes: Array(hasher.finalize())) else { throw BlobStoreError.uploadOver }
        FileSystem.closeFile(file)
        self.file = nil
        return BlobFile(path: path, digest: digest, byteCount: byteCount)
    }
}
