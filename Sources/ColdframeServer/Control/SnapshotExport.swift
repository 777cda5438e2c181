import BlobStore
import Foundation
import Store

/// A snapshot on its way out. Holds a copy of the database and leases on all blobs; dropping it removes the copy.
/// The server pulls one run at a time, which is what makes it safe to share.
final class SnapshotExport: @unchecked Sendable {
    /// The archive's whole length in bytes.
    let byteCount: Int
    private let databasePath: String
    private var pending: [Part]
    private var reading: (next: () throws -> [UInt8]?, padding: Int)?
    private var index = 0

    private enum Part {
        case bytes(TarHeader, [UInt8])
        case database(TarHeader)
        case blob(TarHeader, BlobLease, BlobStore)
        case end

        var header: TarHeader? {
            switch self {
            case .bytes(let header, _), .database(let header), .blob(let header, _, _): header
            case .end: nil
            }
        }
    }

    /// Copies the database and takes the leases: to be called between two turns, so that both belong together.
    init(store: Store, blobs: [SnapshotBlobs]) throws {
        databasePath = store.folder + "/export-\(UInt64.random(in: 0 ... .max)).sqlite"
        do {
            try store.copy(to: databasePath)
            let attributes = try FileManager.default.attributesOfItem(atPath: databasePath)
            let databaseBytes = (attributes[.size] as? NSNumber)?.intValue ?? 0
            let manifest = SnapshotFormat.manifest
            var parts: [Part] = [
                .bytes(TarHeader(name: SnapshotFormat.manifestName, byteCount: manifest.count), manifest),
                .database(TarHeader(name: SnapshotFormat.databaseName, byteCount: databaseBytes)),
            ]
            for own in blobs {
                for lease in try own.store.leaseEverything() {
                    let byteCount = try own.store.open(lease.digest).byteCount
                    let header = TarHeader(name: own.prefix + lease.digest.hex, byteCount: byteCount)
                    parts.append(.blob(header, lease, own.store))
                }
            }
            parts.append(.end)
            byteCount = parts.reduce(0) { sum, part in
                guard let size = part.header?.byteCount else { return sum + 2 * TarHeader.blockBytes }
                return sum + TarHeader.blockBytes + size + TarHeader.padding(after: size)
            }
            pending = parts
        } catch {
            try? FileManager.default.removeItem(atPath: databasePath)
            throw error
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: databasePath) }

    /// The next run of the archive, nil at its end. Throws when a file cannot be read: the connection is then cut off,
    /// so that nobody takes a part for the whole.
    func next() throws -> [UInt8]? {
        if let (read, padding) = reading {
            if let bytes = try read() { return bytes }
            reading = nil
            if padding > 0 { return [UInt8](repeating: 0, count: padding) }
        }
        guard index < pending.count else { return nil }
        defer { index += 1 }
        switch pending[index] {
        case .bytes(let header, let content):
            return header.block + content + [UInt8](repeating: 0, count: TarHeader.padding(after: content.count))
        case .database(let header):
            reading = (try fileReader(byteCount: header.byteCount), TarHeader.padding(after: header.byteCount))
            return header.block
        case .blob(let header, let lease, let blobs):
            let reader = try blobs.open(lease.digest)
            var offset = 0
            reading = (
                {
                    guard offset < header.byteCount else { return nil }
                    let bytes = try reader.read(at: offset)
                    guard !bytes.isEmpty else { throw SnapshotExportError.fileIsShort(header.name) }
                    offset += bytes.count
                    return bytes
                }, TarHeader.padding(after: header.byteCount))
            return header.block
        case .end:
            return [UInt8](repeating: 0, count: 2 * TarHeader.blockBytes)
        }
    }

    private func fileReader(byteCount: Int) throws -> () throws -> [UInt8]? {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: databasePath))
        var left = byteCount
        return {
            guard left > 0 else { return nil }
            guard let data = try file.read(upToCount: min(left, BlobReader.chunkBytesMax)), !data.isEmpty else {
                throw SnapshotExportError.fileIsShort(SnapshotFormat.databaseName)
            }
            left -= data.count
            return [UInt8](data)
        }
    }
}

/// Why an export broke off.
enum SnapshotExportError: Error, Equatable { case fileIsShort(String) }
