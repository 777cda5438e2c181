import AWSModel
import AWSProtocols
import HTTPServer
import Outbound
import SimTime

/// The client's side of the wire. A request is written as the answer of a mirrored operation, whose output is the real
/// one's input, and an answer is read as that operation's request: the codecs are the server's own.
struct CallWire {
    private let model: ServiceModel
    private let operation: OperationModel
    private let wire: WireProtocol
    private let mirror: WireCodec

    /// Throws `CallProblem`.
    init(service: String, operation name: String, clockShift: ClockShift) throws {
        guard let model = ModelCatalog.shared.model(ServiceID(service))
        else { throw CallProblem.unknownService(service) }
        guard let operation = model.operations[name] else {
            throw CallProblem.unknownOperation(service: service, operation: name)
        }
        guard let wire = [WireProtocol.json, .restJSON].first(where: { model.protocols.contains($0) }) else {
            throw CallProblem.unsupportedProtocol(service: service)
        }
        let mirrored = OperationModel(
            name: name, httpMethod: operation.httpMethod, requestURI: operation.requestURI, input: operation.output,
            output: operation.input)
        (self.model, self.operation, self.wire) = (model, operation, wire)
        mirror = WireCodec(model: model, operation: mirrored, wire: wire, clockShift: clockShift)
    }

    /// The request that an SDK would send, signed by nobody. Throws `CallProblem`.
    func request(_ input: AWSObject) throws -> HTTPRequest {
        let payload = blobPayload(of: operation.input).flatMap { input[$0]?.blob }
        let written = mirror.encodeResponse(input, payload: payload.map { .bytes($0) } ?? .empty, requestID: "")
        var headers = written.headers
        headers.remove("x-amzn-RequestId")
        headers.set("Host", "localhost")
        if wire == .json, let prefix = model.targetPrefix { headers.set("X-Amz-Target", "\(prefix).\(operation.name)") }
        var body: [UInt8] = []
        if case .bytes(let bytes) = written.body { body = bytes }
        return HTTPRequest(
            method: operation.httpMethod, target: wire == .json ? "/" : try path(input), headers: headers,
            body: RequestBody(bytes: body))
    }

    /// The output of a successful answer. Throws `CallProblem.unreadableAnswer`.
    func output(_ answer: HTTPAnswer) throws -> AWSValue {
        guard operation.output != nil, wire != .json || !answer.body.isEmpty else { return [:] }
        let head = HTTPRequest(method: "POST", target: "/", headers: answer.headers)
        let payload = blobPayload(of: operation.output)
        do {
            var output = try mirror.decodeRequest(head, body: payload == nil ? answer.body : [])
            if let payload { output[payload] = .blob(answer.body) }
            return .object(output)
        } catch {
            throw CallProblem.unreadableAnswer
        }
    }

    /// The error that an answer carries.
    func fault(_ answer: HTTPAnswer) -> CallFault {
        let body = try? JSON.parse(answer.body)
        let type = answer.headers["x-amzn-ErrorType"] ?? body?["__type"]?.string ?? "Unknown"
        let code = type.prefix { $0 != ":" }.split(separator: "#").last.map(String.init) ?? type
        let message = body?["message"]?.string ?? body?["Message"]?.string ?? ""
        return CallFault(status: answer.status, code: code, message: message)
    }

    /// The member that is a blob and the whole body, as InvokeEndpoint's `Body`.
    private func blobPayload(of shape: ShapeID?) -> String? {
        guard let traits = shape.flatMap({ model[$0].structure }), let name = traits.payloadMember,
              let member = traits.member(name), case .blob = model[member.shape].kind else { return nil }
        return name
    }

    private func path(_ input: AWSObject) throws -> String {
        var path = operation.requestURI
        for member in operation.input.flatMap({ model[$0].structure })?.members ?? [] where member.location == .uri {
            guard let range = path.firstRange(of: "{\(member.wireName)}") else { continue }
            path.replaceSubrange(range, with: escaped(input[member.name]?.string ?? ""))
        }
        return path
    }
}
