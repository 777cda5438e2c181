import Crypto

/// The public key of a passkey, as COSE carries it (RFC 9052): ES256, or RS256.
package struct PasskeyKey: Sendable {
    private enum Key: Sendable {
        case es256(P256.Signing.PublicKey)
        case rs256(PublicSigningKey)
    }

    private let key: Key
    /// The COSE key as it was registered.
    package let coseBytes: [UInt8]

    /// Nil for a key that is broken, or of another algorithm.
    package init?(cose: [UInt8]) {
        guard case .map(let members)? = SmallCBOR.parse(cose) else { return nil }
        coseBytes = cose
        switch (members[.integer(1)], members[.integer(3)]) {
        case (.integer(2)?, .integer(-7)?):
            guard members[.integer(-1)] == .integer(1), case .bytes(let x)? = members[.integer(-2)],
                  case .bytes(let y)? = members[.integer(-3)], x.count == 32, y.count == 32,
                  let point = try? P256.Signing.PublicKey(x963Representation: [4] + x + y) else { return nil }
            key = .es256(point)
        case (.integer(3)?, .integer(-257)?):
            guard case .bytes(let n)? = members[.integer(-1)], case .bytes(let e)? = members[.integer(-2)],
                  let rsa = PublicSigningKey(modulus: n, exponent: e) else { return nil }
            key = .rs256(rsa)
        default: return nil
        }
    }

    /// Whether the passkey signed the message. An ES256 signature is in DER, as WebAuthn has it.
    package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch key {
        case .es256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .rs256(let key): return key.isValid(signature, of: message, .rs256)
        }
    }
}

/// What an authenticator registers: the attestation object of WebAuthn.
package struct Attestation: Sendable {
    package let format: String
    package let authenticatorData: AuthenticatorData
    private let statement: [SmallCBOR: SmallCBOR]

    /// Nil for bytes that are no attestation object with a credential in it.
    package init?(_ bytes: [UInt8]) {
        guard case .map(let members)? = SmallCBOR.parse(bytes), case .text(let format)? = members[.text("fmt")],
              case .bytes(let data)? = members[.text("authData")], case .map(let statement)? = members[.text("attStmt")],
              let parsed = AuthenticatorData(data), parsed.credential != nil else { return nil }
        self.format = format
        self.statement = statement
        authenticatorData = parsed
    }

    /// Whether this server can vouch for the attestation: there is none, or the passkey itself made it.
    /// Certificates of makers are not looked at.
    package func isAcceptable(clientDataHash: [UInt8]) -> Bool {
        switch format {
        case "none": return statement.isEmpty
        case "packed":
            guard case .bytes(let signature)? = statement[.text("sig")], statement[.text("x5c")] == nil,
                  let cose = authenticatorData.credential?.publicKey, let key = PasskeyKey(cose: cose) else { return false }
            return key.isValid(signature, of: authenticatorData.bytes + clientDataHash)
        default: return false
        }
    }
}

/// What an authenticator says of itself (WebAuthn §6.1).
package struct AuthenticatorData: Sendable {
    package struct Credential: Sendable {
        package let id: [UInt8]
        /// In COSE.
        package let publicKey: [UInt8]
    }

    package let bytes: [UInt8]
    /// The SHA-256 of the relying party's id.
    package let relyingPartyHash: [UInt8]
    package let isUserPresent: Bool
    package let isUserVerified: Bool
    package let signCount: UInt32
    /// Set at registration.
    package let credential: Credential?

    /// Nil for bytes that are no authenticator data.
    package init?(_ bytes: [UInt8]) {
        guard (37...(64 << 10)).contains(bytes.count) else { return nil }
        self.bytes = bytes
        relyingPartyHash = Array(bytes[0..<32])
        let flags = bytes[32]
        isUserPresent = flags & 0x01 != 0
        isUserVerified = flags & 0x04 != 0
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        guard flags & 0x40 != 0 else {
            credential = nil
            return
        }
        guard bytes.count >= 55 else { return nil }
        let length = Int(bytes[53]) << 8 | Int(bytes[54])
        guard (1...1023).contains(length), bytes.count > 55 + length else { return nil }
        let rest = Array(bytes[(55 + length)...])
        guard let keyLength = SmallCBOR.lengthOfFirstItem(rest) else { return nil }
        credential = Credential(id: Array(bytes[55..<(55 + length)]), publicKey: Array(rest[..<keyLength]))
    }
}

/// CBOR (RFC 8949) as authenticators write it: definite lengths, integer and text keys, no floats.
enum SmallCBOR: Hashable, Sendable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case list([SmallCBOR])
    case map([SmallCBOR: SmallCBOR])
    case flag(Bool)
    case null

    private static let nestingMax = 8

    /// One value that fills `bytes`; nil for anything else.
    static func parse(_ bytes: [UInt8]) -> SmallCBOR? {
        var index = 0
        guard let value = read(bytes, &index, 0), index == bytes.count else { return nil }
        return value
    }

    /// How many bytes the first value takes; nil when there is none.
    static func lengthOfFirstItem(_ bytes: [UInt8]) -> Int? {
        var index = 0
        return read(bytes, &index, 0) == nil ? nil : index
    }

    private static func read(_ bytes: [UInt8], _ index: inout Int, _ depth: Int) -> SmallCBOR? {
        guard depth < nestingMax, index < bytes.count else { return nil }
        let head = bytes[index]
        index += 1
        guard let argument = argument(head & 0x1f, bytes, &index) else { return nil }
        switch head >> 5 {
        case 0: return Int64(exactly: argument).map(SmallCBOR.integer)
        case 1: return Int64(exactly: argument).map { .integer(-1 - $0) }
        case 2: return run(argument, bytes, &index).map { .bytes(Array($0)) }
        case 3: return run(argument, bytes, &index).flatMap { String(validating: $0, as: UTF8.self) }.map { .text($0) }
        case 4:
            guard argument <= UInt64(bytes.count - index) else { return nil }
            var items: [SmallCBOR] = []
            for _ in 0..<argument {
                guard let item = read(bytes, &index, depth + 1) else { return nil }
                items.append(item)
            }
            return .list(items)
        case 5:
            guard argument <= UInt64(bytes.count - index) else { return nil }
            var members: [SmallCBOR: SmallCBOR] = [:]
            for _ in 0..<argument {
                guard let key = read(bytes, &index, depth + 1), let value = read(bytes, &index, depth + 1),
                      members.updateValue(value, forKey: key) == nil else { return nil }
            }
            return .map(members)
        case 7:
            switch head & 0x1f {
            case 20: return .flag(false)
            case 21: return .flag(true)
            case 22: return .null
            default: return nil
            }
        default: return nil
        }
    }

    private static func argument(_ info: UInt8, _ bytes: [UInt8], _ index: inout Int) -> UInt64? {
        switch info {
        case 0...23: return UInt64(info)
        case 24...27: return run(UInt64(1) << UInt64(info - 24), bytes, &index)?.reduce(0) { $0 << 8 | UInt64($1) }
        default: return nil
        }
    }

    private static func run(_ length: UInt64, _ bytes: [UInt8], _ index: inout Int) -> ArraySlice<UInt8>? {
        guard length <= UInt64(bytes.count - index) else { return nil }
        defer { index += Int(length) }
        return bytes[index..<(index + Int(length))]
    }
}
