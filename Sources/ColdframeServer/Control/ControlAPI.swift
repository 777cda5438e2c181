import APIGatewayService
import AWSModel
import AWSProtocols
import BlobStore
import CloudWatchService
import CognitoService
import ECRService
import Gateway
import HTTPServer
import IdentityService
import Logging
import LogsService
import S3Service
import SageMakerService
import ScalingService
import Store
import Timeline
import Vocabulary

/// `/_coldframe/…`: what a test does to the emulator that AWS has no word for (DESIGN §5).
final class ControlAPI: Sendable {
    let store: Store
    let timeline: Timeline
    let blobs: BlobStore
    /// The bytes of container images, apart from those of objects.
    let layers: BlobStore
    let sageMaker: SageMakerService
    let cloudWatch: CloudWatchService
    let s3: S3Service
    let identity: IdentityService
    let ecr: ECRService
    let cognito: CognitoService
    let logs: LogsService
    let scaling: ScalingService
    let apiGateway: APIGatewayService
    let networks: NetworkDirectory
    let table: OperationTable
    let logger: Logger

    init(
        store: Store, timeline: Timeline, blobs: BlobStore, layers: BlobStore, sageMaker: SageMakerService,
        cloudWatch: CloudWatchService, s3: S3Service, identity: IdentityService, ecr: ECRService,
        cognito: CognitoService, logs: LogsService, scaling: ScalingService, apiGateway: APIGatewayService,
        networks: NetworkDirectory, table: OperationTable, logger: Logger
    ) {
        self.store = store
        self.timeline = timeline
        self.blobs = blobs
        self.layers = layers
        self.sageMaker = sageMaker
        self.cloudWatch = cloudWatch
        self.s3 = s3
        self.identity = identity
        self.ecr = ecr
        self.cognito = cognito
        self.logs = logs
        self.scaling = scaling
        self.apiGateway = apiGateway
        self.networks = networks
        self.table = table
        self.logger = logger
    }

    var routes: [PlainRoute] {
        [
            PlainRoute(prefix: "/_coldframe/", isLocalOnly: true) { [self] in await respond(to: $0) },
            PlainRoute(prefix: "/moto-api/", isLocalOnly: true) { [self] in await respond(to: $0) },
        ]
    }

    private typealias Handler = @Sendable (ControlCall) async throws -> ControlAnswer

    private func respond(to request: HTTPRequest) async -> HTTPResponse {
        // `/_coldframe/reset` and `/moto-api/reset` are one call; the latter knows no other.
        let segments = request.rawPath.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        let path = Array(segments.dropFirst())
        let call = ControlCall(request, path: path)
        return await answer(request) {
            guard call.isQueryReadable else { throw ControlRefusal(400, "A percent escape in the query is broken.") }
            guard segments[0] == "_coldframe" || path == ["reset"], let handlers = handlers(for: path) else {
                throw ControlRefusal(404, "There is no \(request.rawPath).")
            }
            guard let handler = handlers[request.method] else {
                throw ControlRefusal(405, "Use \(handlers.keys.sorted().joined(separator: " or ")) here.")
            }
            return try await handler(call)
        }
    }

    private func handlers(for path: [String]) -> [String: Handler]? {
        switch (path.first, path.count) {
        case ("health", 1): ["GET": health]
        case ("reset", 1): ["POST": reset]
        case ("clock", 1): ["GET": readClock, "POST": setClock]
        case ("clock", 2) where path[1] == "advance": ["POST": advanceClock]
        case ("behaviors", 1): ["GET": listBehaviors]
        case ("behaviors", 2): ["PUT": putBehavior, "GET": getBehavior, "DELETE": deleteBehavior]
        case ("capacity", 1): ["GET": listCapacity]
        case ("capacity", 2): ["PUT": putCapacity, "GET": getCapacity, "DELETE": deleteCapacity]
        case ("traffic", 2): ["PUT": putTraffic, "GET": getTraffic, "DELETE": deleteTraffic]
        case ("ecr", 2) where path[1] == "lifecycle": ["POST": runLifecyclePolicies]
        case ("events", 1): ["GET": listEvents]
        case ("events", 2) where path[1] == "stream": ["GET": streamEvents]
        case ("coverage", 1): ["GET": coverage]
        case ("dns", 1): ["GET": resolveName]
        case ("state", 2) where path[1] == "export": ["POST": exportState]
        case ("state", 2) where path[1] == "import": ["POST": importState]
        default: nil
        }
    }

    private func answer(
        _ request: HTTPRequest, _ body: () async throws -> ControlAnswer
    ) async -> HTTPResponse {
        do {
            switch try await body() {
            case .json(let value): return .json(200, value)
            case .response(let response): return response
            }
        } catch let refusal as ControlRefusal {
            return .json(refusal.status, ["error": .string(refusal.message)])
        } catch RequestBodyError.tooLarge(let limit) {
            return .json(413, ["error": "The body is larger than \(limit) bytes."])
        } catch TimelineError.interrupted {
            return .json(409, ["error": "The state was erased or replaced before this was complete."])
        } catch {
            logger.error("failed to answer a control call", metadata: [
                "path": "\(request.rawPath)", "error": "\(error)",
            ])
            return .json(500, ["error": "The call failed; the server's log says why."])
        }
    }

    // MARK: Whole-server calls

    private func health(_ call: ControlCall) async throws -> ControlAnswer {
        .json(["status": "ok", "version": .string(ColdframeServer.version)])
    }

    /// Forgets everything. Answers when the next request finds an empty server.
    private func reset(_ call: ControlCall) async throws -> ControlAnswer {
        try await timeline.reset { [self] in
            try blobs.eraseEverything()
            try ecr.forget()
            try reloadServices()
        }
        return .json(["status": "ok"])
    }

    private func coverage(_ call: ControlCall) async throws -> ControlAnswer {
        let rows = table.coverage(.shared)
        var services = AWSObject()
        for service in ModelCatalog.shared.serviceIDs {
            let own = rows.filter { $0.service == service.name }
            services.append(service.name, [
                "full": .integer(Int64(own.count { $0.coverage == "full" })),
                "partial": .integer(Int64(own.count { $0.coverage == "partial" })),
                "none": .integer(Int64(own.count { $0.coverage == "none" })),
            ])
        }
        return .json([
            "services": .object(services),
            "operations": .list(rows.map { row in
                ["service": .string(row.service), "operation": .string(row.operation), "coverage": .string(row.coverage),
                 "missing": row.missing.map { .string($0) }]
            }),
        ])
    }
}
