import APIGatewayService
import AWSModel
import AWSProtocols
import CognitoService
import Gateway
import IdentityService
import Outbound
import PolicyRules
import Synchronization
import Vocabulary

/// The hooks of `coldframe.yaml`, as API Gateway runs functions.
struct FunctionBridge: FunctionInvoker {
    let functions: [String: Hook]
    let runner: HookRunner

    func invoke(_ arn: String, event: [UInt8], timeoutSeconds: Double) async throws(FunctionFailure) -> [UInt8] {
        // A version or an alias is run by the function's own hook.
        let plain = arn.split(separator: ":", omittingEmptySubsequences: false).prefix(7).joined(separator: ":")
        guard let hook = functions[arn] ?? functions[plain] else { throw .notFound }
        do throws(HookProblem) {
            return try await runner.run(hook, event: event, timeoutSeconds: timeoutSeconds)
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .failed(let said): throw .failed(Self.message(said))
            case .notReachable(let why): throw .failed(why)
            }
        }
    }

    /// Lambda's `errorMessage`, when the hook answered Lambda's error object; else its words.
    private static func message(_ said: String) -> String {
        if let text = (try? JSON.parse(said))?["errorMessage"]?.string { return text }
        return String(said.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// User pools' tokens, as API Gateway checks them.
struct TokenBridge: TokenVerifier {
    let cognito: CognitoService

    func verified(_ token: String) async throws -> VerifiedToken? {
        try await cognito.reading(of: token).map {
            VerifiedToken(
                poolID: $0.poolID, poolName: $0.poolName, poolRealm: $0.poolRealm, clientID: $0.clientID,
                clientName: $0.clientName, username: $0.username, use: $0.use, scopes: $0.scopes, isExpired: $0.isExpired,
                claims: $0.claims)
        }
    }
}

/// SageMaker's presigned links, as the built-in function of a private API makes them: by the operation itself, with its
/// checks and, where policies are enforced, as the function's role from the function's network.
final class LinkBridge: LinkMaker {
    private let identity: IdentityService
    private let networks: NetworkDirectory
    private let functionNetwork: String?
    private let gateway = Mutex<Gateway?>(nil)

    private static let sageMaker = ServiceID("sagemaker")
    private static let sessionName = "coldframe-presigned-url"

    init(identity: IdentityService, networks: NetworkDirectory, functionNetwork: String?) {
        self.identity = identity
        self.networks = networks
        self.functionNetwork = functionNetwork
    }

    /// The gateway is made after the services that it serves.
    func join(_ gateway: Gateway) { self.gateway.withLock { $0 = gateway } }

    func link(
        domain: String?, profile: String, role: String?, realm: Realm, network: NetworkPath, requestID: String
    ) async throws -> String {
        guard let gateway = gateway.withLock({ $0 }) else { throw AWSFault.internalFailure }
        let root = Caller.root(of: realm.account, accessKeyID: nil)
        let caller = try role.map { try identity.caller(assuming: $0, session: Self.sessionName, in: realm.account) } ?? root
        let own = path(network)
        let call = { (name: String, input: AWSObject, caller: Caller) in
            try await gateway.perform(
                name, of: Self.sageMaker, input: input, caller: caller, region: realm.region, network: own,
                requestID: requestID)
        }
        var domainID = domain ?? ""
        if !domainID.hasPrefix("d-") {
            let domains = try await call("ListDomains", [:], root)["Domains"]?.list ?? []
            let found = domains.filter { domain == nil || $0["DomainName"]?.string == domain }
            guard let first = found.first?["DomainId"]?.string else {
                throw AWSFault("ResourceNotFound", "Domain [\(domain ?? "")] does not exist.", status: 400)
            }
            domainID = first
        }
        let answer = try await call("CreatePresignedDomainUrl", [
            "DomainId": .string(domainID), "UserProfileName": .string(profile),
            "SessionExpirationDurationInSeconds": 43_200, "ExpiresInSeconds": 60,
        ], caller)
        return answer["AuthorizedUrl"]?.string ?? ""
    }

    /// How the function reaches SageMaker: from its own network, else from the VPC whose endpoint the caller came by.
    private func path(_ caller: NetworkPath) -> NetworkPath {
        let destination = VPCDestination.name(of: Self.sageMaker)
        if let functionNetwork, let own = networks.network(named: functionNetwork) { return own.path(to: destination) }
        guard case .endpoint(_, let vpc, _) = caller else { return caller }
        let own = networks.networks.first { network in
            if case .vpc(let id, _, _, _) = network.kind { id == vpc } else { false }
        }
        return own?.path(to: destination) ?? caller
    }
}
