import Testing
import TokenCrypto

struct AssertionKeyTests {
    /// Made for this test alone, from a number nobody would draw.
    private static let body = """
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEjRWeJCrze8SNFZ4
        kKvN7xI0VniQq83vEjRWeJCrze+hRANCAARHHD51jEkEKFu6flMRjtD1JK3rB1fS
        W9L457DXbfpxTN1SD3rKiouResw39R3o8Mm7462Fg4LnAtwloS0J96hY
        """

    @Test(arguments: [
        "-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n", body, body.split(separator: "\n").joined(),
    ]) func `a key is read with and without its armour`(_ text: String) throws {
        let token = try #require(AssertionKey(text)).signed(payload: Array(#"{"iss":"TEAM"}"#.utf8), keyID: "K1")
        let parsed = try #require(CompactToken(token))
        #expect(String(decoding: parsed.header, as: UTF8.self) == #"{"kid":"K1","alg":"ES256"}"#)
        #expect(String(decoding: parsed.payload, as: UTF8.self) == #"{"iss":"TEAM"}"#)
        // 32 bytes for each half of the signature.
        #expect(token.split(separator: ".").last?.count == 86)
    }

    @Test(arguments: ["", "1EXAMPLE", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", String(body.dropLast(8))])
    func `what is no key is none`(_ text: String) { #expect(AssertionKey(text) == nil) }
}
