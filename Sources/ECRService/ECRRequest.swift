import AWSModel
import Gateway
import HTTPServer
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// One call of the control plane.
struct ECRRequest: Sendable {
    let input: AWSObject
    let context: RequestContext
    /// The registry the call is about: `registryId`'s, else the caller's own.
    let realm: Realm

    init(_ request: OperationRequest) throws {
        input = request.input
        context = request.context
        let account = input["registryId"]?.string.flatMap { AccountID($0) }
        if input["registryId"] != nil, account == nil { throw ECRFault.invalidParameter("registryId", "Invalid registry id") }
        realm = Realm(account: account ?? context.caller.account, region: context.region)
    }

    var principal: Principal { Principal(context) }
    var action: String { "ecr:" + context.operation }
    /// Where the request was sent, for URLs in answers.
    var host: String { context.headers["Host"] ?? "localhost" }

    subscript(name: String) -> AWSValue? { input[name] }

    /// Whether `registryId` names the caller's own account, or nothing does.
    var isOwnRegistry: Bool { realm.account == context.caller.account }

    /// Throws InvalidParameterException.
    func name(_ text: String?) throws -> RepositoryName {
        guard let name = RepositoryName(text ?? "") else { throw ECRFault.invalidRepositoryName }
        return name
    }

    /// The repository the call names, if the caller may use it.
    func repository(_ reader: StoreReader) throws -> RepositoryRecord {
        try repository(named: input["repositoryName"]?.string, reader)
    }

    func repository(named text: String?, _ reader: StoreReader) throws -> RepositoryRecord {
        try RepositoryTable.get(try name(text), in: realm, reader).checked(for: principal, action: action, reader)
    }

    /// Ids of `imageIds`, in order.
    var imageIDs: [ImageID] { (input["imageIds"]?.list ?? []).map(ImageID.init) }

    var imageID: ImageID { ImageID(input["imageId"] ?? .null) }

    func pageSize(default count: Int = 100) -> Int { input["maxResults"]?.int ?? count }

    func cursor() throws -> String? { try PageToken.read(input["nextToken"]?.string, for: context.operation) }

    func token(_ cursor: String?) -> AWSValue? {
        cursor.map { .string(PageToken.make($0, for: context.operation)) }
    }
}

/// An image as a client names it.
struct ImageID: Sendable, Equatable {
    var digest: String?
    var tag: String?

    init(digest: String? = nil, tag: String? = nil) {
        self.digest = digest
        self.tag = tag
    }

    init(_ value: AWSValue) {
        digest = value["imageDigest"]?.string
        tag = value["imageTag"]?.string
    }

    /// As ECR's messages print it: a missing half is a quoted null.
    // AWS: recorded — spec/ecr.md §E3.
    var text: String { "{imageDigest:'\(digest ?? "null")', imageTag:'\(tag ?? "null")'}" }

    var output: AWSValue { ["imageDigest": digest.map { .string($0) }, "imageTag": tag.map { .string($0) }] }
}

extension ECRService {
    /// An operation that only reads.
    func reading(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (ECRRequest, StoreReader) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { [store] request in
            let call = try ECRRequest(request)
            return OperationResponse(try store.read { try body(call, $0) })
        }
    }

    /// An operation that is one turn of the timeline.
    func writing(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (ECRRequest, Turn) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { [timeline] request in
            let call = try ECRRequest(request)
            return OperationResponse(try await timeline.turn { try body(call, $0) })
        }
    }
}
