package import PolicyRules
package import Vocabulary

/// Why a function gave no answer.
package enum FunctionFailure: Error, Sendable, Equatable {
    /// Nothing stands for a function of that ARN.
    case notFound
    case timedOut
    /// It ended with an error of its own: Lambda's `errorMessage`, or what the hook said.
    case failed(String)
}

/// Runs the functions that authorizers and integrations name. Joined by the composition root.
package protocol FunctionInvoker: Sendable {
    /// Hands an event's JSON to the function and answers its JSON.
    func invoke(_ arn: String, event: [UInt8], timeoutSeconds: Double) async throws(FunctionFailure) -> [UInt8]
}

/// What a user pool's token says, once a key of that pool is known to have signed it.
package struct VerifiedToken: Sendable, Equatable {
    package var poolID: String
    package var poolName: String
    package var poolRealm: Realm
    /// Nil in id tokens.
    package var clientID: String?
    package var clientName: String?
    /// The `username` of access tokens, `cognito:username` of id tokens.
    package var username: String
    /// `access` or `id`.
    package var use: String
    package var scopes: [String]
    package var isExpired: Bool
    /// The payload's JSON.
    package var claims: [UInt8]

    package init(
        poolID: String, poolName: String, poolRealm: Realm, clientID: String?, clientName: String?, username: String,
        use: String, scopes: [String], isExpired: Bool, claims: [UInt8]
    ) {
        self.poolID = poolID
        self.poolName = poolName
        self.poolRealm = poolRealm
        self.clientID = clientID
        self.clientName = clientName
        self.username = username
        self.use = use
        self.scopes = scopes
        self.isExpired = isExpired
        self.claims = claims
    }
}

/// Checks tokens of the emulated user pools. Joined by the composition root.
package protocol TokenVerifier: Sendable {
    /// Nil for anything that no emulated pool has signed. Throws for breakdowns only.
    func verified(_ token: String) async throws -> VerifiedToken?
}

/// Makes presigned links to Studio. Joined by the composition root.
package protocol LinkMaker: Sendable {
    /// Calls CreatePresignedDomainUrl as `role`, or as root, and answers the URL. Throws `AWSFault` when it is refused.
    /// - Parameter domain: an id or a name; nil means the account's only domain.
    func link(
        domain: String?, profile: String, role: String?, realm: Realm, network: NetworkPath, requestID: String
    ) async throws -> String
}

/// The private API of `coldframe.yaml`, and what the built-in functions work with.
package struct PrivateAPISettings: Sendable, Equatable {
    /// Ten small letters and digits.
    package var id = "privateapi"
    package var stage = "dev"
    package var realm = Realm(account: .fallback, region: .fallback)
    /// Endpoints that may be used; none means that the API has no condition on them.
    package var vpcEndpoints: [String] = []
    /// A pool's id or name; nil believes every emulated pool.
    package var userPool: String?
    /// A client's id or name; nil believes every client of the pool.
    package var userPoolClient: String?
    /// A domain's id or name; nil means the only one.
    package var domain: String?
    /// The name of the role that makes links; nil makes them as root.
    package var role: String?
    /// The named network the presigning function runs in; nil is the caller's.
    package var functionNetwork: String?
    /// Whether the answer is a redirect to the link, as an earlier revision of the sample did.
    package var isRedirecting = false
    /// Functions, by ARN or name, that are the built-in ones.
    package var builtInFunctions: [String: BuiltInFunction] = [:]

    package init() {}
}

/// The functions of the published sample, which need no hook.
package enum BuiltInFunction: String, Sendable, CaseIterable {
    /// The request authorizer: believes access tokens and lets a user call their own path only.
    case jwtAuthorizer = "jwt-authorizer"
    /// The integration: answers a presigned link for the profile that the path names.
    case presignedURL = "presigned-url"

    /// The name by which a template's function is the built-in one without any setting.
    package var functionName: String { "coldframe-" + rawValue }
}

/// The function behind `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
struct FunctionARN: Sendable, Equatable {
    let arn: String

    init?(uri: String) {
        guard uri.hasPrefix("arn:"), uri.hasSuffix("/invocations"), let start = uri.firstRange(of: "/functions/")
        else { return nil }
        let arn = String(uri[start.upperBound...].dropLast("/invocations".count))
        guard arn.hasPrefix("arn:"), arn.contains(":function:") else { return nil }
        self.arn = arn
    }

    /// Without a version or alias.
    var name: String {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 6 ? String(parts[6]) : ""
    }
}
