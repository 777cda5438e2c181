package import HTTPServer

/// HTTP outside AWS's protocols: the control API, the registry's `/v2/`, discovery documents.
package final class PlainRoute: Sendable {
    /// The path prefix, e.g. `/_coldframe/`; matched against the raw path on a segment boundary unless it ends in `/`.
    /// Empty for a route that is chosen by more than its path; such routes are tried after those with a prefix.
    package let prefix: String
    /// True for routes that only a local page or tool may call: Host and Origin are checked first.
    package let isLocalOnly: Bool
    package let respond: @Sendable (HTTPRequest) async -> HTTPResponse
    /// Decides for a route without a prefix.
    private let isMeant: (@Sendable (HTTPRequest) -> Bool)?

    package init(prefix: String, isLocalOnly: Bool, respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) {
        self.prefix = prefix
        self.isLocalOnly = isLocalOnly
        self.respond = respond
        isMeant = nil
    }

    /// A route for the requests that `isMeant` says: where a path prefix cannot tell.
    package init(
        where isMeant: @escaping @Sendable (HTTPRequest) -> Bool, isLocalOnly: Bool = false,
        respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) {
        prefix = ""
        self.isLocalOnly = isLocalOnly
        self.respond = respond
        self.isMeant = isMeant
    }

    /// Whether the route answers that request: its path is the prefix itself or lies below it.
    /// - Parameter path: the request's raw path, which the caller has found once for all routes.
    package func covers(_ request: HTTPRequest, path: Substring) -> Bool {
        if let isMeant { return isMeant(request) }
        guard path.begins(with: prefix) else { return false }
        return prefix.utf8.last == UInt8(ascii: "/") || path.utf8.count == prefix.utf8.count
            || path.utf8[path.utf8.index(path.startIndex, offsetBy: prefix.utf8.count)] == UInt8(ascii: "/")
    }
}
