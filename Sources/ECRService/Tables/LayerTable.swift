import BlobStore
import RegistryRules
import SimTime
import Store

/// The rows of layers: which blobs each repository has.
enum LayerTable {
    /// The size in bytes of a repository's layer; nil when it has none of that digest.
    static func size(_ digest: String, in repository: RepositoryRecord, _ reader: StoreReader) throws -> Int? {
        var size: Int?
        try reader.query(
            "SELECT size FROM ecr_layer WHERE repository = ? AND digest = ?", [.integer(repository.id), .text(digest)]
        ) { size = Int($0.integer(0)) }
        return size
    }

    /// Adds a layer, or counts a present one as new. True when it was not there.
    @discardableResult
    static func put(
        _ digest: String, size: Int, at now: SimInstant, in repository: RepositoryRecord, _ transaction: StoreTransaction
    ) throws -> Bool {
        let isNew = try self.size(digest, in: repository, transaction) == nil
        try transaction.execute(
            "INSERT OR REPLACE INTO ecr_layer (repository, digest, size, uploaded) VALUES (?, ?, ?, ?)",
            [.integer(repository.id), .text(digest), .integer(Int64(size)), .integer(now.millisecondsSinceEpoch)])
        return isNew
    }

    /// Whether an image of the repository needs the layer.
    static func isReferenced(_ digest: String, in repository: RepositoryRecord, _ reader: StoreReader) throws -> Bool {
        var isReferenced = false
        try reader.query(
            "SELECT 1 FROM ecr_reference WHERE repository = ? AND digest = ? AND is_manifest = 0 LIMIT 1",
            [.integer(repository.id), .text(digest)]) { _ in isReferenced = true }
        return isReferenced
    }

    /// Whether images need the layer and all of them are archived.
    static func isArchived(_ digest: String, in repository: RepositoryRecord, _ reader: StoreReader) throws -> Bool {
        var (needed, active) = (0, 0)
        try reader.query(
            """
            SELECT COUNT(*), COALESCE(SUM(i.status = ?), 0) FROM ecr_reference AS r JOIN ecr_image AS i ON i.id = r.image
            WHERE r.repository = ? AND r.digest = ? AND r.is_manifest = 0
            """, [.text(ImageStatus.active.rawValue), .integer(repository.id), .text(digest)]
        ) { (needed, active) = (Int($0.integer(0)), Int($0.integer(1))) }
        return needed > 0 && active == 0
    }

    /// Whether any repository has the blob.
    static func isStored(_ digest: BlobDigest, _ reader: StoreReader) throws -> Bool {
        var isStored = false
        try reader.query("SELECT 1 FROM ecr_layer WHERE digest = ? LIMIT 1", [.text(digest.description)]) { _ in isStored = true }
        return isStored
    }

    /// The blobs that only this repository has.
    static func ownBlobs(of repository: RepositoryRecord, _ reader: StoreReader) throws -> [BlobDigest] {
        var digests: [BlobDigest] = []
        try reader.query(
            """
            SELECT digest FROM ecr_layer AS own WHERE repository = ?1
            AND NOT EXISTS (SELECT 1 FROM ecr_layer WHERE digest = own.digest AND repository <> ?1)
            """, [.integer(repository.id)]
        ) { row in
            guard let digest = BlobDigest(row.text(0)) else { throw ECRBreakdown.unreadableRow(table: "ecr_layer") }
            digests.append(digest)
        }
        return digests
    }

    static func deleteUnreferenced(uploadedBefore instant: SimInstant, in transaction: StoreTransaction) throws {
        try transaction.execute(
            """
            DELETE FROM ecr_layer WHERE uploaded < ? AND NOT EXISTS (
                SELECT 1 FROM ecr_reference AS r
                WHERE r.repository = ecr_layer.repository AND r.digest = ecr_layer.digest AND r.is_manifest = 0)
            """, [.integer(instant.millisecondsSinceEpoch)])
    }
}
