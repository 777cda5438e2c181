package import AWSModel
package import Gateway
import HTTPServer
package import Logging
import PolicyRules
import SimTime
package import Store
import Synchronization
package import Timeline
import Vocabulary

/// API Gateway: REST APIs as templates make them, and the calls that arrive at their execute-api names.
package final class APIGatewayService: Service {
    static let modelID = ServiceID("apigateway")

    let store: Store
    let timeline: Timeline
    let mint = APIMint()
    let logger: Logger
    let networks: NetworkDirectory
    let functions: BuiltInFunctions
    let verifier: any TokenVerifier
    let results = AuthorizerCache()
    /// The API of `coldframe.yaml`; it is not stored, and the control calls do not show it.
    let configured: RestAPI?

    package init(
        store: Store, timeline: Timeline, networks: NetworkDirectory, settings: PrivateAPISettings?,
        functions: any FunctionInvoker, verifier: any TokenVerifier, links: any LinkMaker, logger: Logger
    ) {
        self.store = store
        self.timeline = timeline
        self.networks = networks
        self.verifier = verifier
        self.logger = logger
        self.functions = BuiltInFunctions(
            settings: settings ?? PrivateAPISettings(), others: functions, verifier: verifier, links: links)
        configured = settings.map(RestAPI.init)
    }

    package var operations: [ServiceID: [Operation]] {
        [Self.modelID: apiOperations + resourceOperations + methodOperations + integrationOperations
            + authorizerOperations + deploymentOperations + stageOperations + tagOperations]
    }

    package var routes: [PlainRoute] {
        [PlainRoute(where: { APIAddress($0) != nil }) { [self] request in await respond(to: request) }]
    }

    /// Drops what is kept beside the store, after its content was erased or replaced.
    package func forget() { results.removeAll() }

    // MARK: Making operations

    /// An operation that only reads one API.
    func reading(_ name: String, _ body: @escaping @Sendable (RestAPI, AWSObject) throws -> AWSObject) -> Operation {
        Operation(name) { [store] request in
            OperationResponse(try store.read { try body(try Self.api(request, $0), request.input) })
        }
    }

    /// An operation that changes one API, in one turn.
    func changing(
        _ name: String, refusing members: [String] = [], coverage: Operation.Coverage = .full,
        _ body: @escaping @Sendable (inout RestAPI, AWSObject, SimInstant) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: members) { [timeline] request in
            OperationResponse(try await timeline.turn { turn in
                var api = try Self.api(request, turn.transaction)
                let output = try body(&api, request.input, turn.now)
                try turn.transaction.put(api.key, api)
                return output
            })
        }
    }

    static func api(_ request: OperationRequest, _ reader: StoreReader) throws -> RestAPI {
        let id = request.input["restApiId"]?.string ?? ""
        let found = try reader.document(RestAPI.collection.key(id), as: RestAPI.self)
        guard let found, found.realm == request.context.realm else { throw APIGatewayFault.noAPI(id, request.context.realm) }
        return found
    }

    /// One page of a list. AWS: sdk — `position` and `limit`, at most 500, 25 when absent.
    static func page(_ items: [(id: String, output: AWSObject)], _ input: AWSObject) -> AWSObject {
        let size = min(max(input["limit"]?.int ?? 25, 1), 500)
        var rest = items.sorted { $0.id < $1.id }[...]
        if let position = input["position"]?.string { rest = rest.drop { $0.id <= position } }
        var output = AWSObject()
        if rest.count > size, let last = rest.prefix(size).last { output.append("position", .string(last.id)) }
        output.append("items", .list(rest.prefix(size).map { .object($0.output) }))
        return output
    }
}

/// Draws ids in API Gateway's form.
final class APIMint: Sendable {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")

    func apiID() -> String { draw(10) }
    func partID() -> String { draw(6) }

    private func draw(_ count: Int) -> String {
        String((0..<count).map { _ in Self.letters[Int.random(in: 0..<Self.letters.count)] })
    }
}

/// `patchOperations` of the update calls.
struct Patch {
    let op: String
    let path: String
    let value: String

    static func read(_ input: AWSObject) -> [Patch] {
        (input["patchOperations"]?.list ?? []).map {
            Patch(op: $0["op"]?.string ?? "", path: $0["path"]?.string ?? "", value: $0["value"]?.string ?? "")
        }
    }

    /// AWS: inferred — wording.
    var refusal: AWSFault { APIGatewayFault.badRequest("Invalid patch path '\(path)' specified for op '\(op)'.") }

    /// The last of the path's parts, with `~1` and `~0` read as RFC 6901 says.
    var name: String {
        String(path.split(separator: "/").last ?? "").replacing("~1", with: "/").replacing("~0", with: "~")
    }
}
