/// An X.509 certificate of a key by itself: what a partner is given who has to verify signatures of ours.
package enum SelfSignedCertificate {
    /// The certificate in DER (RFC 5280, version 1), with one common name for subject and issuer.
    /// - Parameters:
    ///   - notBefore, notAfter: `YYMMDDHHMMSSZ`.
    package static func make(name: String, serial: [UInt8], notBefore: String, notAfter: String, key: SigningKey) throws -> [UInt8] {
        let algorithm = sequence(sha256WithRSA + [0x05, 0x00])
        let subject = sequence(element(0x31, sequence(commonName + element(0x0c, Array(name.utf8)))))
        let validity = sequence(element(0x17, Array(notBefore.utf8)) + element(0x17, Array(notAfter.utf8)))
        let number = element(0x02, [0x01] + serial)
        let content = sequence(number + algorithm + subject + validity + subject + key.publicDERRepresentation)
        let signature = try key.signature(of: content)
        return sequence(content + algorithm + element(0x03, [0x00] + signature))
    }

    /// 1.2.840.113549.1.1.11
    private static let sha256WithRSA: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]
    /// 2.5.4.3
    private static let commonName: [UInt8] = [0x06, 0x03, 0x55, 0x04, 0x03]

    private static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        switch count {
        case ..<0x80: return [tag, UInt8(count)] + content
        case ..<0x100: return [tag, 0x81, UInt8(count)] + content
        default: return [tag, 0x82, UInt8(count >> 8 & 0xff), UInt8(count & 0xff)] + content
        }
    }
}
