import Testing
import TokenCrypto

private func number(_ text: String) throws -> [UInt8] { try #require(HexText.decode(text)) }

struct MontgomeryTests {
    @Test(arguments: [
        [], [0], [1], [0xff], [UInt8](repeating: 0xff, count: 32), [UInt8](repeating: 0, count: 32), [0x10, 0], [UInt8](0..<32),
        [UInt8](1...33),
    ] as [[UInt8]]) func `a table's powers are the base's own`(_ exponent: [UInt8]) {
        let prime = SRPGroup.prime
        let table = prime.table(of: SRPGroup.generator, exponentBytesMax: 32)
        #expect(prime.power(table, exponent) == prime.power(SRPGroup.generator, exponent))
    }

    private static let prime = MontgomeryModulus(bigEndian: HexText.decode(srpPrimeText) ?? [])

    @Test(arguments: PowerVector.all) func `powers agree with Python's`(_ vector: PowerVector) throws {
        let base = Self.prime.residue(bigEndian: try number(vector.base))
        let power = Self.prime.bytes(Self.prime.power(base, try number(vector.exponent)))
        #expect(HexText.encode(Digesting.sha256(power)) == vector.digest)
    }

    @Test func `the exchange of RFC 5054 comes out`() throws {
        let group = MontgomeryModulus(bigEndian: try number(RFC5054.prime))
        let residue = { (text: String) in group.residue(bigEndian: try number(text)) }
        let generator = group.residue(bigEndian: [2])
        let verifier = group.power(generator, try number(RFC5054.x))
        #expect(HexText.encode(group.bytes(verifier)) == RFC5054.verifier)
        let clientPublic = group.power(generator, try number(RFC5054.a))
        #expect(HexText.encode(group.bytes(clientPublic)) == RFC5054.clientPublic)
        let serverPublic = group.sum(
            group.product(try residue(RFC5054.k), verifier), group.power(generator, try number(RFC5054.b)))
        #expect(HexText.encode(group.bytes(serverPublic)) == RFC5054.serverPublic)
        let base = group.product(clientPublic, group.power(verifier, try number(RFC5054.u)))
        #expect(HexText.encode(group.bytes(group.power(base, try number(RFC5054.b)))) == RFC5054.premaster)
    }

    @Test func `the modulus itself and its multiples are zero`() throws {
        let prime = try number(srpPrimeText)
        #expect(Self.prime.residue(bigEndian: prime).isZero)
        #expect(Self.prime.residue(bigEndian: []).isZero)
        #expect(Self.prime.residue(bigEndian: prime + [0, 0]).isZero)
        #expect(!Self.prime.residue(bigEndian: [1]).isZero)
        #expect(!Self.prime.residue(bigEndian: prime + [1]).isZero)
    }
}
