import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import Logging
import PolicyRules
import SimTime
import Synchronization
import Vocabulary

/// What an authorizer said of a caller.
struct AuthorizerResult: Sendable {
    let principalID: String
    let policy: Policy
    /// Flat; every value a string.
    let context: AWSObject

    /// AWS: doc — spec/studio.md §C3: the policy's resources are at most 512 characters long.
    private static let resourceCharactersMax = 512

    init(principalID: String, policy: Policy, context: AWSObject = [:]) {
        self.principalID = principalID
        self.policy = policy
        self.context = context
    }

    /// Reads a function's answer: `{principalId, policyDocument, context?, usageIdentifierKey?}`. Nil when it is not so.
    init?(_ answer: [UInt8]) {
        guard let value = try? JSON.parse(answer), let principalID = value["principalId"]?.string,
              let document = value["policyDocument"], Self.areShort(document),
              let policy = try? Policy(PolicyValue(document), as: .identity) else { return nil }
        var context = AWSObject()
        for entry in value["context"]?.object?.entries ?? [] {
            switch entry.value {
            case .string(let text): context.append(entry.key, .string(text))
            case .boolean(let flag): context.append(entry.key, .string(flag ? "true" : "false"))
            case .integer(let number): context.append(entry.key, .string(String(number)))
            case .double(let number): context.append(entry.key, .string(String(number)))
            case .null: continue
            default: return nil
            }
        }
        self.init(principalID: principalID, policy: policy, context: context)
    }

    private static func areShort(_ document: AWSValue) -> Bool {
        let statements = document["Statement"]?.list ?? document["Statement"].map { [$0] } ?? []
        return statements.allSatisfy { statement in
            let named = statement["Resource"] ?? statement["NotResource"] ?? .null
            return (named.list ?? [named]).allSatisfy { ($0.string?.unicodeScalars.count ?? 0) <= resourceCharactersMax }
        }
    }
}

/// Authorizers' results, for as long in simulated time as each authorizer says.
/// AWS: doc — spec/studio.md §C3: a kept policy is evaluated anew against each method.
final class AuthorizerCache: Sendable {
    private struct Entry {
        let result: AuthorizerResult
        let until: SimInstant
    }

    private static let entriesMax = 10_000
    private let entries = Mutex<[String: Entry]>([:])

    func result(_ key: String, at now: SimInstant) -> AuthorizerResult? {
        entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            if now < entry.until { return entry.result }
            entries[key] = nil
            return nil
        }
    }

    func keep(_ result: AuthorizerResult, _ key: String, until: SimInstant) {
        entries.withLock { entries in
            if entries.count >= Self.entriesMax { entries = [:] }
            entries[key] = Entry(result: result, until: until)
        }
    }

    func removeAll() { entries.withLock { $0 = [:] } }

    func removeAll(of apiID: String) { entries.withLock { $0 = $0.filter { !$0.key.hasPrefix(apiID + " ") } } }
}

extension APIGatewayService {
    /// Asks the method's Lambda authorizer, or what it said before. Throws `APIAnswer`.
    func customResult(_ call: APICall) async throws -> AuthorizerResult {
        guard let authorizer = call.authorizer, let function = FunctionARN(uri: authorizer["authorizerUri"]?.string ?? "")
        else { throw APIAnswer.authorizerBroken }
        let seconds = authorizer["authorizerResultTtlInSeconds"]?.int ?? 300
        let sources = IdentitySource.parts(authorizer["identitySource"]?.string ?? "").compactMap(IdentitySource.init)
        var values: [String] = []
        for source in sources {
            guard let value = call.value(of: source), !value.isEmpty else { throw APIAnswer.unauthorized }
            values.append(value)
        }
        // AWS: doc — a token's result is kept for the API's stage, whatever the method.
        let key = ([call.api.id + " " + call.stage.name, authorizer["id"]?.string ?? "", call.deploymentID] + values)
            .joined(separator: "\u{0}")
        if seconds > 0, let kept = results.result(key, at: call.now) { return kept }
        let event: AWSObject = authorizer["type"] == "TOKEN"
            ? ["type": "TOKEN", "methodArn": .string(call.methodARN), "authorizationToken": .string(values.first ?? "")]
            : call.authorizerEvent
        let answer: [UInt8]
        do throws(FunctionFailure) {
            answer = try await functions.invoke(function, .authorizer, call, event: event, timeoutSeconds: 29)
        } catch {
            // AWS: doc — spec/studio.md §C2: only this very word is a refusal, all else is a broken authorizer.
            if case .failed("Unauthorized") = error { throw APIAnswer.unauthorized }
            logger.warning("an authorizer's function did not answer", metadata: [
                "function": "\(function.arn)", "error": "\(error)", "request": "\(call.ids.requestID)",
            ])
            throw APIAnswer.authorizerBroken
        }
        guard let result = AuthorizerResult(answer) else {
            logger.warning("an authorizer's answer is not principalId, policyDocument and a flat context", metadata: [
                "function": "\(function.arn)", "request": "\(call.ids.requestID)",
            ])
            throw APIAnswer.authorizerBroken
        }
        if seconds > 0, !values.isEmpty { results.keep(result, key, until: call.now + .seconds(Int64(seconds))) }
        return result
    }

    /// Checks the token of a user pool authorizer: an id token, or an access token with one of the method's scopes.
    /// AWS: doc — "Control access to REST APIs using Amazon Cognito user pools as an authorizer".
    func poolResult(_ call: APICall) async throws -> AuthorizerResult {
        guard let authorizer = call.authorizer else { throw APIAnswer.authorizerBroken }
        let source = IdentitySource(authorizer["identitySource"]?.string ?? "")
        guard let source, let text = call.value(of: source), !text.isEmpty else { throw APIAnswer.unauthorized }
        let token = text.hasPrefix("Bearer ") ? String(text.dropFirst(7)) : text
        guard let verified = try await verifier.verified(token) else { throw APIAnswer.unauthorized }
        let pools = (authorizer["providerARNs"]?.list ?? []).compactMap(\.string)
        guard pools.contains(where: { $0.hasSuffix("userpool/\(verified.poolID)") }) else { throw APIAnswer.unauthorized }
        if verified.isExpired { throw APIAnswer.expiredToken }
        let scopes = (call.method["authorizationScopes"]?.list ?? []).compactMap(\.string)
        let isGood = scopes.isEmpty ? verified.use == "id"
            : verified.use == "access" && scopes.contains(where: verified.scopes.contains)
        guard isGood else { throw APIAnswer.unauthorized }
        let claims = (try? JSON.parse(verified.claims)) ?? [:]
        return AuthorizerResult(principalID: verified.username, policy: .everything, context: ["claims": claims])
    }
}

extension APICall {
    var authorizer: AWSObject? {
        let id = method["authorizerId"]
        return snapshot.authorizers.first { $0["id"] == id }
    }

    func value(of source: IdentitySource) -> String? {
        switch source.place {
        case .header: request.headers[source.name]
        case .query: query[source.name]
        case .stageVariable: stage.variables[source.name]
        case .context:
            switch source.name {
            case "identity.sourceIp": sourceIP
            case "identity.userAgent": request.headers["User-Agent"]
            case "httpMethod": request.method
            case "path": "/\(stage.name)\(path)"
            case "stage": stage.name
            case "apiId": api.id
            case "accountId": api.realm.account.digits
            default: nil
            }
        }
    }
}
