import ECRService

/// `ecr:` of `coldframe.yaml`, or its options of the command line; nil leaves what is below.
package struct RegistryLayer: Codable, Sendable {
    /// `aws` or `local`: how repositories are named to clients.
    package var addressing: String?
    /// Whether docker clients meet ECR's known defects too.
    package var faithful: Bool?
    /// `known`, `own` or `all`: which images of models must exist here.
    package var images: String?
    /// The JSON file of what scans find.
    package var scanRules: String?

    package init(addressing: String? = nil, faithful: Bool? = nil, images: String? = nil, scanRules: String? = nil) {
        self.addressing = addressing
        self.faithful = faithful
        self.images = images
        self.scanRules = scanRules
    }

    static let keys: Set<String> = ["addressing", "faithful", "images", "scanRules"]
}

extension ECRSettings {
    /// Changes what the layer names. Throws `SettingsProblem` for a value out of bounds.
    mutating func apply(_ layer: RegistryLayer) throws {
        if let addressing = layer.addressing { self.addressing = try Self.choice(addressing, "addressing") }
        if let faithful = layer.faithful { isFaithful = faithful }
        if let images = layer.images { self.images = try Self.choice(images, "images") }
        if let path = layer.scanRules { scanRulesPath = path }
    }

    private static func choice<T: RawRepresentable & CaseIterable>(_ text: String, _ name: String) throws -> T
    where T.RawValue == String {
        guard let known = T(rawValue: text) else {
            let all = T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw SettingsProblem("ecr.\(name) is \(text); it must be one of \(all).")
        }
        return known
    }
}
