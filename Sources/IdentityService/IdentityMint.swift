import Synchronization

/// Draws the ids, secrets and tokens this service issues, from chance that a test can replace by a seeded source.
final class IdentityMint: Sendable {
    /// The kinds of id and their four-letter prefixes.
    /// AWS: recorded — spec/support-services.md §F2 and §F3.
    enum Kind: String {
        case role = "AROA"
        case user = "AIDA"
        case group = "AGPA"
        case managedPolicy = "ANPA"
        case longTermKey = "AKIA"
        case temporaryKey = "ASIA"

        /// Letters after the prefix: access keys have 20 characters in all, other ids 21.
        var suffixLength: Int {
            switch self {
            case .role, .user, .group, .managedPolicy: 17
            case .longTermKey, .temporaryKey: 16
            }
        }
    }

    private static let idAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    private static let secretAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    private static let secretLength = 40
    /// Real tokens are opaque and several hundred characters long; clients must not expect a fixed length.
    private static let tokenLength = 356

    private let random: Mutex<any RandomNumberGenerator & Sendable>

    init(random: any RandomNumberGenerator & Sendable) { self.random = Mutex(random) }

    func id(_ kind: Kind) -> String { kind.rawValue + draw(kind.suffixLength, from: Self.idAlphabet) }

    func secret() -> Secret { Secret(draw(Self.secretLength, from: Self.secretAlphabet)) }

    func sessionToken() -> Secret { Secret(draw(Self.tokenLength, from: Self.secretAlphabet)) }

    /// Both alphabets have a power of two of letters, so taking bits is unbiased.
    private func draw(_ length: Int, from alphabet: [Character]) -> String {
        random.withLock { random in
            String((0..<length).map { _ in alphabet[Int(random.next() >> 32) & (alphabet.count - 1)] })
        }
    }
}
