import AWSModel
import AWSProtocols
import BlobStore

/// What a snapshot file is: a tar archive of
/// - `coldframe-snapshot.json`, first: `{"format": 1, "version": "…"}`;
/// - `coldframe.sqlite`: a copy of the database, with every datapoint written;
/// - `blobs/HEX` (objects) and `ecr-blobs/HEX` (layers): the blob of that SHA-256, any number of them.
///
/// `tar -tvf` lists it, `tar -xf` unpacks it, and `sqlite3` opens the database.
enum SnapshotFormat {
    static let manifestName = "coldframe-snapshot.json"
    static let databaseName = "coldframe.sqlite"
    static let number = 1

    static let manifestBytesMax = 64 << 10
    static let databaseBytesMax = 16 << 30
    /// The largest archive that is read at all.
    static let archiveBytesMax = 256 << 30
    static let blobsMax = 1_000_000

    static var manifest: [UInt8] {
        JSON.write(["format": .integer(Int64(number)), "version": .string(ColdframeServer.version)])
    }

    /// Throws what is wrong with a manifest.
    static func check(manifest bytes: [UInt8]) throws(SnapshotRefusal) {
        guard let found = (try? JSON.parse(bytes))?["format"]?.int else {
            throw SnapshotRefusal("its \(manifestName) is damaged")
        }
        guard found == number else {
            throw SnapshotRefusal("it has format \(found), and this server reads format \(number)")
        }
    }
}

/// A blob store, and the folder in which a snapshot keeps its blobs.
struct SnapshotBlobs: Sendable {
    /// E.g. `blobs/`.
    let prefix: String
    let store: BlobStore
}

/// Why a file is not taken as a snapshot: a phrase that follows "The file is not a snapshot: ".
struct SnapshotRefusal: Error, Equatable, Sendable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
