import Synchronization
import TokenCrypto
import Vocabulary

/// Draws ids, secrets, codes and tokens, from chance that a test can replace by a seeded source.
final class CognitoMint: Sendable {
    private static let lowerAlphanumeric = Array("0123456789abcdefghijklmnopqrstuvwxyz")
    static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    private let random: Mutex<any RandomNumberGenerator & Sendable>

    init(random: any RandomNumberGenerator & Sendable) { self.random = Mutex(random) }

    // AWS: doc — spec/cognito.md §D2.
    func poolID(_ region: RegionName) -> String { "\(region)_" + text(9, Self.alphanumeric) }
    func clientID() -> String { text(26, Self.lowerAlphanumeric) }
    func clientSecret() -> String { text(51, Self.lowerAlphanumeric) }

    /// A version 4 UUID.
    func uuid() -> String {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = Array(HexText.encode(bytes).utf8)
        let groups = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
        return String(decoding: Array(groups.joined(separator: [0x2d])), as: UTF8.self)
    }

    func code() -> String {
        let number = random.withLock { UInt32.random(in: 0..<1_000_000, using: &$0) }
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Opaque; begins as AWS's do.
    func session() -> String { "AYABe" + Base64URL.encode(bytes(96)) }

    /// Looks like the encrypted token AWS gives out, and is random throughout.
    // AWS: inferred — spec/cognito.md §D11.
    func refreshToken() -> String {
        let header = Base64URL.encode(Array(#"{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}"#.utf8))
        return ([header] + [256, 12, 512, 16].map { Base64URL.encode(bytes($0)) }).joined(separator: ".")
    }

    func bytes(_ count: Int) -> [UInt8] {
        random.withLock { random in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count)
            while bytes.count < count {
                var word = random.next()
                for _ in 0..<min(8, count - bytes.count) {
                    bytes.append(UInt8(truncatingIfNeeded: word))
                    word >>= 8
                }
            }
            return bytes
        }
    }

    func draw<T>(_ body: (inout any RandomNumberGenerator & Sendable) -> T) -> T where T: Sendable {
        random.withLock { body(&$0) }
    }

    func text(_ length: Int, _ alphabet: [Character]) -> String {
        random.withLock { random in
            String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
        }
    }
}
