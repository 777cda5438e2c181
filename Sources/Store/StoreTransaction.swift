import Foundation
import GRDB
import Vocabulary

/// One consistent read of the database. Valid only inside the closure it was handed to.
package class StoreReader {
    let db: Database
    let cache: DocumentCache

    init(db: Database, cache: DocumentCache) {
        self.db = db
        self.cache = cache
    }

    /// The document of `key`, or nil. Throws `StoreError.unreadableDocument` when it does not decode.
    package func document<T: Decodable & Sendable>(_ key: DocumentKey, as type: T.Type) throws -> T? {
        try load(key, as: type)
    }

    /// Every document of a collection, ordered by name.
    package func documents<T: Decodable & Sendable>(
        _ collection: DocumentCollection, as type: T.Type
    ) throws -> [(name: String, value: T)] {
        let statement = try db.cachedStatement(sql: """
            SELECT name, body FROM document WHERE account = ? AND region = ? AND service = ? AND type = ? ORDER BY name
            """)
        let rows = try Row.fetchAll(statement, arguments: [
            collection.realm.account.digits, collection.realm.region.name, collection.service, collection.type,
        ])
        return try rows.map { row in
            let name: String = row[0]
            return (name, try Self.decode(row[1], of: collection.key(name), as: type))
        }
    }

    /// Every document of a type in all realms, for services that rebuild their state at start.
    package func documentsEverywhere<T: Decodable & Sendable>(
        service: String, type: String, as valueType: T.Type
    ) throws -> [(key: DocumentKey, value: T)] {
        try keysEverywhere(service: service, type: type).compactMap { key in
            try document(key, as: valueType).map { (key, $0) }
        }
    }

    /// Runs a query and calls `body` with each row.
    package func query(_ sql: String, _ arguments: [SQLValue] = [], _ body: (SQLRow) throws -> Void) throws {
        let statement = try db.cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(arguments.map { $0.databaseValue }))
        while let row = try cursor.next() { try body(SQLRow(row: row)) }
    }

    func load<T: Decodable & Sendable>(_ key: DocumentKey, as type: T.Type) throws -> T? {
        let statement = try db.cachedStatement(sql: """
            SELECT body FROM document WHERE account = ? AND region = ? AND service = ? AND type = ? AND name = ?
            """)
        let body = try Data.fetchOne(statement, arguments: Self.arguments(key))
        return try body.map { try Self.decode($0, of: key, as: type) }
    }

    static func arguments(_ key: DocumentKey) -> StatementArguments {
        [key.collection.realm.account.digits, key.collection.realm.region.name, key.collection.service,
         key.collection.type, key.name]
    }

    private static func decode<T: Decodable>(_ body: Data, of key: DocumentKey, as type: T.Type) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch {
            throw StoreError.unreadableDocument(key: key, reason: "\(error)")
        }
    }
}

/// A write in progress: reads see what it has written so far.
package final class StoreTransaction: StoreReader {
    /// What this transaction wrote, decoded; nil means deleted.
    private(set) var pending: [DocumentKey: (any Sendable)?] = [:]

    package override func document<T: Decodable & Sendable>(_ key: DocumentKey, as type: T.Type) throws -> T? {
        if let written = pending[key] { return written as? T }
        switch cache.lookUp(key) {
        case .known(let value): return value as? T
        case .absent: return nil
        case .unknown: return try load(key, as: type)
        }
    }

    /// Creates or replaces the document of `key`.
    package func put<T: Codable & Sendable>(_ key: DocumentKey, _ value: T) throws {
        let body = try JSONEncoder().encode(value)
        let statement = try db.cachedStatement(sql: """
            INSERT OR REPLACE INTO document (account, region, service, type, name, body) VALUES (?, ?, ?, ?, ?, ?)
            """)
        try statement.execute(arguments: Self.arguments(key) + [body])
        pending[key] = .some(value)
    }

    /// Deletes the document of `key`; nothing happens when there is none.
    package func delete(_ key: DocumentKey) throws {
        let statement = try db.cachedStatement(sql: """
            DELETE FROM document WHERE account = ? AND region = ? AND service = ? AND type = ? AND name = ?
            """)
        try statement.execute(arguments: Self.arguments(key))
        pending[key] = .some(nil)
    }

    /// Runs one statement that answers no rows.
    package func execute(_ sql: String, _ arguments: [SQLValue] = []) throws {
        let statement = try db.cachedStatement(sql: sql)
        try statement.execute(arguments: StatementArguments(arguments.map { $0.databaseValue }))
    }

    /// The row id of the last insert.
    package var lastInsertedRowID: Int64 { db.lastInsertedRowID }
}

extension StoreReader {
    /// The keys of every document of a type, in all realms, ordered by account, region and name.
    package func keysEverywhere(service: String, type: String) throws -> [DocumentKey] {
        let statement = try db.cachedStatement(sql: """
            SELECT account, region, name FROM document WHERE service = ? AND type = ? ORDER BY account, region, name
            """)
        return try Row.fetchAll(statement, arguments: [service, type]).map { row in
            DocumentKey(
                collection: DocumentCollection(try Self.realm(row[0], row[1]), service: service, type: type),
                name: row[2])
        }
    }
}
