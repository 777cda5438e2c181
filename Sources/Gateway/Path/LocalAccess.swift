package import HTTPServer

/// Who may use the control API and the console: programs on this machine or its private network, and pages the server
/// itself has served — not a web site that a browser on this machine happens to visit.
package struct LocalAccess: Sendable {
    /// Names allowed besides local ones, e.g. of a reverse proxy; lower case.
    private let extraHosts: Set<String>

    package init(extraHosts: [String] = []) { self.extraHosts = Set(extraHosts.map { $0.lowercased() }) }

    /// Why the request is refused; nil when it may pass.
    package func refusal(of headers: HTTPHeaders) -> String? {
        guard let host = headers["Host"], isLocal(Self.hostName(host)) else {
            return "The Host header does not name this machine. Use localhost, an IP address, or a name given with --allow-host."
        }
        if let origin = headers["Origin"] {
            guard let authority = Self.authority(ofOrigin: origin), equalIgnoringCase(authority, host) else {
                return "The Origin header names another site."
            }
        }
        if let site = headers["Sec-Fetch-Site"], site == "cross-site" { return "The request comes from another site." }
        return nil
    }

    /// IP literals cannot be rebound by DNS, and names without a dot are not public ones.
    private func isLocal(_ name: String) -> Bool {
        if name.isEmpty { return false }
        if extraHosts.contains(name) || name == "localhost" || name.hasSuffix(".localhost") { return true }
        if name.hasPrefix("[") { return true }
        let isAddress = name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
        return isAddress || !name.utf8.contains(0x2e)
    }

    /// The name of a Host header, without the port, in lower case; IPv6 literals keep their brackets.
    package static func hostName(_ host: String) -> String {
        let lower = host.lowercased()
        if lower.utf8.first == UInt8(ascii: "["), let end = lower.utf8.firstIndex(of: UInt8(ascii: "]")) {
            return String(lower[...end])
        }
        return lower.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(lower[..<$0]) } ?? lower
    }

    private static func authority(ofOrigin origin: String) -> String? {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            return String(origin.dropFirst(scheme.count))
        }
        return nil
    }
}
