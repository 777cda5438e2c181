import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import Timeline
import TokenCrypto

extension CognitoService {
    /// The public keys and the discovery document of each pool, and the inbox.
    var discoveryRoutes: [PlainRoute] {
        [
            PlainRoute(prefix: "/_coldframe/cognito/", isLocalOnly: true) { [self] request in
                request.rawPath == "/_coldframe/cognito/imports"
                    ? importLogs(request) : inbox.respond(to: request, shift: timeline.clockShift)
            },
            // AWS: doc — the keys of identity pools' own tokens, at the path of cognito-identity.amazonaws.com.
            PlainRoute(prefix: "/.well-known/jwks_uri", isLocalOnly: false) { [keys] _ in
                guard let own = try? await keys.keys(of: KeyRing.identityPools) else { return .json(500, [:]) }
                return .json(200, ["keys": [own.access.jwk(.rs512)]])
            },
            PlainRoute(where: { Self.poolID(ofDiscovery: $0.rawPath) != nil }) { [self] in await discover($0) },
        ]
    }

    /// The pool of `/us-east-1_AbCdEfGhI/.well-known/…`.
    private static func poolID(ofDiscovery path: Substring) -> String? {
        // Asked for every request that no prefix decides: nearly all of them end here.
        guard path.ends(with: "/jwks.json") || path.ends(with: "/openid-configuration") else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, parts[2] == ".well-known",
              parts[3] == "jwks.json" || parts[3] == "openid-configuration" else { return nil }
        let halves = parts[1].split(separator: "_", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
        return String(parts[1])
    }

    private func discover(_ request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .json(405, ["message": "Method Not Allowed"]) }
        let id = Self.poolID(ofDiscovery: request.rawPath) ?? ""
        guard let pool = try? directory.pool(id), let keys = try? await keys.keys(of: id) else {
            // AWS: inferred — spec/cognito.md §D11.
            return .json(404, ["message": .string("User pool \(id) does not exist.")])
        }
        if request.rawPath.hasSuffix("/jwks.json") { return .json(200, ["keys": keys.jwks]) }
        return .json(200, configuration(of: pool, request))
    }

    // AWS: doc, partly inferred — spec/cognito.md §D11.
    private func configuration(of pool: Pool, _ request: HTTPRequest) -> AWSValue {
        // The endpoints are given by the address the client has reached us at: it can reach them there too.
        let base = "http://" + (request.headers["Host"] ?? "localhost")
        let hosted = pool.domain.map { _ in base } ?? base
        return [
            "authorization_endpoint": .string("\(hosted)/oauth2/authorize"),
            "end_session_endpoint": .string("\(hosted)/logout"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": .string(issuer(of: pool)),
            "jwks_uri": .string("\(base)/\(pool.id)/.well-known/jwks.json"),
            "response_types_supported": ["code", "token"],
            "revocation_endpoint": .string("\(hosted)/oauth2/revoke"),
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint": .string("\(hosted)/oauth2/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": .string("\(hosted)/oauth2/userInfo"),
        ]
    }
}
