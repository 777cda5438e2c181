import AWSModel
import RegistryRules
import SimTime
import Store
import Vocabulary

/// The rows of repositories.
enum RepositoryTable {
    private static let columns = "id, account, region, name, created, body"

    static func find(_ name: RepositoryName, in realm: Realm, _ reader: StoreReader) throws -> RepositoryRecord? {
        try list(
            "SELECT \(columns) FROM ecr_repository WHERE account = ? AND region = ? AND name = ?",
            [.text(realm.account.digits), .text(realm.region.name), .text(name.text)], reader
        ).first
    }

    /// Throws RepositoryNotFoundException.
    static func get(_ name: RepositoryName, in realm: Realm, _ reader: StoreReader) throws -> RepositoryRecord {
        guard let found = try find(name, in: realm, reader) else {
            throw ECRFault.repositoryNotFound(name.text, realm.account.digits)
        }
        return found
    }

    static func find(id: Int64, _ reader: StoreReader) throws -> RepositoryRecord? {
        try list("SELECT \(columns) FROM ecr_repository WHERE id = ?", [.integer(id)], reader).first
    }

    /// A registry's repositories after `name`, ordered by name.
    static func list(in realm: Realm, after name: String, limit: Int, _ reader: StoreReader) throws -> [RepositoryRecord] {
        try list(
            "SELECT \(columns) FROM ecr_repository WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
            [.text(realm.account.digits), .text(realm.region.name), .text(name), .integer(Int64(limit))], reader)
    }

    static func insert(
        _ name: RepositoryName, in realm: Realm, created: SimInstant, _ body: RepositoryBody,
        _ transaction: StoreTransaction
    ) throws -> RepositoryRecord {
        try transaction.execute(
            "INSERT INTO ecr_repository (account, region, name, created, body) VALUES (?, ?, ?, ?, ?)",
            [.text(realm.account.digits), .text(realm.region.name), .text(name.text),
             .integer(created.millisecondsSinceEpoch), .text(try StoredText.encode(body))])
        return RepositoryRecord(id: transaction.lastInsertedRowID, realm: realm, name: name, created: created, body: body)
    }

    /// Writes a repository's body.
    static func update(_ repository: RepositoryRecord, _ transaction: StoreTransaction) throws {
        try transaction.execute(
            "UPDATE ecr_repository SET body = ? WHERE id = ?",
            [.text(try StoredText.encode(repository.body)), .integer(repository.id)])
    }

    /// Deletes a repository with everything in it.
    static func delete(_ repository: RepositoryRecord, _ transaction: StoreTransaction) throws {
        let id: [SQLValue] = [.integer(repository.id)]
        try transaction.execute(
            "DELETE FROM ecr_replication WHERE image IN (SELECT id FROM ecr_image WHERE repository = ?)", id)
        for table in ["ecr_tag", "ecr_reference", "ecr_image", "ecr_layer"] {
            try transaction.execute("DELETE FROM \(table) WHERE repository = ?", id)
        }
        try transaction.execute("DELETE FROM ecr_repository WHERE id = ?", id)
    }

    private static func list(_ sql: String, _ arguments: [SQLValue], _ reader: StoreReader) throws -> [RepositoryRecord] {
        var repositories: [RepositoryRecord] = []
        try reader.query(sql, arguments) { row in
            guard let account = AccountID(row.text(1)), let region = RegionName(row.text(2)),
                  let name = RepositoryName(row.text(3))
            else { throw ECRBreakdown.unreadableRow(table: "ecr_repository") }
            repositories.append(RepositoryRecord(
                id: row.integer(0), realm: Realm(account: account, region: region), name: name,
                created: SimInstant(millisecondsSinceEpoch: row.integer(4)),
                body: try StoredText.decode(row.text(5), as: RepositoryBody.self)))
        }
        return repositories
    }
}
