import StudioService

/// `studio:` of `coldframe.yaml`; nil leaves what is below.
package struct StudioLayer: Codable, Sendable {
    /// `aws` or `local`: how presigned links are spelled.
    package var links: String?
    /// Where a browser with an expired link is sent.
    package var signInURL: String?
    /// Service quotas by AWS's name.
    package var quotas: [String: Int]?
    /// Whether License Manager holds a licence of RStudio.
    package var rstudioLicense: Bool?
    /// Whether attaching and detaching custom images waits for running apps.
    package var strictCustomImages: Bool?

    package init(
        links: String? = nil, signInURL: String? = nil, quotas: [String: Int]? = nil, rstudioLicense: Bool? = nil,
        strictCustomImages: Bool? = nil
    ) {
        self.links = links
        self.signInURL = signInURL
        self.quotas = quotas
        self.rstudioLicense = rstudioLicense
        self.strictCustomImages = strictCustomImages
    }

    static let keys: Set<String> = ["links", "signInURL", "quotas", "rstudioLicense", "strictCustomImages"]
}

extension StudioSettings {
    /// Changes what the layer names. Throws `SettingsProblem` for a value out of bounds.
    mutating func apply(_ layer: StudioLayer) throws {
        if let text = layer.links {
            guard let form = LinkForm(rawValue: text) else {
                throw SettingsProblem("studio.links is \(text); it must be \"aws\" or \"local\".")
            }
            links = form
        }
        if let url = layer.signInURL {
            // It becomes a header: no control characters, and nothing but the web.
            guard url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw SettingsProblem("studio.signInURL is \(url); it must be an http or https address.")
            }
            signInURL = url
        }
        for (name, limit) in layer.quotas ?? [:] {
            guard limit >= 0 else { throw SettingsProblem("studio.quotas.\(name) is \(limit); it must not be negative.") }
            quotas[name] = limit
        }
        if let license = layer.rstudioLicense { hasRStudioLicense = license }
        if let strict = layer.strictCustomImages { isStrictAboutCustomImages = strict }
    }
}
