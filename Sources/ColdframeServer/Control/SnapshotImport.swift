import BlobStore
import Foundation
import Store

/// A snapshot on its way in: the archive is unpacked into a folder of its own beside the database and checked there.
/// Nothing of the server's state is touched. Dropping it removes the folder. Used by one task at a time.
final class SnapshotImport: @unchecked Sendable {
    private let folder: String
    private var reader = TarReader()
    private var current: Current?
    private var hasManifest = false
    private var hasDatabase = false
    private var archiveBytes = 0
    /// The blobs of the archive by the folder they are in. Their bytes have the digests of their names.
    private(set) var blobs: [String: [BlobFile]] = [:]
    private let blobPrefixes: [String]
    private var blobCount = 0

    private enum Current {
        case manifest([UInt8])
        case database(BlobFileWriter)
        case blob(BlobFileWriter, BlobDigest, prefix: String)
    }

    /// The database of the archive: `coldframe.sqlite` in a folder of its own, as `Store` opens it.
    private var databaseFolder: String { folder + "/database" }
    var databasePath: String { databaseFolder + "/" + SnapshotFormat.databaseName }
    /// Where the present state is copied before it is replaced.
    var backupPath: String { folder + "/backup.sqlite" }

    /// - Parameter blobPrefixes: the folders of blobs that may come.
    init(beside store: Store, blobPrefixes: [String]) throws {
        self.blobPrefixes = blobPrefixes
        folder = store.folder + "/import-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder + "/database", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Takes the next run of the archive. Throws `SnapshotRefusal`.
    func append(_ bytes: ArraySlice<UInt8>) throws {
        archiveBytes += bytes.count
        guard archiveBytes <= SnapshotFormat.archiveBytesMax else { throw SnapshotRefusal("it is too large") }
        let parts: [TarReader.Part]
        do { parts = try reader.read(bytes) } catch { throw SnapshotRefusal("it is not a tar archive of plain files") }
        for part in parts {
            switch part {
            case .file(let header): current = try begin(header)
            case .content(let run): try take(run)
            case .endOfFile: try end()
            }
        }
    }

    private func begin(_ header: TarHeader) throws -> Current {
        let name = header.name
        guard hasManifest || name == SnapshotFormat.manifestName else {
            throw SnapshotRefusal("it does not begin with \(SnapshotFormat.manifestName)")
        }
        switch name {
        case SnapshotFormat.manifestName:
            guard !hasManifest else { throw SnapshotRefusal("it has two manifests") }
            guard header.byteCount <= SnapshotFormat.manifestBytesMax
            else { throw SnapshotRefusal("its manifest is too large") }
            return .manifest([])
        case SnapshotFormat.databaseName:
            guard !hasDatabase else { throw SnapshotRefusal("it has two databases") }
            guard header.byteCount <= SnapshotFormat.databaseBytesMax
            else { throw SnapshotRefusal("its database is too large") }
            return .database(try BlobFileWriter(path: databasePath))
        default:
            guard let prefix = blobPrefixes.first(where: { name.hasPrefix($0) }),
                  let digest = BlobDigest(hex: name.dropFirst(prefix.count))
            else { throw SnapshotRefusal("it holds a file named \(name.prefix(100))") }
            blobCount += 1
            guard blobCount <= SnapshotFormat.blobsMax else { throw SnapshotRefusal("it holds too many blobs") }
            return .blob(try BlobFileWriter(path: folder + "/\(blobCount).blob"), digest, prefix: prefix)
        }
    }

    private func take(_ run: ArraySlice<UInt8>) throws {
        switch current {
        case .manifest(let bytes): current = .manifest(bytes + run)
        case .database(let writer), .blob(let writer, _, _): try writer.append(run)
        case nil: break
        }
    }

    private func end() throws {
        defer { current = nil }
        switch current {
        case .manifest(let bytes):
            try SnapshotFormat.check(manifest: bytes)
            hasManifest = true
        case .database(let writer):
            _ = try writer.finish()
            hasDatabase = true
        case .blob(let writer, let digest, let prefix):
            let file = try writer.finish()
            guard file.digest == digest
            else { throw SnapshotRefusal("the blob \(digest.hex) does not have that digest") }
            blobs[prefix, default: []].append(file)
        case nil: break
        }
    }

    /// To be called when the archive has been taken to its end: checks that it is whole, that its database has this
    /// server's tables (an older server's are migrated), and that every value in it is of its column's type.
    /// Throws `SnapshotRefusal`. Blocks for the time of a walk over the database.
    func finish(matching own: Store) throws {
        do { try reader.finish() } catch { throw SnapshotRefusal("it ends too early") }
        guard hasDatabase else { throw SnapshotRefusal("it holds no \(SnapshotFormat.databaseName)") }
        let other: Store
        do {
            other = try Store(location: .folder(databaseFolder), migrations: ColdframeServer.migrations)
        } catch {
            throw SnapshotRefusal("its \(SnapshotFormat.databaseName) cannot be opened")
        }
        defer { other.close() }
        do {
            try other.read { try Self.check($0, tables: try own.read(Self.schema)) }
        } catch let refusal as SnapshotRefusal {
            throw refusal
        } catch {
            throw SnapshotRefusal("its \(SnapshotFormat.databaseName) is damaged")
        }
    }

    /// The names of everything a database holds, with their kinds.
    private static func schema(_ reader: StoreReader) throws -> Set<String> {
        var names: Set<String> = []
        try reader.query("SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'") {
            names.insert($0.text(0))
        }
        return names
    }

    private static func check(_ reader: StoreReader, tables own: Set<String>) throws {
        var report: [String] = []
        try reader.query("PRAGMA quick_check(1)") { report.append($0.text(0)) }
        guard report == ["ok"] else { throw SnapshotRefusal("its \(SnapshotFormat.databaseName) is damaged") }
        let found = try schema(reader)
        guard found == own else { throw SnapshotRefusal("it was written by another version of Coldframe") }
        for table in found.filter({ $0.hasPrefix("table ") }).map({ $0.dropFirst("table ".count) }).sorted() {
            try checkTypes(reader, table: String(table))
        }
        try reader.query("SELECT COUNT(*) FROM clock WHERE NOT (scale > 0 AND scale <= 1000000)") { row in
            guard row.integer(0) == 0 else { throw SnapshotRefusal("its clock is damaged") }
        }
    }

    /// SQLite lets any value into any column; the server reads by the declared type.
    private static func checkTypes(_ reader: StoreReader, table: String) throws {
        var conditions: [String] = []
        try reader.query("PRAGMA table_info(\"\(table)\")") { row in
            let type = row.text(2).lowercased()
            guard ["integer", "real", "text", "blob"].contains(type) else { return }
            conditions.append("typeof(\"\(row.text(1))\") NOT IN ('\(type)', 'null')")
        }
        guard !conditions.isEmpty else { return }
        try reader.query("SELECT COUNT(*) FROM \"\(table)\" WHERE \(conditions.joined(separator: " OR "))") { row in
            guard row.integer(0) == 0 else { throw SnapshotRefusal("its table \(table) holds values of wrong types") }
        }
    }
}
