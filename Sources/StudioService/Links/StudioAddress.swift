import Gateway
import HTTPServer

/// Where in Studio a browser's request goes: by AWS's host name, the same under `.localhost`, or a path on any host.
struct StudioAddress: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        case domain(String)
        case notebook(String)
    }

    var place: Place
    /// What stands before the path on the place's own host: empty, or `/studio/DOMAIN`.
    var basePath: String
    /// The path on the place's own host; begins with a slash.
    var path: String

    /// `d-x.studio.r.localhost` is about the shortest host of a place: every other request passes without a copy of its own.
    private static let shortestHostBytes = 20

    /// Nil when the request is not for Studio.
    init?(_ request: HTTPRequest) {
        guard request.rawPath.begins(with: "/studio/") || request.headers["Host"]?.utf8.count ?? 0 > Self.shortestHostBytes
        else { return nil }
        let path = String(request.rawPath)
        if let host = request.headers["Host"], let place = Self.place(ofHost: LocalAccess.hostName(host)) {
            self.init(place: place, basePath: "", path: path)
        } else if path.hasPrefix("/studio/"), !Self.isSigned(request) {
            self.init(localPath: path)
        } else {
            return nil
        }
    }

    private init(place: Place, basePath: String, path: String) {
        self.place = place
        self.basePath = basePath
        self.path = path
    }

    /// `DOMAIN.studio.REGION.sagemaker.aws`, `NAME.notebook.REGION.sagemaker.aws`, and both under `.localhost`.
    private static func place(ofHost host: String) -> Place? {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let tail = labels.dropFirst(3)
        guard tail == ["sagemaker", "aws"] || tail == ["localhost"], labels.allSatisfy({ !$0.isEmpty }) else { return nil }
        switch labels[1] {
        case "studio" where labels[0].hasPrefix("d-"): return .domain(labels[0])
        case "notebook": return .notebook(labels[0])
        default: return nil
        }
    }

    /// `/studio/DOMAIN/…` and `/studio/notebook/REGION/NAME/…`.
    private init?(localPath path: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count >= 2 else { return nil }
        let own: Int
        if parts[1].hasPrefix("d-") {
            (place, own) = (.domain(parts[1]), 2)
        } else if parts[1] == "notebook", parts.count >= 4 {
            (place, own) = (.notebook(parts[3]), 4)
        } else {
            return nil
        }
        basePath = "/" + parts[..<own].joined(separator: "/")
        self.path = "/" + parts[own...].joined(separator: "/")
    }

    /// A signed request for `/studio/…` is one of S3's, for a bucket of that name.
    private static func isSigned(_ request: HTTPRequest) -> Bool {
        if request.headers["Authorization"] != nil { return true }
        guard let query = request.rawQuery else { return false }
        return query.contains("X-Amz-Signature=") || query.contains("AWSAccessKeyId=")
    }
}
