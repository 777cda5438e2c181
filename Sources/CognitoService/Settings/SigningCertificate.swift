import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import SimTime
import TokenCrypto

extension CognitoService {
    /// GetSigningCertificate.
    var certificateOperations: [Operation] {
        [
            acting("GetSigningCertificate") { [self] input in
                let pool = try directory.pool(input)
                let key = try await keys.keys(of: pool.id).access
                let created = CivilTime(pool.created)
                let stamp = { (year: Int) in
                    padded(year % 100) + padded(created.month) + padded(min(created.day, 28)) + padded(created.hour)
                        + padded(created.minute) + padded(created.second) + "Z"
                }
                let (begins, ends) = (stamp(created.year), stamp(created.year + 10))
                let serial = Array(Digesting.sha256(pool.id.utf8).prefix(8))
                // AWS: doc — the certificate is for SAML requests that are signed, and good for ten years.
                let bytes = try await offLoop {
                    try SelfSignedCertificate.make(
                        name: pool.id, serial: serial, notBefore: begins, notAfter: ends, key: key)
                }
                return ["Certificate": .string(Base64.encode(bytes))]
            }
        ]
    }
}
