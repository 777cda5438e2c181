import Crypto
import CryptoExtras
import Foundation
import Testing
import TokenCrypto

private let key = Result { try SigningKey.generate() }
private let other = Result { try SigningKey.generate() }

struct TokenTests {
    @Test func `a token is signed by its key, and by no other`() throws {
        let text = try CompactToken.signed(payload: Array(#"{"sub":"1"}"#.utf8), by: try key.get())
        let token = try #require(CompactToken(text))
        #expect(String(decoding: token.payload, as: UTF8.self) == #"{"sub":"1"}"#)
        #expect(String(decoding: token.header, as: UTF8.self) == #"{"kid":"\#(try key.get().id)","alg":"RS256"}"#)
        #expect(token.isSigned(by: try key.get()))
        #expect(try !token.isSigned(by: other.get()))
    }

    /// Signatures of PKCS #1 v1.5 leave no choice: whoever computes them, the bytes are the same.
    @Test func `signatures are those of swift-crypto`() throws {
        let key = try key.get()
        let reference = try _RSA.Signing.PrivateKey(derRepresentation: key.derRepresentation)
        for count in [0, 1, 55, 1000] {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let rs256 = try reference.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
            let rs512 = try reference.signature(for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
            #expect(try key.signature(of: message) == Array(rs256.rawRepresentation))
            #expect(try key.signature(of: message, .rs512) == Array(rs512.rawRepresentation))
        }
    }

    @Test func `threads may sign with one key at once`() async throws {
        let key = try key.get()
        let expected = try key.signature(of: [1])
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { try (0..<20).map { _ in try key.signature(of: [1]) }.last ?? [] } }
            for try await signature in group { #expect(signature == expected) }
        }
    }

    @Test func `every altered character breaks a token`() throws {
        let signing = try key.get()
        let text = Array(try CompactToken.signed(payload: Array(#"{"sub":"1"}"#.utf8), by: signing).utf8)
        for index in stride(from: 0, to: text.count, by: 7) {
            var altered = text
            altered[index] = altered[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let token = CompactToken(String(decoding: altered, as: UTF8.self))
            #expect(token?.isSigned(by: signing) != true, "character \(index)")
        }
    }

    @Test(arguments: ["", "a", "a.b", "a.b.c.d", "e30.e30.=", "e30.e30.a", "é.e30.e30", "e30.e30.e3 0"])
    func `what is no token is none`(_ text: String) { #expect(CompactToken(text) == nil) }

    @Test func `a key comes back from what is kept of it`() throws {
        let key = try key.get()
        let again = try SigningKey(derRepresentation: key.derRepresentation)
        #expect(again.id == key.id && again.modulusText == key.modulusText)
        #expect(again.exponentText == "AQAB")
        #expect(key.id.utf8.count == 44 && key.id.hasSuffix("="))
        #expect(key.isValid(try again.signature(of: [1, 2]), of: [1, 2]))
        #expect(Base64URL.decode(key.modulusText)?.count == 256)
        #expect(throws: (any Error).self) { try SigningKey(derRepresentation: [1, 2, 3]) }
    }

    /// AWS: spec/cognito.md §D5, the vector.
    @Test func `the secret hash is the specification's`() {
        let hash = Digesting.secretHash(
            secret: "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmno", username: "alice", clientID: "1example23456789")
        #expect(Base64URL.encode(hash) == "sHLxcDS0_xWY5dBuPMf1G_IWYZ3l1mFVG91FJfAE3Zw")
    }

    /// RFC 6238, appendix B, in six digits.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ] as [(Int64, String)]) func `codes are those of RFC 6238`(_ seconds: Int64, _ code: String) {
        let secret = Array("12345678901234567890".utf8)
        #expect(TimeBasedCode.code(secret: secret, secondsSinceEpoch: seconds) == code)
        for shift in [-30, 0, 30] as [Int64] {
            #expect(TimeBasedCode.matchingStep(of: code, secret: secret, secondsSinceEpoch: seconds + shift) == seconds / 30)
        }
        for shift in [-60, 60] as [Int64] where seconds + shift >= 0 {
            #expect(TimeBasedCode.matchingStep(of: code, secret: secret, secondsSinceEpoch: seconds + shift) == nil)
        }
    }

    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI"),
    ]) func `base32 is RFC 4648's`(_ plain: String, _ text: String) {
        #expect(TimeBasedCode.base32(Array(plain.utf8)) == text)
    }

    @Test func `base64url has one text for each byte string`() throws {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        #expect(Base64URL.decode("AB") == nil)
        #expect(Base64URL.decode("AA==") == nil)
    }
}
