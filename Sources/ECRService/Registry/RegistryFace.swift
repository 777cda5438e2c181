import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import Logging
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// One request of the registry: who asks, which registry, and what.
struct RegistryRequest: Sendable {
    let http: HTTPRequest
    let principal: Principal
    let realm: Realm

    var host: String { http.headers["Host"] ?? "localhost" }
    var query: QueryItems { http.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems() }
}

/// The registry's path of a request, on one screen: login → which registry → what → behaviour → fault.
extension ECRService {
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        do {
            guard let call = RegistryCall(path: request.rawPath) else {
                if case .refused(let answer) = try login(request) { return answer }
                return RegistryAnswer.pageNotFound
            }
            if case .layerLink(let digest) = call { return try downloadLayer(digest, request) }
            switch try login(request) {
            case .refused(let answer): return answer
            case .granted(let granted): return try await answer(call, granted)
            }
        } catch let fault as AWSFault {
            return RegistryAnswer.fault(fault)
        } catch let failure as ImageFailure {
            return RegistryAnswer.failure(failure)
        } catch is RequestBodyError {
            return RegistryAnswer.error(400, "BLOB_UPLOAD_INVALID", "The request's body could not be read.")
        } catch {
            logger.error("failed to answer the registry", metadata: [
                "method": "\(request.method)", "path": "\(request.rawPath)", "error": "\(error)",
            ])
            return RegistryAnswer.error(500, "UNKNOWN", "The request processing has failed because of an unknown error.")
        }
    }

    private enum Login {
        case granted(RegistryRequest)
        case refused(HTTPResponse)
    }

    /// Reads the credential and the registry that the host names.
    // AWS: recorded/doc — spec/ecr.md §E1, E7, E10: HTTP Basic only, tokens are per region.
    private func login(_ request: HTTPRequest) throws -> Login {
        let host = request.headers["Host"] ?? "localhost"
        guard let token = try token(request.headers["Authorization"]) else {
            return .refused(RegistryAnswer.notAuthorized(host: host))
        }
        guard let account = AccountID(token.account), let region = RegionName(token.region) else {
            return .refused(RegistryAnswer.notAuthorized(host: host))
        }
        let realm: Realm
        switch RegistryHost(host) {
        case .registry(let named):
            guard named.region == region else { return .refused(RegistryAnswer.notAuthorized(host: host)) }
            realm = named
        case .local: realm = Realm(account: account, region: region)
        case nil where host.contains(".dkr.ecr"):
            return .refused(RegistryAnswer.error(
                400, "NAME_UNKNOWN", "Could not resolve registry id from host \(LocalAccess.hostName(host))"))
        // A name of this server's own, e.g. of a container: the caller's registry.
        case nil: realm = Realm(account: account, region: region)
        }
        guard timeline.now < token.expires else {
            return .refused(RegistryAnswer.error(
                403, "DENIED", "Your authorization token has expired. Reauthenticate and try again."))
        }
        let caller = Caller(
            account: account, principalARN: token.arn, userID: token.userID, accessKeyID: token.accessKeyID)
        let principal = Principal(
            caller: caller, region: region, network: try networks.path(of: request, to: "ecr.dkr"), now: timeline.now,
            isAuthorized: authorizer != nil)
        return .granted(RegistryRequest(http: request, principal: principal, realm: realm))
    }

    private func token(_ authorization: String?) throws -> RegistryToken? {
        guard let authorization, let space = authorization.firstIndex(of: " "),
              equalIgnoringCase(String(authorization[..<space]), "Basic"),
              let bytes = Base64.decode(String(authorization[authorization.index(after: space)...])),
              let pair = String(validating: bytes, as: UTF8.self), pair.hasPrefix("AWS:"), let key = try secret.find()
        else { return nil }
        return RegistryToken(password: String(pair.dropFirst(4)), key)
    }

    private func answer(_ call: RegistryCall, _ request: RegistryRequest) async throws -> HTTPResponse {
        let method = request.http.method
        switch (call, method) {
        case (.base, "GET"), (.base, "HEAD"): return RegistryAnswer.make(200)
        case (.catalog, "GET"): return try await catalog(request)
        case (.tags(let name), "GET"): return try await tagList(name, request)
        case (.referrers(let name, let digest), "GET"): return try await referrers(name, digest, request)
        case (.manifest(let name, let reference), "GET"), (.manifest(let name, let reference), "HEAD"):
            return try await pullManifest(name, reference, request)
        case (.manifest(let name, let reference), "PUT"): return try await putManifest(name, reference, request)
        case (.manifest(let name, let reference), "DELETE"): return try await deleteManifest(name, reference, request)
        case (.blob(let name, let digest), "HEAD"): return try await lookAtBlob(name, digest, request)
        case (.blob(let name, let digest), "GET"): return try await pullBlob(name, digest, request)
        case (.uploads(let name), "POST"): return try await startUpload(name, request)
        case (.upload(let name, let id), "GET"): return try await lookAtUpload(name, id, request)
        case (.upload(let name, let id), "PATCH"): return try await continueUpload(name, id, request)
        case (.upload(let name, let id), "PUT"): return try await finishUpload(name, id, request)
        case (.upload(let name, let id), "DELETE"): return try await cancelUpload(name, id, request)
        default: return RegistryAnswer.methodNotAllowed
        }
    }

    /// The repository a path names, if the principal may do `action` with it.
    func repository(_ name: String, _ request: RegistryRequest, action: String) async throws -> RepositoryRecord {
        guard let name = RepositoryName(name) else { throw ECRFault.invalidRepositoryName }
        try await authorize(request.principal, action, on: Self.arn(of: name.text, in: request.realm))
        return try store.read { reader in
            try RepositoryTable.get(name, in: request.realm, reader)
                .checked(for: request.principal, action: action, reader)
        }
    }
}
