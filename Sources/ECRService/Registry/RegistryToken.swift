import AWSProtocols
import Crypto
import Foundation
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// The key that tokens and download links are signed with: made at first use, gone with a reset.
final class TokenSecret: Sendable {
    private struct Record: Codable { var key: [UInt8] }

    private static let key = DocumentCollection(.shared, service: "ecr", type: "secret").key("tokens")
    private let store: Store
    private let timeline: Timeline

    init(store: Store, timeline: Timeline) {
        self.store = store
        self.timeline = timeline
    }

    /// The key, made when there is none.
    func take() async throws -> SymmetricKey {
        if let key = try find() { return key }
        let bytes = try await timeline.turn { turn in
            if let record = try turn.transaction.document(Self.key, as: Record.self) { return record.key }
            let fresh = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
            try turn.transaction.put(Self.key, Record(key: fresh))
            return fresh
        }
        return SymmetricKey(data: bytes)
    }

    /// The key; nil while no token was ever made.
    func find() throws -> SymmetricKey? {
        try store.document(Self.key, as: Record.self).map { SymmetricKey(data: $0.key) }
    }
}

/// The password of a registry: who it stands for, where, and until when.
struct RegistryToken: Codable, Sendable, Equatable {
    var account: String
    var arn: String
    var userID: String
    /// The key that asked for the password: a session's own policies hang on it.
    var accessKeyID: String?
    var region: String
    /// Simulated time.
    var expires: SimInstant

    // AWS: doc — spec/ecr.md §E7.
    static let lifetime = SimDuration.hours(12)

    /// Real passwords are base64 of such an object and longer than a kilobyte, which some clients' buffers must survive.
    private struct Envelope: Codable {
        var payload: String
        var datakey: String
        var version = "2"
        var type = "DATA_KEY"
        var expiration: Int64
    }

    private static let payloadBytes = 1_024

    /// The password's text.
    func password(_ key: SymmetricKey) throws -> String {
        var payload = Array(try JSONEncoder().encode(self))
        payload += [UInt8](repeating: UInt8(ascii: " "), count: max(0, Self.payloadBytes - payload.count))
        let envelope = Envelope(
            payload: Base64.encode(payload), datakey: Self.signature(of: payload, key),
            expiration: expires.millisecondsSinceEpoch / 1000)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Base64.encode(Array(try encoder.encode(envelope)))
    }

    /// Reads a password that this server made; nil for any other.
    init?(password: String, _ key: SymmetricKey) {
        guard password.utf8.count <= 16_384, let outer = Base64.decode(password),
              let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(outer)),
              let payload = Base64.decode(envelope.payload), let mac = Base64.decode(envelope.datakey),
              HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: payload, using: key),
              let token = try? JSONDecoder().decode(RegistryToken.self, from: Data(payload)) else { return nil }
        self = token
    }

    init(_ caller: Caller, region: RegionName, expires: SimInstant) {
        account = caller.account.digits
        arn = caller.principalARN
        userID = caller.userID
        accessKeyID = caller.accessKeyID
        self.region = region.name
        self.expires = expires
    }

    static func signature(of bytes: [UInt8], _ key: SymmetricKey) -> String {
        Base64.encode(Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key)))
    }
}

/// A link to a layer's bytes that needs no login, as AWS's presigned links do not.
enum LayerLink {
    // AWS: doc — spec/ecr.md §E6: about an hour.
    static let lifetime = SimDuration.hours(1)
    /// Not a repository's name: those begin with a letter or digit.
    static let prefix = "/v2/_layers/"

    /// The path and query of a link that holds until `expires`, in simulated time.
    static func target(_ digest: String, expires: SimInstant, _ key: SymmetricKey) -> String {
        "\(prefix)\(digest)?expires=\(expires.millisecondsSinceEpoch)&signature=\(mac(digest, expires, key))"
    }

    static func isValid(_ digest: String, expires: SimInstant, signature: String, _ key: SymmetricKey) -> Bool {
        mac(digest, expires, key) == signature
    }

    private static func mac(_ digest: String, _ expires: SimInstant, _ key: SymmetricKey) -> String {
        let text = "layer\n\(digest)\n\(expires.millisecondsSinceEpoch)"
        return Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }
}
