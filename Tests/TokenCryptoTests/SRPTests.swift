import Testing
import TokenCrypto

let srpPrimeText = SRPGroup.primeText

private let identity = SRPIdentity(poolName: "ExAmPLe01", userID: "alice")
private let timestamp = "Tue Jan 2 03:04:05 UTC 2024"

private func bytes(_ text: String) -> [UInt8] { HexText.decode(text) ?? [] }
private func times8(_ text: String) -> [UInt8] { bytes(String(repeating: text, count: 8)) }

/// The client's half, from its own secret: what amazon-cognito-identity-js and pycognito compute.
private func clientSignature(
    a: [UInt8], serverPublic: [UInt8], salt: [UInt8], password: String, of identity: SRPIdentity, block: [UInt8]
) -> (clientPublic: [UInt8], signature: [UInt8]) {
    let prime = SRPGroup.prime
    let clientPublic = prime.bytes(prime.power(SRPGroup.generator, a))
    let u = Digesting.sha256(HexText.padded(clientPublic) + HexText.padded(serverPublic))
    let x = SRPVerifier.privateKey(password, identity, salt: salt)
    // S = (B − k·g^x)^(a + u·x) = (B − k·g^x)^a × ((B − k·g^x)^u)^x; −1 is N − 1.
    var minusOne = SRPGroup.primeBytes
    minusOne[minusOne.count - 1] &-= 1
    let negated = prime.product(
        prime.residue(bigEndian: minusOne), prime.product(SRPGroup.multiplier, prime.power(SRPGroup.generator, x)))
    let base = prime.sum(prime.residue(bigEndian: serverPublic), negated)
    let shared = prime.bytes(prime.product(prime.power(base, a), prime.power(prime.power(base, u), x)))
    let extracted = Digesting.hmacSHA256(key: HexText.padded(u), HexText.padded(shared))
    let key = Array(Digesting.hmacSHA256(key: extracted, Array("Caldera Derived Key".utf8) + [1]).prefix(16))
    let message = Array("\(identity.poolName)\(identity.userID)".utf8) + block + Array(timestamp.utf8)
    return (clientPublic, Digesting.hmacSHA256(key: key, message))
}

struct SRPTests {
    /// AWS: spec/cognito.md §D9, the vector.
    @Test func `the vector of the specification comes out`() throws {
        let salt = bytes("1f2e3d4c5b6a79880011223344556677")
        #expect(HexText.encode(Digesting.sha256(HexText.padded(SRPGroup.primeBytes) + [2]))
            == "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6")
        #expect(HexText.encode(SRPVerifier.privateKey("Passw0rd!", identity, salt: salt))
            == "24f554bb7a1eccc08395b52fee0cef3e547439f622f3f6f6d3fc8a2aa27ad1cb")
        let prime = SRPGroup.prime
        let clientPublic = prime.bytes(prime.power(SRPGroup.generator, times8("00112233445566778899aabbccddeeff")))
        let clientText = HexText.encode(HexText.minimal(clientPublic))
        #expect(clientText.hasPrefix("bb7bf4de5a7534afde69e399"))
        #expect(HexText.encode(Digesting.sha256(Array(clientText.utf8)))
            == "df51ec39cffaa8646de732b6e352355c323410e934adcf52faa8595ef1be8187")
        let verifier = SRPVerifier(password: "Passw0rd!", of: identity, salt: salt)
        #expect(verifier.salt == salt)
        let exchange = try SRPExchange(
            clientPublic: clientPublic, verifier: verifier, secret: times8("ffeeddccbbaa99887766554433221100"))
        #expect(exchange.serverPublicText.hasPrefix("6ec2b941c3873b7e473fc308"))
        #expect(HexText.encode(Digesting.sha256(Array(exchange.serverPublicText.utf8)))
            == "c168a72fd18434e166364511895ffb39fa445a3d3004dfe89e3d25e0f3bbb7f4")
        #expect(HexText.encode(exchange.scrambler) == "9afc4230c6fda4fdb65cba12b2f805069aaaf7c6ca3f48c920d724c001095951")
        #expect(HexText.encode(exchange.sessionKey(verifier)) == "f0eb4afbccecae598a9fc247cd124e29")
        let signature = exchange.signature(
            verifier, of: identity, secretBlock: Array("secret-block".utf8), timestamp: timestamp)
        #expect(Base64URL.encode(signature) == "JhHEt3QXVFcXY8TI4wkR46qgtYtrzNowNcXq6zXGT3c")
    }

    @Test(arguments: 0..<6) func `client and server agree, and on nothing else`(_ round: Int) throws {
        let salt = Digesting.sha256([UInt8(round), 1]).prefix(16)
        let (a, b) = (Digesting.sha256([UInt8(round), 2]), Digesting.sha256([UInt8(round), 3]))
        let verifier = SRPVerifier(password: "päss \(round)", of: identity, salt: Array(salt))
        #expect((0x10..<0x80).contains(verifier.salt[0]))
        let prime = SRPGroup.prime
        let clientPublic = prime.bytes(prime.power(SRPGroup.generator, a))
        let exchange = try SRPExchange(clientPublic: clientPublic, verifier: verifier, secret: b)
        let block: [UInt8] = [1, 2, 3]
        let expected = exchange.signature(verifier, of: identity, secretBlock: block, timestamp: timestamp)
        let right = clientSignature(
            a: a, serverPublic: exchange.serverPublic, salt: verifier.salt, password: "päss \(round)", of: identity, block: block)
        #expect(right.clientPublic == clientPublic && right.signature == expected)
        let wrong = clientSignature(
            a: a, serverPublic: exchange.serverPublic, salt: verifier.salt, password: "pass \(round)", of: identity, block: block)
        #expect(wrong.signature != expected)
    }

    @Test func `an A that is zero modulo N is refused`() throws {
        let verifier = SRPVerifier(password: "p", of: identity, salt: [UInt8](repeating: 7, count: 16))
        for degenerate in [[], [0], SRPGroup.primeBytes, SRPGroup.primeBytes + [0]] as [[UInt8]] {
            #expect(throws: SRPExchange.Refusal.degenerateClientPublic) {
                try SRPExchange(clientPublic: degenerate, verifier: verifier, secret: [9])
            }
        }
        #expect(throws: SRPExchange.Refusal.clientPublicTooLong) {
            try SRPExchange(clientPublic: [UInt8](repeating: 1, count: 1025), verifier: verifier, secret: [9])
        }
    }

    @Test func `a verifier matches its password only`() {
        let verifier = SRPVerifier(password: "Tr0ub4dor&3", of: identity, salt: [UInt8](repeating: 0xff, count: 16))
        #expect(verifier.matches("Tr0ub4dor&3", of: identity))
        #expect(!verifier.matches("tr0ub4dor&3", of: identity))
        #expect(!verifier.matches("Tr0ub4dor&3", of: SRPIdentity(poolName: "ExAmPLe01", userID: "bob")))
    }

    @Test(arguments: [
        ("f", [0x0f]), ("0F", [0x0f]), ("fff", [0x0f, 0xff]), ("00", [0]), ("", nil), ("0g", nil), ("é", nil),
    ] as [(String, [UInt8]?)]) func `hexadecimal text reads`(_ text: String, _ expected: [UInt8]?) {
        #expect(HexText.decode(text) == expected)
    }

    @Test(arguments: [
        ([0, 0], [0]), ([0, 0x7f], [0x7f]), ([0x80], [0, 0x80]), ([0, 0, 0xff, 1], [0, 0xff, 1]),
    ] as [([UInt8], [UInt8])]) func `numbers are padded before they are hashed`(_ number: [UInt8], _ padded: [UInt8]) {
        #expect(HexText.padded(number) == padded)
    }
}
