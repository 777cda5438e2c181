/// An image as a client names it: `HOST/repository[:tag][@digest]`.
package struct ImageReference: Hashable, Sendable {
    package var host: RegistryHost
    /// The host as written, with its port.
    package var authority: String
    package var repository: RepositoryName
    package var tag: ImageTag?
    package var digest: ImageDigest?

    /// Nil for a reference without a host this emulator stands for, or with an ill-formed part.
    package init?(_ text: some StringProtocol) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), Self.isHost(text[..<slash]),
              let host = RegistryHost(text[..<slash]) else { return nil }
        self.host = host
        authority = String(text[..<slash])
        var rest = String(text[text.utf8.index(after: slash)...])[...]
        if let at = rest.utf8.firstIndex(of: UInt8(ascii: "@")) {
            guard let digest = ImageDigest(rest[rest.utf8.index(after: at)...]) else { return nil }
            self.digest = digest
            rest = rest[..<at]
        }
        if let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")) {
            guard let tag = ImageTag(rest[rest.utf8.index(after: colon)...]) else { return nil }
            self.tag = tag
            rest = rest[..<colon]
        }
        guard let repository = RepositoryName(rest) else { return nil }
        self.repository = repository
    }

    /// Whether the first part of a reference is a host: docker reads `team/churn` as a name on Docker Hub.
    private static func isHost(_ text: some StringProtocol) -> Bool {
        text == "localhost" || text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    }

    /// The tag that counts when neither tag nor digest is written is `latest`.
    package var effectiveTag: ImageTag? { digest == nil ? tag ?? ImageTag("latest") : tag }

    /// The reference without tag and digest.
    package var repositoryURI: String { "\(authority)/\(repository)" }
}
