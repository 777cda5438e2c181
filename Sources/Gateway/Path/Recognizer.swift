import AWSModel
import AWSProtocols
import HTTPServer
import Synchronization

/// What a request turned out to be: an operation of a service, in a protocol.
struct RecognizedCall: Sendable {
    var model: ServiceModel
    var operation: OperationModel
    var wire: WireProtocol
    /// The path labels of a REST call.
    var labels: [String: String] = [:]
    /// The body, when it had to be read to find the operation.
    var body: [UInt8]?
}

/// Tells from cheap signs which operation a request means. The order of the signs is the order of this file.
// AWS: sdk — spec/support-services.md §F1.
final class Recognizer: Sendable {
    private let catalog: ModelCatalog
    /// The largest body of calls whose body must be read to know the operation.
    static let formBytesMax = 16 << 20

    private let runtime = RESTFace("sagemaker-runtime"), s3 = RESTFace("s3"), apiGateway = RESTFace("apigateway")

    /// A REST service, whose routes are compiled at its first call.
    private final class RESTFace: Sendable {
        let id: ServiceID
        private let compiled = AtomicLazyReference<RESTRouter>()

        init(_ name: String) { id = ServiceID(name) }

        func router(_ catalog: ModelCatalog) -> RESTRouter? {
            if let router = compiled.load() { return router }
            return catalog.model(id).map { compiled.storeIfNil(RESTRouter(model: $0)) }
        }
    }

    init(catalog: ModelCatalog) { self.catalog = catalog }

    /// The call, if it can be told without reading the body. Throws the fault to answer when the request means nothing that
    /// is modelled.
    func recognizeHead(_ request: HTTPRequest, scope: CredentialScope?) throws -> RecognizedCall? {
        if let target = request.headers["X-Amz-Target"] { return try jsonCall(target) }
        let path = request.rawPath
        if path.isIdentical(to: "/") { return nil }
        if path.begins(with: "/service/"), let call = try cborCall(request) { return call }
        return try restCall(request, scope)
    }

    /// The call of a request that `recognizeHead` cannot tell. Throws like it.
    func recognize(_ request: HTTPRequest, scope: CredentialScope?) async throws -> RecognizedCall {
        try await queryCall(request, scope) ?? restCall(request, scope)
    }

    private func restCall(_ request: HTTPRequest, _ scope: CredentialScope?) throws -> RecognizedCall {
        let bucket = VirtualHost.bucket(of: request.headers["Host"] ?? "")
        if scope?.service == "sagemaker" || (scope?.service == nil && bucket == nil && Self.isInvocation(request)) {
            return try restCall(request, runtime, bucket: nil)
        }
        if scope?.service == "apigateway" { return try restCall(request, apiGateway, bucket: nil) }
        if let service = scope?.service, !catalog.services(signingName: service).contains(s3.id) {
            throw UnrecognizedCall.unsupportedService(service, .json)
        }
        return try restCall(request, s3, bucket: bucket)
    }

    /// `POST /endpoints/NAME/…invocations…`: what an unsigned request must look like to mean the runtime and not S3.
    private static func isInvocation(_ request: HTTPRequest) -> Bool {
        guard request.method == "POST", request.rawPath.begins(with: "/endpoints/") else { return false }
        let parts = request.rawPath.split(separator: "/")
        return parts.count == 3 && ["invocations", "async-invocations", "invocations-response-stream"].contains(parts[2])
    }

    /// `X-Amz-Target: SageMaker.CreateModel`.
    private func jsonCall(_ target: String) throws -> RecognizedCall {
        guard let dot = target.utf8.lastIndex(of: UInt8(ascii: ".")) else { throw UnrecognizedCall.malformedTarget(target) }
        let (prefix, name) = (String(target[..<dot]), String(target[target.index(after: dot)...]))
        guard let id = catalog.service(targetPrefix: prefix), let model = catalog.model(id) else {
            throw UnrecognizedCall.unsupportedService(prefix, .json)
        }
        guard let operation = model.operations[name] else { throw UnrecognizedCall.unknownOperation(model, name, .json) }
        return RecognizedCall(model: model, operation: operation, wire: .json)
    }

    /// `POST /service/GraniteServiceVersion20100801/operation/PutMetricData`.
    private func cborCall(_ request: HTTPRequest) throws -> RecognizedCall? {
        let parts = request.rawPath.split(separator: "/")
        guard parts.count == 4, parts[2] == "operation", request.headers["smithy-protocol"] != nil else { return nil }
        guard let id = catalog.service(targetPrefix: String(parts[1])), let model = catalog.model(id),
              model.protocols.contains(.cbor) else { throw UnrecognizedCall.unsupportedService(String(parts[1]), .cbor) }
        let name = String(parts[3])
        guard let operation = model.operations[name] else { throw UnrecognizedCall.unknownOperation(model, name, .cbor) }
        return RecognizedCall(model: model, operation: operation, wire: .cbor)
    }

    /// `Action=GetCallerIdentity&Version=2011-06-15`, in the body or in the query.
    private func queryCall(_ request: HTTPRequest, _ scope: CredentialScope?) async throws -> RecognizedCall? {
        var body: [UInt8] = []
        let isForm = request.headers["Content-Type"].map { type in
            equalIgnoringCase(String(type.prefix { $0 != ";" && $0 != " " }), "application/x-www-form-urlencoded")
        } ?? false
        if request.method == "POST", isForm {
            do {
                body = try await request.body.collect(limitBytes: Self.formBytesMax)
                body = try RequestDecompression.body(body, headers: request.headers, limitBytes: Self.formBytesMax)
            } catch {
                throw UnrecognizedCall.unreadableForm(error)
            }
        }
        let inQuery = request.rawQuery.flatMap { QueryItems(parsing: $0) }
        let inBody = body.isEmpty ? nil : QueryItems(parsing: Substring(decoding: body, as: UTF8.self))
        if isForm, !body.isEmpty, inBody == nil { throw UnrecognizedCall.malformedForm(formModel(body, scope)) }
        guard let action = inBody?["Action"] ?? inQuery?["Action"] else { return nil }
        let version = inBody?["Version"] ?? inQuery?["Version"]
        let signed = scope?.service.map { catalog.services(signingName: $0) } ?? []
        let id = signed.first { catalog.model($0)?.protocols.contains(.query) ?? false }
            ?? catalog.queryService(action: action, version: version)
        guard let id, let model = catalog.model(id) else {
            throw UnrecognizedCall.unsupportedService(scope?.service ?? action, .query)
        }
        guard let operation = model.operations[action] else {
            throw UnrecognizedCall.unknownAction(model, action, version: version ?? model.apiVersion)
        }
        return RecognizedCall(model: model, operation: operation, wire: .query, body: body)
    }

    /// The service a form that cannot be read is meant for, as far as its plain parts tell.
    private func formModel(_ body: [UInt8], _ scope: CredentialScope?) -> ServiceModel? {
        let version = body.split(separator: UInt8(ascii: "&")).first { $0.starts(with: "Version=".utf8) }
            .map { String(decoding: $0.dropFirst("Version=".utf8.count), as: UTF8.self) }
        let signed = scope?.service.map { catalog.services(signingName: $0) } ?? []
        let id = signed.first ?? version.flatMap { catalog.queryService(action: "", version: $0) }
        return id.flatMap { catalog.model($0) }
    }

    private func restCall(_ request: HTTPRequest, _ face: RESTFace, bucket: String?) throws -> RecognizedCall {
        guard let router = face.router(catalog) else { throw UnrecognizedCall.unsupportedService(face.id.name, .restJSON) }
        let model = router.model
        let wire: WireProtocol = model.protocols.contains(.restXML) ? .restXML : .restJSON
        switch router.match(request, bucket: bucket) {
        case .matched(let match):
            return RecognizedCall(model: model, operation: match.operation, wire: wire, labels: match.labels)
        case .methodNotAllowed: throw UnrecognizedCall.methodNotAllowed(model, wire, method: request.method)
        case .noRoute, .malformedPath: throw UnrecognizedCall.noRoute(model, wire)
        }
    }
}

/// Why a request means nothing, and in which protocol to say so.
enum UnrecognizedCall: Error {
    case malformedTarget(String)
    /// A form body whose escapes cannot be read.
    case malformedForm(ServiceModel?)
    /// A form body that is too long, damaged, or broken off.
    case unreadableForm(any Error)
    case unsupportedService(String, WireProtocol)
    case unknownOperation(ServiceModel, String, WireProtocol)
    case unknownAction(ServiceModel, String, version: String)
    case methodNotAllowed(ServiceModel, WireProtocol, method: String)
    case noRoute(ServiceModel, WireProtocol)

    var model: ServiceModel? {
        switch self {
        case .malformedTarget, .unreadableForm, .unsupportedService: nil
        case .malformedForm(let model): model
        case .unknownOperation(let model, _, _), .unknownAction(let model, _, _), .methodNotAllowed(let model, _, _),
            .noRoute(let model, _): model
        }
    }

    /// The error behind it, for those that have no fault of their own.
    var cause: any Error {
        if case .unreadableForm(let error) = self { error } else { self }
    }

    var wire: WireProtocol {
        switch self {
        case .malformedTarget: .json
        case .unsupportedService(_, let wire): wire
        case .unknownOperation(_, _, let wire), .methodNotAllowed(_, let wire, _), .noRoute(_, let wire): wire
        case .unknownAction, .malformedForm, .unreadableForm: .query
        }
    }

    /// The fault to answer; nil when another error is behind it.
    var fault: AWSFault? {
        switch self {
        case .unreadableForm: nil
        case .malformedTarget(let target):
            AWSFault("UnknownOperationException", "The X-Amz-Target \(target) names no operation.", status: 400)
        case .malformedForm: AWSFault("MalformedQueryString", "The form cannot be read: a percent escape is broken.", status: 400)
        case .unsupportedService(let name, _):
            AWSFault(
                "NotImplementedException", "Coldframe does not emulate the service \(name). See /_coldframe/coverage.",
                status: 501, isSenderFault: false)
        case .unknownOperation(_, let name, _):
            AWSFault("UnknownOperationException", "The operation \(name) does not exist.", status: 400)
        // AWS: inferred — spec/support-services.md §F1.
        case .unknownAction(_, let action, let version):
            AWSFault("InvalidAction", "Could not find operation \(action) for version \(version)", status: 400)
        // AWS: recorded — spec/support-services.md §F5.
        case .methodNotAllowed(_, .restXML, let method):
            AWSFault(
                "MethodNotAllowed", "The specified method is not allowed against this resource.", status: 405,
                members: ["Method": .string(method), "ResourceType": "OBJECT"])
        case .methodNotAllowed: AWSFault("UnknownOperationException", nil, status: 404)
        case .noRoute(_, .restXML): AWSFault("InvalidURI", "Couldn't parse the specified URI.", status: 400)
        case .noRoute: AWSFault("UnknownOperationException", nil, status: 404)
        }
    }
}

/// S3's virtual-host style: the bucket in the host name.
enum VirtualHost {
    /// The bucket of `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.localhost` or `BUCKET.localhost`; nil for path style.
    static func bucket(of host: String) -> String? {
        let name = LocalAccess.hostName(host)
        // The names of interface endpoints take the bucket in the path.
        if name.hasPrefix("vpce-") { return nil }
        if name.hasSuffix(".localhost") {
            let label = name.dropLast(".localhost".count)
            if label == "s3" || label.hasPrefix("s3.") { return nil }
            return String(label.hasSuffix(".s3") ? label.dropLast(3) : label)
        }
        guard name.hasSuffix(".amazonaws.com") else { return nil }
        let labels = name.split(separator: ".")
        guard let service = labels.lastIndex(where: { $0 == "s3" || $0.hasPrefix("s3-") }), service > 0 else { return nil }
        return labels[..<service].joined(separator: ".")
    }
}
