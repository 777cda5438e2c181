import AWSModel
import AWSProtocols
import HTTPServer
import Outbound
import TokenCrypto

/// Why a provider cannot be used, in a sentence.
struct ProviderProblem: Error {
    let text: String
}

extension OutboundHTTP {
    private static let providerAnswerBytesMax = 1 << 20
    private static let providerSeconds = 10.0

    /// The JSON object that a provider answers with status 200.
    func json(
        _ method: String, _ text: String, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) async throws(ProviderProblem) -> AWSObject {
        guard let url = HTTPURL(text) else {
            throw ProviderProblem(text: "The provider's address \(text.prefix { $0 != "?" }) cannot be reached: only http:// can.")
        }
        let answer: HTTPAnswer
        do {
            answer = try await exchange(
                method, url, headers: headers, body: body, timeoutSeconds: Self.providerSeconds,
                answerBytesMax: Self.providerAnswerBytesMax)
        } catch {
            // The description names the address, and with it what may be a token.
            throw ProviderProblem(text: "The provider at \(url.server) cannot be reached.")
        }
        guard answer.status == 200, let object = (try? JSON.parse(answer.body))?.object else {
            throw ProviderProblem(text: "The provider answered with status \(answer.status).")
        }
        return object
    }
}

/// An issuer of OpenID Connect that is reached at an `http://` address.
struct TokenIssuer: Sendable {
    /// What its tokens may name as their issuer.
    let issuers: Set<String>
    let jwks: String

    /// An id token's claims, once a key of the issuer is known to have signed it, it is meant for the client, it is not
    /// too old by the clock that the client sees, and it has a subject. No algorithm but RS256 is looked at.
    func claims(
        of text: String, clientID: String?, now: Int64, _ http: OutboundHTTP
    ) async throws(TokenRefusal) -> AWSObject {
        guard let token = CompactToken(text), let header = try? JSON.parse(token.header), header["alg"]?.string == "RS256",
              let claims = (try? JSON.parse(token.payload))?.object else { throw .malformed }
        guard issuers.contains(claims["iss"]?.string ?? "") else { throw .otherIssuer }
        let published: AWSObject
        do { published = try await http.json("GET", jwks) } catch { throw .noKeys(error) }
        guard let key = published["keys"]?.list?.first(where: { $0["kid"] == header["kid"] && $0["kty"]?.string == "RSA" }),
              let modulus = key["n"]?.string.flatMap({ Base64URL.decode($0) }),
              let exponent = key["e"]?.string.flatMap({ Base64URL.decode($0) }),
              let verifier = PublicSigningKey(modulus: modulus, exponent: exponent), token.isSigned(by: verifier)
        else { throw .badSignature }
        let audience = claims["aud"]?.texts ?? [claims["aud"]?.string ?? ""]
        if let clientID, !audience.contains(clientID) { throw .otherAudience }
        guard let expires = claims["exp"]?.int else { throw .malformed }
        guard Int64(expires) > now else { throw .expired(at: Int64(expires)) }
        guard claims["sub"]?.string?.isEmpty == false else { throw .noSubject }
        return claims
    }

    /// Why a token is not believed.
    enum TokenRefusal: Error {
        case malformed, otherIssuer, badSignature, otherAudience, noSubject
        case expired(at: Int64)
        case noKeys(ProviderProblem)
    }
}
