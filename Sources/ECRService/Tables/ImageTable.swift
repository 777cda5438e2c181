import RegistryRules
import SimTime
import Store

/// The rows of images, their tags and what they refer to.
enum ImageTable {
    /// Of `ecr_image AS i`, in the order `list` reads them.
    static let columns = """
        i.id, i.repository, i.digest, i.media_type, i.size, LENGTH(i.manifest), i.pushed, i.subject, i.status, i.body
        """

    static func find(_ digest: ImageDigest, in repository: RepositoryRecord, _ reader: StoreReader) throws -> ImageRecord? {
        try list(
            "SELECT \(columns) FROM ecr_image AS i WHERE repository = ? AND digest = ?",
            [.integer(repository.id), .text(digest.text)], reader
        ).first
    }

    static func find(tag: String, in repository: RepositoryRecord, _ reader: StoreReader) throws -> ImageRecord? {
        try list(
            "SELECT \(columns) FROM ecr_tag AS t JOIN ecr_image AS i ON i.id = t.image WHERE t.repository = ? AND t.tag = ?",
            [.integer(repository.id), .text(tag)], reader
        ).first
    }

    static func find(id: Int64, _ reader: StoreReader) throws -> ImageRecord? {
        try list("SELECT \(columns) FROM ecr_image AS i WHERE i.id = ?", [.integer(id)], reader).first
    }

    /// All images of a repository, oldest row first.
    static func all(in repository: RepositoryRecord, _ reader: StoreReader) throws -> [ImageRecord] {
        try list(
            "SELECT \(columns) FROM ecr_image AS i WHERE repository = ? ORDER BY i.id", [.integer(repository.id)], reader)
    }

    /// Images attached to `subject`, oldest row first.
    static func referrers(of subject: ImageDigest, in repository: RepositoryRecord, _ reader: StoreReader) throws -> [ImageRecord] {
        try list(
            "SELECT \(columns) FROM ecr_image AS i WHERE repository = ? AND subject = ? ORDER BY i.id",
            [.integer(repository.id), .text(subject.text)], reader)
    }

    /// The exact bytes that were pushed.
    static func manifest(of image: ImageRecord, _ reader: StoreReader) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try reader.query("SELECT manifest FROM ecr_image WHERE id = ?", [.integer(image.id)]) { bytes = $0.blob(0) }
        return bytes
    }

    static func count(in repository: RepositoryRecord, _ reader: StoreReader) throws -> Int {
        var count = 0
        try reader.query("SELECT COUNT(*) FROM ecr_image WHERE repository = ?", [.integer(repository.id)]) {
            count = Int($0.integer(0))
        }
        return count
    }

    static func insert(
        _ prepared: PreparedManifest, size: Int64, at now: SimInstant, in repository: RepositoryRecord,
        _ transaction: StoreTransaction
    ) throws -> ImageRecord {
        let manifest = prepared.manifest
        let body = ImageBody(
            artifactMediaType: manifest.artifactMediaType, artifactType: manifest.effectiveArtifactType,
            annotations: manifest.annotations.map { ResourceTag(key: $0.key, value: $0.value) })
        try transaction.execute(
            """
            INSERT INTO ecr_image (repository, digest, manifest, media_type, size, pushed, subject, status, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [.integer(repository.id), .text(prepared.digest.text), .blob(prepared.bytes), .text(manifest.kind.rawValue),
             .integer(size), .integer(now.millisecondsSinceEpoch), .text(manifest.subject?.digest.text ?? ""),
             .text(ImageStatus.active.rawValue), .text(try StoredText.encode(body))])
        let id = transaction.lastInsertedRowID
        let references = manifest.requiredBlobs.map { ($0, false) } + manifest.requiredManifests.map { ($0, true) }
        for (digest, isManifest) in references {
            try transaction.execute(
                "INSERT OR IGNORE INTO ecr_reference (image, repository, digest, is_manifest) VALUES (?, ?, ?, ?)",
                [.integer(id), .integer(repository.id), .text(digest.text), .integer(isManifest ? 1 : 0)])
        }
        return ImageRecord(
            id: id, repository: repository.id, digest: prepared.digest, mediaType: manifest.kind.rawValue, size: size,
            manifestByteCount: prepared.bytes.count, pushed: now, subject: manifest.subject?.digest, status: .active, body: body)
    }

    /// Writes an image's status and body.
    static func update(_ image: ImageRecord, _ transaction: StoreTransaction) throws {
        try transaction.execute(
            "UPDATE ecr_image SET status = ?, body = ? WHERE id = ?",
            [.text(image.status.rawValue), .text(try StoredText.encode(image.body)), .integer(image.id)])
    }

    static func delete(_ image: ImageRecord, _ transaction: StoreTransaction) throws {
        for sql in [
            "DELETE FROM ecr_tag WHERE image = ?", "DELETE FROM ecr_reference WHERE image = ?",
            "DELETE FROM ecr_replication WHERE image = ?", "DELETE FROM ecr_image WHERE id = ?",
        ] { try transaction.execute(sql, [.integer(image.id)]) }
    }

    /// The digests of the indexes that list an image, ordered.
    static func parents(of image: ImageRecord, _ reader: StoreReader) throws -> [String] {
        try texts(
            """
            SELECT p.digest FROM ecr_reference AS r JOIN ecr_image AS p ON p.id = r.image
            WHERE r.repository = ? AND r.digest = ? AND r.is_manifest = 1 ORDER BY p.digest
            """, [.integer(image.repository), .text(image.digest.text)], reader)
    }

    /// What an image refers to: layers, or the manifests of an index.
    static func references(of image: ImageRecord, areManifests: Bool, _ reader: StoreReader) throws -> [String] {
        try texts(
            "SELECT digest FROM ecr_reference WHERE image = ? AND is_manifest = ? ORDER BY digest",
            [.integer(image.id), .integer(areManifests ? 1 : 0)], reader)
    }

    // MARK: Tags

    /// An image's tags, ordered.
    static func tags(of image: ImageRecord, _ reader: StoreReader) throws -> [String] {
        try texts("SELECT tag FROM ecr_tag WHERE image = ? ORDER BY tag", [.integer(image.id)], reader)
    }

    /// A repository's tags after `tag`, in the order of their bytes.
    static func tags(in repository: RepositoryRecord, after tag: String, limit: Int, _ reader: StoreReader) throws -> [String] {
        try texts(
            "SELECT tag FROM ecr_tag WHERE repository = ? AND tag > ? ORDER BY tag LIMIT ?",
            [.integer(repository.id), .text(tag), .integer(Int64(limit))], reader)
    }

    /// Lets a tag point to an image, wherever it pointed before.
    static func setTag(_ tag: String, to image: ImageRecord, _ transaction: StoreTransaction) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO ecr_tag (repository, tag, image) VALUES (?, ?, ?)",
            [.integer(image.repository), .text(tag), .integer(image.id)])
    }

    static func removeTag(_ tag: String, in repository: RepositoryRecord, _ transaction: StoreTransaction) throws {
        try transaction.execute("DELETE FROM ecr_tag WHERE repository = ? AND tag = ?", [.integer(repository.id), .text(tag)])
    }

    // MARK: Rows

    static func texts(_ sql: String, _ arguments: [SQLValue], _ reader: StoreReader) throws -> [String] {
        var texts: [String] = []
        try reader.query(sql, arguments) { texts.append($0.text(0)) }
        return texts
    }

    static func list(_ sql: String, _ arguments: [SQLValue], _ reader: StoreReader) throws -> [ImageRecord] {
        var images: [ImageRecord] = []
        try reader.query(sql, arguments) { row in
            guard let digest = ImageDigest(row.text(2)), let status = ImageStatus(rawValue: row.text(8)) else {
                throw ECRBreakdown.unreadableRow(table: "ecr_image")
            }
            images.append(ImageRecord(
                id: row.integer(0), repository: row.integer(1), digest: digest, mediaType: row.text(3), size: row.integer(4),
                manifestByteCount: Int(row.integer(5)), pushed: SimInstant(millisecondsSinceEpoch: row.integer(6)),
                subject: ImageDigest(row.text(7)), status: status, body: try StoredText.decode(row.text(9), as: ImageBody.self)))
        }
        return images
    }
}
