/// Where a server answers: `http://host:port`.
package struct ServerURL: Hashable, Sendable, CustomStringConvertible {
    /// A name or an IP address, without brackets.
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package static let fallback = ServerURL(host: "127.0.0.1", port: 4566)

    /// Reads `http://host[:port][/]`; nil for anything else. Without a port it is 80.
    package init?(_ text: some StringProtocol) {
        let scheme = "http://"
        guard text.prefix(scheme.count).lowercased() == scheme else { return nil }
        var authority = text.dropFirst(scheme.count)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        var portText: (any StringProtocol)?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { portText = rest.dropFirst() }
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { return nil }
            host = String(parts[0])
            if parts.count == 2 { portText = parts[1] }
        }
        guard !host.isEmpty else { return nil }
        guard let portText else {
            port = 80
            return
        }
        guard let number = UInt16(String(describing: portText)), number > 0 else { return nil }
        port = number
    }

    /// The value of a Host header.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package var description: String { "http://" + authority }

    /// Whether the host is this machine by its name.
    package var isLocal: Bool {
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name == "::1" || name.hasPrefix("127.")
    }

    /// What a command speaks to: the option, else `COLDFRAME_URL`, else `AWS_ENDPOINT_URL` when it is local (it may
    /// well name something else), else the default port. Throws `ServerURLProblem` for a value that is not a URL.
    package static func resolve(option: String?, environment: [String: String]) throws(ServerURLProblem) -> ServerURL {
        for (source, text) in [("--url", option), ("COLDFRAME_URL", environment["COLDFRAME_URL"])] {
            guard let text, !text.isEmpty else { continue }
            guard let url = ServerURL(text) else { throw ServerURLProblem(source: source, text: text) }
            return url
        }
        if let url = environment["AWS_ENDPOINT_URL"].flatMap({ ServerURL($0) }), url.isLocal { return url }
        return .fallback
    }
}

/// A URL that no server of ours can have.
package struct ServerURLProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package var source: String
    package var text: String

    package init(source: String, text: String) {
        self.source = source
        self.text = text
    }

    package var description: String { "\(source) is \(text); it must be like http://127.0.0.1:4566." }
}
