import BlobStore
import HTTPServer
import RegistryRules
import SimTime
import Store
import Timeline

/// HEAD and GET of blobs, and the links GET leads to.
extension ECRService {
    func lookAtBlob(_ name: String, _ digest: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:BatchCheckLayerAvailability")
        guard let size = try store.read({ try LayerTable.size(digest, in: repository, $0) }) else {
            return RegistryAnswer.error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        }
        return RegistryAnswer.make(200, [
            "Docker-Content-Digest": digest, "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes",
        ], body: .headOnly(length: size))
    }

    /// Sends the client to a link, as ECR sends it to S3; the link needs no login.
    // AWS: recorded — spec/ecr.md §E11.
    func pullBlob(_ name: String, _ digest: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:GetDownloadUrlForLayer")
        guard try store.read({ try LayerTable.size(digest, in: repository, $0) }) != nil else {
            return RegistryAnswer.error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        }
        let target = LayerLink.target(digest, expires: timeline.now + LayerLink.lifetime, try await secret.take())
        return RegistryAnswer.make(307, ["Location": target, "Docker-Content-Digest": digest])
    }

    /// Answers a link: the bytes, or a range of them.
    func downloadLayer(_ digest: String, _ request: HTTPRequest) throws -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return RegistryAnswer.methodNotAllowed }
        let query = request.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems()
        guard let milliseconds = query["expires"].flatMap({ Int64($0) }), let key = try secret.find(),
              case let expires = SimInstant(millisecondsSinceEpoch: milliseconds),
              LayerLink.isValid(digest, expires: expires, signature: query["signature"] ?? "", key), timeline.now < expires,
              let blob = BlobDigest(digest)
        else { return RegistryAnswer.error(403, "DENIED", "Request has expired") }
        let reader: BlobReader
        do { reader = try blobs.open(blob) } catch BlobStoreError.missing {
            return RegistryAnswer.error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        }
        var headers: HTTPHeaders = [
            "Content-Type": "application/octet-stream", "Docker-Content-Digest": digest, "Accept-Ranges": "bytes",
            "ETag": "\"\(digest)\"",
        ]
        var range = 0..<reader.byteCount
        var status = 200
        if let text = request.headers["Range"], let wanted = RequestedRange(text) {
            guard let resolved = wanted.resolved(size: reader.byteCount) else {
                headers.add("Content-Range", "bytes */\(reader.byteCount)")
                return RegistryAnswer.make(416, headers)
            }
            range = resolved
            status = 206
            headers.add("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(reader.byteCount)")
        }
        if request.method == "HEAD" { return RegistryAnswer.make(status, headers, body: .headOnly(length: range.count)) }
        guard !range.isEmpty else { return RegistryAnswer.make(status, headers, body: .bytes([])) }
        return RegistryAnswer.make(
            status, headers, body: .file(FileRun(descriptor: reader.file, range: range, owner: reader)))
    }
}

/// One range of `Range: bytes=…`; several at once are answered whole, which HTTP allows.
enum RequestedRange: Equatable {
    case from(Int, through: Int?)
    case last(Int)

    init?(_ text: String) {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        if let first = Int(parts[0]) {
            guard parts[1].isEmpty || Int(parts[1]) != nil else { return nil }
            if let last = Int(parts[1]), last < first { return nil }
            self = .from(first, through: Int(parts[1]))
        } else {
            guard parts[0].isEmpty, let count = Int(parts[1]) else { return nil }
            self = .last(count)
        }
    }

    /// Nil when no byte of the blob is in the range.
    func resolved(size: Int) -> Range<Int>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<min(size, (last.map { min($0, size - 1) } ?? size - 1) + 1)
        case .last(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - count)..<size
        }
    }
}
