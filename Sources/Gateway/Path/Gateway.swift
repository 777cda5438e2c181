package import AWSModel
import AWSProtocols
package import HTTPServer
package import Logging
package import PolicyRules
package import SimTime
package import Vocabulary

/// The path of every request, on one screen: plain routes, then
/// recognise → caller and instant → behaviour → body → decode → check → authorize → behave → encode.
package final class Gateway: HTTPHandler {
    /// Present simulated time and its shift.
    package typealias Clock = @Sendable () -> (now: SimInstant, shift: ClockShift)

    package let table: OperationTable
    private let catalog: ModelCatalog
    private let routes: [PlainRoute]
    private let recognizer: Recognizer
    private let callers: CallerReading
    private let access: LocalAccess
    private let networks: NetworkDirectory
    /// Nil when nothing is enforced.
    private let authorizer: (any Authorizer)?
    private let clock: Clock
    private let ids: RequestIDSource
    private let check = InputCheck()
    private let logger: Logger

    /// The largest body of a call that is decoded as a whole; payloads that are passed through have limits of their own.
    private static let bodyBytesMax = 64 << 20

    package init(
        services: [any Service], routes: [PlainRoute], catalog: ModelCatalog = .shared,
        callers: (any CallerDirectory)?, access: LocalAccess, networks: NetworkDirectory = NetworkDirectory(),
        authorizer: (any Authorizer)? = nil, clock: @escaping Clock,
        ids: RequestIDSource = RequestIDSource(), logger: Logger
    ) {
        table = OperationTable(services)
        self.catalog = catalog
        // The longest prefix wins, whoever registered it.
        self.routes = (routes + services.flatMap(\.routes)).sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
        recognizer = Recognizer(catalog: catalog)
        self.callers = CallerReading(directory: callers)
        self.access = access
        self.networks = networks
        self.authorizer = authorizer
        self.clock = clock
        self.ids = ids
        self.logger = logger
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let path = request.rawPath
        if let route = routes.first(where: { $0.covers(request, path: path) }) {
            if route.isLocalOnly, let refusal = access.refusal(of: request.headers) { return .forbidden(refusal) }
            return await route.respond(request)
        }
        let requestID = ids.next()
        let scope = CredentialScope(request)
        do {
            let call = if let known = try recognizer.recognizeHead(request, scope: scope) {
                known
            } else {
                try await recognizer.recognize(request, scope: scope)
            }
            do {
                return CrossOrigin.opened(
                    try await answer(request, call, scope, requestID), to: request, by: call.model)
            } catch {
                let fault = fault(for: error, requestID, call)
                let refusal = WireCodec.encodeFault(
                    fault, model: call.model, wire: call.wire, requestID: requestID, method: request.method,
                    requestHeaders: request.headers)
                return CrossOrigin.opened(refusal, to: request, by: call.model)
            }
        } catch {
            let unrecognized = error as? UnrecognizedCall
            return WireCodec.encodeFault(
                unrecognized?.fault ?? fault(for: unrecognized?.cause ?? error, requestID, nil), model: unrecognized?.model,
                wire: unrecognized?.wire ?? .json, requestID: requestID, method: request.method,
                requestHeaders: request.headers)
        }
    }

    private func answer(
        _ request: HTTPRequest, _ call: RecognizedCall, _ scope: CredentialScope?, _ requestID: String
    ) async throws -> HTTPResponse {
        let (now, shift) = clock()
        var context = RequestContext(
            requestID: requestID, caller: try callers.caller(scope, call.wire), region: callers.region(scope), now: now,
            clockShift: shift, service: call.model.id, operation: call.operation.name, method: request.method,
            target: request.target, headers: request.headers,
            network: try networks.path(of: request, to: VPCDestination.name(of: call.model.id)))
        guard let operation = table.operation(call.model.id, call.operation.name) else {
            throw AWSFault.notEmulated(service: call.model.id.name, operation: call.operation.name)
        }
        let codec = WireCodec(model: call.model, operation: call.operation, wire: call.wire, clockShift: shift)
        let input: AWSObject, payload: RequestBody
        if codec.passesBodyThrough {
            input = try codec.decodeRequest(request, labels: call.labels, body: [])
            payload = request.body
        } else {
            input = try codec.decodeRequest(request, labels: call.labels, body: try await body(of: request, call))
            payload = RequestBody(bytes: [])
        }
        try check.check(input, call, operation)
        if let authorizer, !call.operation.isUnsigned {
            context.isAuthorized = try await authorizer.authorize(
                OperationRequest(input: input, payload: RequestBody(bytes: []), context: context), of: call.model)
        }
        let response = try await operation.behavior(OperationRequest(input: input, payload: payload, context: context))
        logger.debug("answered", metadata: [
            "request": "\(requestID)", "operation": "\(call.model.id):\(call.operation.name)",
            "account": "\(context.caller.account)", "region": "\(context.region)",
        ])
        // The answer is shown with the shift of now: a call that waited must not show a future.
        let answerCodec = WireCodec(
            model: call.model, operation: call.operation, wire: call.wire, clockShift: clock().shift)
        return answerCodec.encodeResponse(
            response.output, payload: response.payload, status: response.status, headers: response.headers,
            requestID: requestID)
    }

    /// Makes a call from within the server, for the ports of the composition root: checked, authorized and carried out
    /// like one from outside. Throws what the operation throws.
    package func perform(
        _ name: String, of service: ServiceID, input: AWSObject, caller: Caller, region: RegionName, network: NetworkPath,
        requestID: String
    ) async throws -> AWSObject {
        guard let model = catalog.model(service), let operation = table.operation(service, name),
              let modelled = model.operations[name]
        else { throw AWSFault.notEmulated(service: service.name, operation: name) }
        let (now, shift) = clock()
        var context = RequestContext(
            requestID: requestID, caller: caller, region: region, now: now, clockShift: shift, service: service,
            operation: name, method: "POST", target: "/", headers: [:], network: network)
        let call = RecognizedCall(model: model, operation: modelled, wire: model.protocols.first ?? .json)
        try check.check(input, call, operation)
        let request = OperationRequest(input: input, payload: RequestBody(bytes: []), context: context)
        if let authorizer { context.isAuthorized = try await authorizer.authorize(request, of: model) }
        return try await operation.behavior(
            OperationRequest(input: input, payload: RequestBody(bytes: []), context: context)).output
    }

    private func body(of request: HTTPRequest, _ call: RecognizedCall) async throws -> [UInt8] {
        if let read = call.body { return read }
        let bytes = try await request.body.collect(limitBytes: Self.bodyBytesMax)
        return try RequestDecompression.body(bytes, headers: request.headers, limitBytes: Self.bodyBytesMax)
    }

    /// Faults pass; a body that cannot be read is the client's; anything else is a breakdown, told in the log only.
    private func fault(for error: any Error, _ requestID: String, _ call: RecognizedCall?) -> AWSFault {
        switch error {
        case let fault as AWSFault:
            logger.debug("refused", metadata: [
                "request": "\(requestID)", "code": "\(fault.code)", "message": "\(fault.message ?? "")",
                "operation": "\(call?.operation.name ?? "")",
            ])
            return fault
        case RequestBodyError.tooLarge(let limit):
            return AWSFault("RequestEntityTooLargeException", "The request is larger than \(limit) bytes.", status: 413)
        case RequestBodyError.broken(let reason):
            return AWSFault("RequestTimeout", "The request's body could not be read: \(reason)", status: 400)
        default:
            logger.error("failed to answer", metadata: [
                "request": "\(requestID)", "operation": "\(call?.operation.name ?? "")", "error": "\(error)",
            ])
            return .internalFailure
        }
    }
}

extension HTTPResponse {
    fileprivate static func forbidden(_ reason: String) -> HTTPResponse {
        HTTPResponse(
            status: 403, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array((reason + "\n").utf8)))
    }
}
