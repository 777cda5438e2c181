import ECRService
import Foundation
package import Outbound

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

    /// Where upstream registries of pull-through rules really are, by the name that rules give, e.g. `docker.io`.
    package var upstreams: [String: UpstreamSetting]?

    package init(addressing: String? = nil, faithful: Bool? = nil, images: String? = nil, scanRules: String? = nil,
        upstreams: [String: UpstreamSetting]? = nil
    ) {
        self.addressing = addressing
        self.faithful = faithful
        self.images = images
        self.scanRules = scanRules
        self.upstreams = upstreams
    }

    static let keys: Set<String> = ["addressing", "faithful", "images", "scanRules", "upstreams"]
}

/// An upstream registry: its address, or a mapping of `url`, `username` and `password`.
package struct UpstreamSetting: Codable, Sendable {
    package var url: HTTPURL
    package var username: String?
    package var password: String?

    package init(url: HTTPURL, username: String? = nil, password: String? = nil) {
        self.url = url
        self.username = username
        self.password = password
    }

    private enum Key: String, CodingKey, CaseIterable { case url, username, password }

    static var keys: Set<String> { Set(Key.allCases.map(\.rawValue)) }

    package init(from decoder: any Decoder) throws {
        let plain = try decoder.singleValueContainer()
        if let text = try? plain.decode(String.self) {
            // Not in the decoder's words, which would show what somebody wrote for a password.
            guard let url = HTTPURL(text) else { throw Self.noAddress(plain.codingPath) }
            self.init(url: url)
            return
        }
        let container = try decoder.container(keyedBy: Key.self)
        guard let url = HTTPURL(try container.decode(String.self, forKey: .url)) else {
            throw Self.noAddress(container.codingPath + [Key.url])
        }
        self.init(
            url: url,
            username: try container.decodeIfPresent(String.self, forKey: .username),
            password: try container.decodeIfPresent(String.self, forKey: .password))
    }

    private static func noAddress(_ place: [any CodingKey]) -> DecodingError {
        .dataCorrupted(.init(codingPath: place, debugDescription: """
            it must be an address like http://localhost:5000, or a mapping of url, username and password.
            """))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(url, forKey: .url)
        try container.encodeIfPresent(username, forKey: .username)
        try container.encodeIfPresent(password, forKey: .password)
    }

    fileprivate var address: UpstreamAddress {
        UpstreamAddress(url: url, login: username.map { .init(username: $0, password: password ?? "") })
    }
}

extension ECRSettings {
    /// Changes what the layer names. Throws `SettingsProblem` for a value out of bounds.
    mutating func apply(_ layer: RegistryLayer) throws {
        if let addressing = layer.addressing { self.addressing = try Self.choice(addressing, "addressing") }
        if let faithful = layer.faithful { isFaithful = faithful }
        if let images = layer.images { self.images = try Self.choice(images, "images") }
        if let path = layer.scanRules {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                  FileManager.default.isReadableFile(atPath: path) else {
                throw SettingsProblem("ecr.scanRules is \(path), which is no file that can be read.")
            }
            scanRulesPath = path
        }
        if let upstreams = layer.upstreams { self.upstreams = upstreams.mapValues(\.address) }
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
