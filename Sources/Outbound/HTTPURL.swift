/// A plain-HTTP address with its path: `http://host[:port][/path][?query]`. TLS is not spoken.
package struct HTTPURL: Sendable, Hashable, Codable, CustomStringConvertible {
    package var server: ServerURL
    /// Path and query as they stand in a request line; begins with `/`.
    package var target: String

    package init(server: ServerURL, target: String) {
        self.server = server
        self.target = target
    }

    /// Reads an address; nil for another scheme, user information, a fragment, or bytes that no request line may hold.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.contains("#"), text.utf8.count <= 2048 else { return nil }
        let scheme = "http://"
        guard text.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let server = ServerURL(scheme + authority) else { return nil }
        let path = rest.dropFirst(authority.count)
        self.server = server
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// The address of `path` below this one; `path` may begin with `/` or not, and the query of this address is dropped.
    package func appending(_ path: String) -> HTTPURL {
        var base = target.prefix { $0 != "?" }
        while base.hasSuffix("/") { base = base.dropLast() }
        return HTTPURL(server: server, target: base + (path.hasPrefix("/") ? "" : "/") + path)
    }

    package var description: String { server.description + target }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let url = HTTPURL(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text) is not an address like http://127.0.0.1:9000/path.")
        }
        self = url
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
