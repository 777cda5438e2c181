import Foundation
import GRDB
import Synchronization

/// The server's one database: SQLite in WAL mode, one writer, many readers.
/// Documents read often are kept decoded in a cache that every commit brings up to date.
package final class Store: Sendable {
    /// Where the database lives.
    package enum Location: Sendable {
        /// A folder that is created when missing and kept.
        case folder(String)
        /// A private temporary folder that is deleted by `close`.
        case ephemeral
    }

    /// The folder that holds the database and may hold other files of the server (blobs).
    package let folder: String
    private let database: OpenDatabase
    let cache = DocumentCache()
    private let isEphemeral: Bool
    private let lock: FolderLock

    /// Opens or creates the database and applies the migrations that it lacks, in order.
    /// Throws `StoreError.cannotOpen` with a reason fit for a person.
    package init(location: Location, migrations: [StoreMigration] = []) throws {
        switch location {
        case .folder(let path):
            folder = path
            isEphemeral = false
        case .ephemeral:
            let root = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
            EphemeralFolders.removeAbandoned(in: root)
            folder = root + "/\(EphemeralFolders.prefix)\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
            isEphemeral = true
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            lock = try FolderLock(folder: folder)
            var configuration = Configuration()
            configuration.maximumReaderCount = 4
            // What is deleted at the end need not survive a power cut; a killed process loses nothing either way.
            let synchronous = isEphemeral ? "OFF" : "NORMAL"
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = \(synchronous)")
                // Keep the log file from growing for ever while a reader lingers.
                try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
            }
            let pool = try DatabasePool(path: folder + "/coldframe.sqlite", configuration: configuration)
            // No migration touches rows that foreign keys guard, and the check of all of them costs at every start.
            var migrator = DatabaseMigrator().disablingDeferredForeignKeyChecks()
            for migration in StoreMigration.own + migrations {
                migrator.registerMigration(migration.name) { db in try db.execute(sql: migration.sql) }
            }
            try migrator.migrate(pool)
            database = OpenDatabase(pool)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError.cannotOpen(folder: folder, reason: "\(error)")
        }
    }

    /// Closes the database once nobody reads or writes; an ephemeral one leaves nothing behind.
    /// Every call that comes later throws `StoreError.closed`.
    package func close() {
        guard database.close() else { return }
        lock.release()
        if isEphemeral { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Reads one consistent state. Blocks the calling thread for the time of the queries.
    package func read<T>(_ body: (StoreReader) throws -> T) throws -> T {
        try database.use { pool in try pool.read { db in try body(StoreReader(db: db, cache: cache)) } }
    }

    /// Runs `body` in a transaction: committed when it returns, undone when it throws.
    /// Only the timeline calls this, so that writes have one order.
    package func write<T>(_ body: (StoreTransaction) throws -> T) throws -> T {
        let transaction = try database.use { pool in
            try pool.write { db in
                let transaction = StoreTransaction(db: db, cache: cache)
                let result = try body(transaction)
                return (result, transaction.pending)
            }
        }
        cache.commit(transaction.1)
        return transaction.0
    }

    /// The document of `key` decoded, from the cache when it is there.
    package func document<T: Decodable & Sendable>(_ key: DocumentKey, as type: T.Type) throws -> T? {
        switch cache.lookUp(key) {
        case .known(let value): return value as? T
        case .absent: return nil
        case .unknown(let generation):
            let value: T? = try read { try $0.load(key, as: type) }
            cache.remember(key, value, since: generation)
            return value
        }
    }

    /// Every document of a type in a realm, ordered by name.
    package func documents<T: Decodable & Sendable>(
        _ collection: DocumentCollection, as type: T.Type
    ) throws -> [(name: String, value: T)] {
        try read { try $0.documents(collection, as: type) }
    }

    /// Removes every row of every table except the schema's own. The clock is the caller's business.
    package func eraseEverything(except kept: Set<String> = []) throws {
        try database.use { pool in
            try pool.write { db in
                let tables = try String.fetchAll(
                    db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'")
                try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
                for table in tables where !kept.contains(table) { try db.execute(sql: "DELETE FROM \"\(table)\"") }
            }
        }
        cache.clear()
    }

    /// Writes a compact copy of the database to `path`, which must not exist.
    package func copy(to path: String) throws {
        try database.use { pool in
            try pool.writeWithoutTransaction { db in try db.execute(sql: "VACUUM INTO ?", arguments: [path]) }
        }
    }

    /// Replaces every row by those of another database made by `copy(to:)` of the same schema.
    /// Throws `StoreError.notASnapshot` and changes nothing when the file is something else.
    package func restore(from path: String) throws {
        do {
            let source = try DatabaseQueue(path: path)
            try database.use { pool in
                let (own, other) = (try pool.read(Store.appliedMigrations), try source.read(Store.appliedMigrations))
                guard own == other else {
                    throw StoreError.notASnapshot(reason: "it was written by another version of Coldframe")
                }
                try source.backup(to: pool)
            }
            try source.close()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError.notASnapshot(reason: "\(error)")
        }
        cache.clear()
    }

    private static func appliedMigrations(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations ORDER BY identifier")
    }
}

/// A breakdown of storage. Never shown to clients.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case cannotOpen(folder: String, reason: String)
    /// Another server works in that folder.
    case folderInUse(String)
    case notASnapshot(reason: String)
    case unreadableDocument(key: DocumentKey, reason: String)
    /// The server is stopping.
    case closed

    package var description: String {
        switch self {
        case .cannotOpen(let folder, let reason): "cannot open the data folder \(folder): \(reason)"
        case .folderInUse(let folder):
            "another server uses the data folder \(folder): stop it, or choose another with --data"
        case .notASnapshot(let reason): "the file is not a snapshot this server can read: \(reason)"
        case .closed: "the database is closed, since the server is stopping"
        case .unreadableDocument(let key, let reason): "cannot read the stored \(key): \(reason)"
        }
    }
}
