import AWSModel
import Gateway
import SimTime
import Synchronization
import Timeline
import Vocabulary
import WorkspaceRules

/// CreatePresignedDomainUrl and CreatePresignedNotebookInstanceUrl.
// AWS: spec/studio.md §A11.
struct LinkOperations: Sendable {
    let workspaces: Workspaces
    let links = Shelf<LinkRecord>()
    let spelling: LinkSpelling

    var operations: [Operation] {
        [
            Operation("CreatePresignedDomainUrl", behavior: createDomainLink),
            Operation("CreatePresignedNotebookInstanceUrl", behavior: createNotebookLink),
        ]
    }

    private func createDomainLink(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["UserProfileName"]?.string ?? "")
        let principal = LinkPrincipal(request.context.caller)
        let landing = try input["LandingUri"]?.string.map { text in
            guard let page = LandingPage(landingURI: text) else {
                // AWS: documented forms, inferred text.
                throw AWSFault.validation("LandingUri [\(text)] is not supported.")
            }
            return page
        }
        let token = LinkToken.link()
        return try await workspaces.timeline.turn { turn in
            let domain = try workspaces.domain(id, in: realm, turn.transaction)
            // AWS: inferred texts — spec/studio.md §A11.
            guard !domain.usesSingleSignOn else {
                throw AWSFault.validation("Domain [\(id)] has AuthMode [SSO]: presigned URLs are for AuthMode [IAM] only.")
            }
            let profile = try workspaces.profile(name, of: id, in: realm, turn.transaction)
            guard profile.track.status == .inService else {
                throw AWSFault.validation(
                    "UserProfile [\(name)] is not InService; its status is \(profile.track.status.rawValue).")
            }
            let space = try input["SpaceName"]?.string.map { spaceName in
                let space = try workspaces.space(spaceName, of: id, in: realm, turn.transaction)
                if space.isPrivate, space.owner?.lowercased() != profile.name.lowercased() {
                    throw AWSFault.validation("UserProfile [\(name)] has no access to Space [\(space.name)].")
                }
                return space.name
            }
            let life = input["ExpiresInSeconds"]?.int.map { SimDuration.seconds(Int64($0)) }
            let record = LinkRecord(
                tokenHash: LinkToken.hash(token), target: .domain(id: id, profile: profile.name, space: space), home: realm,
                principal: principal, landing: landing,
                link: PresignedLink(
                    life: life ?? PresignedLink.domainLifeDefault, sessionLength: Self.sessionLength(input), at: turn.now))
            try links.save(record, in: turn)
            return OperationResponse(["AuthorizedUrl": .string(spelling.domain(id, region: realm.region, token: token))])
        }
    }

    private func createNotebookLink(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let name = input["NotebookInstanceName"]?.string ?? ""
        let principal = LinkPrincipal(request.context.caller)
        let token = LinkToken.link()
        return try await workspaces.timeline.turn { turn in
            let notebook = try workspaces.notebook(name, in: realm, turn.transaction)
            guard notebook.track.status == .inService else {
                // AWS: inferred.
                throw AWSFault.validation(
                    "Notebook Instance (\(notebook.arn)) is not InService; its status is \(notebook.track.status.rawValue).")
            }
            let record = LinkRecord(
                tokenHash: LinkToken.hash(token), target: .notebook(name: notebook.name), home: realm, principal: principal,
                landing: nil,
                link: PresignedLink(
                    life: PresignedLink.notebookLife, sessionLength: Self.sessionLength(input), at: turn.now))
            try links.save(record, in: turn)
            return OperationResponse(["AuthorizedUrl": .string(spelling.notebook(notebook, token: token))])
        }
    }

    private static func sessionLength(_ input: AWSObject) -> SimDuration {
        input["SessionExpirationDurationInSeconds"]?.int.map { .seconds(Int64($0)) } ?? PresignedLink.sessionLengthDefault
    }
}

/// How links are spelled: with AWS's hosts, or with the address this server listens at.
final class LinkSpelling: Sendable {
    private let form: StudioSettings.LinkForm
    /// `http://HOST:PORT`.
    private let address = Mutex("http://localhost:4566")

    init(_ form: StudioSettings.LinkForm) { self.form = form }

    func listens(at address: String) { self.address.withLock { $0 = address } }

    // AWS: documented — spec/studio.md §A11.
    func domain(_ id: String, region: RegionName, token: String) -> String {
        switch form {
        case .aws: "https://\(id).studio.\(region).sagemaker.aws/auth?token=\(token)"
        case .local: "\(address.withLock { $0 })/studio/\(id)/auth?token=\(token)"
        }
    }

    func notebook(_ notebook: NotebookRecord, token: String) -> String {
        switch form {
        case .aws: "https://\(notebook.host)?authToken=\(token)"
        case .local:
            "\(address.withLock { $0 })/studio/notebook/\(notebook.realm.region)/\(notebook.name.lowercased())?authToken=\(token)"
        }
    }
}
