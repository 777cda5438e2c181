package import HTTPServer

/// HTTP outside AWS's protocols: the control API, the registry's `/v2/`, discovery documents.
package struct PlainRoute: Sendable {
    /// The path prefix, e.g. `/_coldframe/`; matched against the raw path on a segment boundary unless it ends in `/`.
    package let prefix: String
    /// True for routes that only a local page or tool may call: Host and Origin are checked first.
    package let isLocalOnly: Bool
    package let respond: @Sendable (HTTPRequest) async -> HTTPResponse

    package init(prefix: String, isLocalOnly: Bool, respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) {
        self.prefix = prefix
        self.isLocalOnly = isLocalOnly
        self.respond = respond
    }
}
