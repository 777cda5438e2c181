import AWSModel
import AWSProtocols
import BlobStore
import CloudWatchService
import Gateway
import HTTPServer
import IdentityService
import S3Service
import SageMakerService
import Store
import Timeline
import Vocabulary

/// `/_coldframe/…`: what a test does to the emulator that AWS has no word for (DESIGN §5).
struct ControlAPI: Sendable {
    let store: Store
    let timeline: Timeline
    let blobs: BlobStore
    let sageMaker: SageMakerService
    let cloudWatch: CloudWatchService
    let s3: S3Service
    let identity: IdentityService
    let table: OperationTable

    var routes: [PlainRoute] {
        [
            PlainRoute(prefix: "/_coldframe/", isLocalOnly: true) { await respond(to: $0) },
            PlainRoute(prefix: "/moto-api/reset", isLocalOnly: true) { request in
                await answer(request) { try await reset(ControlCall(request, path: [])) }
            },
        ]
    }

    private typealias Handler = @Sendable (ControlCall) async throws -> ControlAnswer

    private func respond(to request: HTTPRequest) async -> HTTPResponse {
        let path = request.rawPath.dropFirst("/_coldframe/".utf8.count).split(separator: "/").map(String.init)
        let call = ControlCall(request, path: path)
        return await answer(request) {
            guard let handlers = handlers(for: path) else {
                throw ControlRefusal(404, "There is no /_coldframe/\(path.joined(separator: "/")).")
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
        case ("traffic", 2): ["PUT": putTraffic, "GET": getTraffic, "DELETE": deleteTraffic]
        case ("events", 1): ["GET": listEvents]
        case ("events", 2) where path[1] == "stream": ["GET": streamEvents]
        case ("coverage", 1): ["GET": coverage]
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
        } catch {
            return .json(500, ["error": .string("\(error)")])
        }
    }

    // MARK: Whole-server calls

    private func health(_ call: ControlCall) async throws -> ControlAnswer {
        .json(["status": "ok", "version": .string(ColdframeServer.version)])
    }

    /// Forgets everything. Answers when the next request finds an empty server.
    private func reset(_ call: ControlCall) async throws -> ControlAnswer {
        let parts = (blobs, sageMaker, cloudWatch, identity)
        try await timeline.reset {
            try parts.0.eraseEverything()
            parts.2.forget()
            try parts.1.reload()
            try parts.3.reload()
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
