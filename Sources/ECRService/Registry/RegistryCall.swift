import BlobStore
import HTTPServer
import RegistryRules

/// What a path under `/v2/` names.
enum RegistryCall: Equatable, Sendable {
    case base
    case catalog
    case tags(String)
    case manifest(String, reference: String)
    case blob(String, digest: String)
    case uploads(String)
    case upload(String, id: String)
    case referrers(String, digest: String)
    case layerLink(digest: String)

    /// Reads a raw path from the right, since repository names hold slashes. Nil for an unknown path.
    init?(path: Substring) {
        guard let decoded = PercentCoding.percentDecoded(path, plusIsSpace: false) else { return nil }
        var parts = decoded.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, parts[0].isEmpty, parts[1] == "v2" else { return nil }
        parts.removeFirst(2)
        if parts.last == "" { parts.removeLast() }
        func name(_ dropped: Int) -> String { parts.dropLast(dropped).joined(separator: "/") }
        let count = parts.count
        switch (parts.last, count) {
        case (_, 0): self = .base
        case ("_catalog", 1): self = .catalog
        case (let digest?, 2) where parts[0] == "_layers": self = .layerLink(digest: digest)
        case ("list", 3...) where parts[count - 2] == "tags": self = .tags(name(2))
        case ("uploads", 3...) where parts[count - 2] == "blobs": self = .uploads(name(2))
        case (let id?, 4...) where parts[count - 2] == "uploads" && parts[count - 3] == "blobs": self = .upload(name(3), id: id)
        case (let reference?, 3...) where parts[count - 2] == "manifests": self = .manifest(name(2), reference: reference)
        case (let digest?, 3...) where parts[count - 2] == "blobs": self = .blob(name(2), digest: digest)
        case (let digest?, 3...) where parts[count - 2] == "referrers": self = .referrers(name(2), digest: digest)
        default: return nil
        }
    }
}

extension RegistryCall {
    /// Whether a request is one of a docker client: the path is under `/v2`, and neither its host nor its signature says
    /// that it is S3's, where `v2/` may begin an object's key.
    static func isMeant(by request: HTTPRequest) -> Bool {
        let path = request.rawPath
        guard path.begins(with: "/v2"), path.utf8.count == 3 || path.begins(with: "/v2/") else { return false }
        if let authorization = request.headers["Authorization"], authorization.hasPrefix("AWS") { return false }
        if let query = request.rawQuery, query.contains("X-Amz-Signature=") { return false }
        let labels = (request.headers["Host"] ?? "").lowercased().split(separator: ".")
        return !labels.contains { $0 == "s3" || $0.hasPrefix("s3-") }
    }
}

/// The media types a client accepts, from all of its Accept lines.
// AWS: recorded — spec/ecr.md §E12.
struct AcceptedTypes: Sendable {
    private let types: Set<String>
    private let acceptsAll: Bool

    init(_ lines: [String]) {
        var types: Set<String> = []
        for item in lines.joined(separator: ",").lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let type = parts.first, !parts.dropFirst().contains(where: { $0 == "q=0" || $0 == "q=0.0" }) else { continue }
            types.insert(type)
        }
        acceptsAll = types.isEmpty || types.contains("*/*") || types.contains("application/*")
        self.types = types
    }

    func contains(_ type: String) -> Bool { acceptsAll || types.contains(type) }
}
