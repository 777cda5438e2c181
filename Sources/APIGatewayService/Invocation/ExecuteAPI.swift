import AWSModel
import Gateway
import HTTPServer
import Logging
import PolicyRules
import SimTime
import Store
import Timeline
import Vocabulary

/// The path of a call of a deployed API, on one screen:
/// address → API and stage → route → resource policy → authorizer → both policies together → integration.
/// AWS: doc and recorded — spec/studio.md §C2.
extension APIGatewayService {
    private static let bodyBytesMax = 10 << 20
    private static let methodARNBytesMax = 1600
    private static let ids = RequestIDSource()

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let (now, shift) = timeline.reading
        let shown = shift.shown(now)
        let ids = APIRequestIDs(requestID: Self.ids.next(), epochSeconds: shown.millisecondsSinceEpoch / 1000)
        do {
            let call = try findCall(request, ids, now, shown)
            let policy = try call.snapshot.policy.map { try evaluable($0, call) }
            try refuseExplicitly(call, policy)
            let result = try await authorize(call, policy)
            return try await integrate(call, result)
        } catch let answer as APIAnswer {
            logger.debug("refused a call of an API", metadata: ["request": "\(ids.requestID)", "answer": "\(answer.body)"])
            return answer.response(ids)
        } catch {
            logger.error("failed to answer a call of an API", metadata: ["request": "\(ids.requestID)", "error": "\(error)"])
            return APIAnswer.internalError.response(ids)
        }
    }

    /// Throws `APIAnswer` for calls that reach no method.
    private func findCall(
        _ request: HTTPRequest, _ ids: APIRequestIDs, _ now: SimInstant, _ shown: SimInstant
    ) throws -> APICall {
        guard let address = APIAddress(request), let id = address.apiID, let api = try deployedAPI(id) else {
            throw APIAnswer.forbidden
        }
        let network: NetworkPath
        do { network = try networks.path(of: request, to: VPCDestination.executeAPI) } catch { throw APIAnswer.forbidden }
        try checkReach(api, address, network)
        let raw = request.rawPath
        let stageName = raw.split(separator: "/", maxSplits: 1).first ?? ""
        guard let stage = api.stages.first(where: { $0.name == stageName }),
              let deployment = api.deployments.first(where: { $0.id == stage.deploymentID })
        else { throw APIAnswer.forbidden }
        let rest = raw.dropFirst(1 + stageName.count)
        let path = rest.isEmpty ? "/" : String(rest)
        guard let match = PathMatch(path[...], among: deployment.snapshot.resources),
              let method = match.resource.methods[request.method] ?? match.resource.methods["ANY"]
        else { throw APIAnswer.missingToken }
        let call = APICall(
            request: request, api: api, stage: stage, snapshot: deployment.snapshot, deploymentID: deployment.id, path: path,
            match: match, method: method, network: network, ids: ids, now: now, shown: shown)
        guard call.methodARN.utf8.count <= Self.methodARNBytesMax else { throw APIAnswer.tooLong }
        return call
    }

    private func deployedAPI(_ id: String) throws -> RestAPI? {
        if let configured, configured.id == id { return configured }
        return try store.document(RestAPI.collection.key(id), as: RestAPI.self)
    }

    /// A private API is reached through an endpoint only, a public one by its own name not through one.
    /// Where no networks are named, nobody can tell, and everything is reached.
    private func checkReach(_ api: RestAPI, _ address: APIAddress, _ network: NetworkPath) throws {
        if api.members["disableExecuteApiEndpoint"]?.bool == true { throw APIAnswer.forbidden }
        guard !networks.networks.isEmpty else { return }
        switch network {
        case .open: if api.isPrivate { throw APIAnswer.forbidden }
        case .endpoint: if !api.isPrivate { throw APIAnswer.forbidden }
        }
    }

    // MARK: Policies

    /// A document with abbreviated resources written out. A stored policy was checked when it came in.
    private func evaluable(_ text: String, _ call: APICall) throws -> Policy {
        let own = "arn:aws:execute-api:\(call.api.realm.region):\(call.api.realm.account):\(call.api.id)/"
        return try Policy(json: text.replacing("\"execute-api:/", with: "\"" + own), as: .resource)
    }

    private func request(_ call: APICall, as principal: RequestPrincipal) -> AuthorizationRequest {
        let context = ConditionContext(
            RequestFacts(
                userID: nil, network: call.network, isSecure: true, region: call.api.realm.region, now: call.now,
                userAgent: call.request.headers["User-Agent"], resourceAccount: call.api.realm.account),
            of: principal, servicePrefix: "execute-api")
        return AuthorizationRequest(
            principal: principal, action: "execute-api:Invoke", resource: call.methodARN,
            resourceAccount: call.api.realm.account, context: context)
    }

    /// Before the authorizer only a Deny of the resource policy decides.
    private func refuseExplicitly(_ call: APICall, _ policy: Policy?) throws {
        guard let policy else { return }
        let decision = ApplicablePolicies(resource: [policy]).decision(on: request(call, as: .anonymous))
        if case .explicitDeny = decision.verdict {
            throw APIAnswer.anonymous(call.methodARN, account: call.api.realm.account.digits, isExplicit: true)
        }
    }

    /// Nil for a method without an authorizer.
    private func authorize(_ call: APICall, _ policy: Policy?) async throws -> AuthorizerResult? {
        switch call.method["authorizationType"]?.string {
        case "CUSTOM":
            let result = try await customResult(call)
            try decide(call, policy, result)
            return result
        case "COGNITO_USER_POOLS":
            let result = try await poolResult(call)
            try decideAnonymously(call, policy)
            return result
        default:
            try decideAnonymously(call, policy)
            return nil
        }
    }

    /// AWS: doc — spec/studio.md §C3: within the account, an Allow on either side is enough.
    private func decide(_ call: APICall, _ policy: Policy?, _ result: AuthorizerResult) throws {
        let principal = RequestPrincipal.federatedUser(
            arn: "arn:aws:sts::\(call.api.realm.account):federated-user/\(result.principalID)", account: call.api.realm.account)
        let decision = ApplicablePolicies(identity: [result.policy], resource: policy.map { [$0] } ?? [])
            .decision(on: request(call, as: principal))
        switch decision.verdict {
        case .allowed: return
        case .explicitDeny: throw APIAnswer.explicitDeny
        case .implicitDeny: throw APIAnswer.implicitDeny
        }
    }

    /// Without an authorizer's policy the API's own must allow, unless it has none and is public.
    private func decideAnonymously(_ call: APICall, _ policy: Policy?) throws {
        guard let policy else {
            guard call.api.isPrivate else { return }
            throw APIAnswer.anonymous(call.methodARN, account: call.api.realm.account.digits, isExplicit: false)
        }
        guard ApplicablePolicies(resource: [policy]).decision(on: request(call, as: .anonymous)).isAllowed else {
            throw APIAnswer.anonymous(call.methodARN, account: call.api.realm.account.digits, isExplicit: false)
        }
    }

    // MARK: Integration

    private func integrate(_ call: APICall, _ result: AuthorizerResult?) async throws -> HTTPResponse {
        let body: [UInt8]
        do { body = try await call.request.body.collect(limitBytes: Self.bodyBytesMax) } catch { throw APIAnswer.internalError }
        guard let integration = call.method["methodIntegration"]?.object else { throw APIAnswer.internalError }
        if integration["type"] == "MOCK" { return try MockIntegration.response(integration, call.ids) }
        // AWS: recorded — spec/studio.md §C2: functions are called by POST only.
        guard integration["httpMethod"] == "POST", let function = FunctionARN(uri: integration["uri"]?.string ?? "")
        else { throw APIAnswer.internalError }
        let seconds = Double(integration["timeoutInMillis"]?.int ?? 29_000) / 1000
        let answer: [UInt8]
        do throws(FunctionFailure) {
            answer = try await functions.invoke(
                function, .integration, call, event: call.event(authorizer: result, body: body), timeoutSeconds: seconds)
        } catch {
            logger.warning("an integration's function did not answer", metadata: [
                "function": "\(function.arn)", "error": "\(error)", "request": "\(call.ids.requestID)",
            ])
            switch error {
            case .notFound: throw APIAnswer.internalError
            case .timedOut: throw APIAnswer.timedOut
            case .failed: throw APIAnswer.integrationBroken
            }
        }
        return try ProxyResult(answer).response(call.ids)
    }
}
