import Crypto

/// The six-digit codes of an authenticator app (RFC 6238: SHA-1, 30 seconds).
package enum TimeBasedCode {
    private static let stepSeconds: Int64 = 30

    /// The code of a secret at a time, in seconds since 1970.
    package static func code(secret: [UInt8], secondsSinceEpoch seconds: Int64) -> String {
        code(secret: secret, step: step(seconds))
    }

    /// The step whose code was given, among the present one and its two neighbours; nil when none is it.
    /// A caller that remembers the step refuses the same code a second time.
    // AWS: doc — spec/cognito.md §D10: one step either way.
    package static func matchingStep(of given: String, secret: [UInt8], secondsSinceEpoch seconds: Int64) -> Int64? {
        let present = step(seconds)
        var found: Int64?
        for candidate in [present - 1, present, present + 1] where Digesting.areEqual(given, code(secret: secret, step: candidate)) {
            found = candidate
        }
        return found
    }

    private static func step(_ seconds: Int64) -> Int64 { max(0, seconds / stepSeconds) }

    private static func code(secret: [UInt8], step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let hash = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(hash[19] & 15)
        let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The secret as a person types it into an app: base32 without padding (RFC 4648 §6).
    package static func base32(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits)) & 31])
            }
            buffer &= (1 << UInt32(bits)) - 1
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits)) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
