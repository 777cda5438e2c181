package import AWSModel
package import HTTPServer
package import SimTime

/// The wire form of one operation in one protocol: requests in, answers and faults out.
/// The Gateway's only way to the codecs.
package struct WireCodec: Sendable {
    private let context: CodecContext
    private let operation: OperationModel
    private let wire: WireProtocol

    /// `clockShift` is applied to every timestamp in both directions, here and nowhere else (DESIGN §3).
    package init(model: ServiceModel, operation: OperationModel, wire: WireProtocol, clockShift: ClockShift) {
        context = CodecContext(model: model, clockShift: clockShift)
        self.operation = operation
        self.wire = wire
    }

    /// True when the request body is the operation's own payload (a blob, streaming or not): it must be passed through
    /// unread, and is never a member of the decoded input.
    package var passesBodyThrough: Bool {
        guard wire == .restJSON || wire == .restXML, let input = operation.input,
              let traits = context.model[input].structure, let name = traits.payloadMember,
              let member = traits.member(name), case .blob = context.model[member.shape].kind else { return false }
        return true
    }

    /// The input structure. `body` is the collected and unzipped body, empty when it is passed through; `labels` come from
    /// `RESTRouter`. Throws the protocol's fault for a body that cannot be read or does not fit the shape.
    package func decodeRequest(
        _ head: HTTPRequest, labels: [String: String] = [:], body: [UInt8]
    ) throws(AWSFault) -> AWSObject {
        guard let input = operation.input, case .structure(let traits) = context.model[input].kind else { return [:] }
        do throws(SerializationFailure) {
            switch wire {
            case .json:
                var reader = JSONShapeReader(body, context: context)
                return try reader.body(input)
            case .cbor:
                return try CBORShapeReader(context: context).input(body, input)
            case .query:
                let query = QueryItems(parsing: head.rawQuery ?? "")
                guard let query, let text = String(validating: body, as: UTF8.self),
                      let form = QueryItems(parsing: text[...]) else { throw .malformed }
                return try QueryShapeReader(QueryItems(query.items + form.items), context: context).input(input)
            case .restJSON, .restXML:
                let reader = RESTRequestReader(context: context, wire: wire)
                return try reader.input(traits, head: head, labels: labels, body: body, shape: input)
            }
        } catch {
            throw fault(for: error)
        }
    }

    private func fault(for failure: SerializationFailure) -> AWSFault {
        guard wire == .restXML else { return AWSFault("SerializationException", failure.message, status: 400) }
        // AWS: recorded — spec/support-services.md §F5.
        guard let message = failure.message else {
            return AWSFault(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema", status: 400)
        }
        return AWSFault("InvalidArgument", message, status: 400)
    }

    /// The answer of a successful call. `status` overrides the model's; `headers` are added to, or replace,
    /// the codec's own.
    package func encodeResponse(
        _ output: AWSObject, payload: ResponseBody = .empty, status: Int? = nil, headers: HTTPHeaders = [:],
        requestID: String
    ) -> HTTPResponse {
        var response = HTTPResponse(status: operation.successStatus)
        switch wire {
        case .json: encodeJSON(output, requestID, &response)
        case .cbor: encodeCBOR(output, requestID, &response)
        case .query: encodeQuery(output, requestID, &response)
        case .restJSON:
            response.headers.add("x-amzn-RequestId", requestID)
            writeREST(output, payload, &response)
        case .restXML:
            let ids = S3RequestIDs(requestID)
            response.headers = ["x-amz-request-id": ids.requestID, "x-amz-id-2": ids.hostID, "Server": "AmazonS3"]
            writeREST(output, payload, &response)
        }
        if let status { response.status = status }
        headers.forEach { name, value in response.headers.set(name, value) }
        return response
    }

    private func writeREST(_ output: AWSObject, _ payload: ResponseBody, _ response: inout HTTPResponse) {
        RESTResponseWriter(context: context, wire: wire, operation: operation)
            .write(output, payload: payload, into: &response)
    }

    private func encodeJSON(_ output: AWSObject, _ requestID: String, _ response: inout HTTPResponse) {
        response.headers = [
            "x-amzn-RequestId": requestID,
            "Content-Type": "application/x-amz-json-\(context.model.jsonVersion ?? "1.1")",
        ]
        // AWS: recorded — spec/hosting.md §0: operations without output answer an empty body.
        guard let shape = operation.output else { return }
        response.body = .bytes(JSONShapeWriter.write(output, shape, context))
    }

    private func encodeCBOR(_ output: AWSObject, _ requestID: String, _ response: inout HTTPResponse) {
        response.headers = ["x-amzn-RequestId": requestID, "smithy-protocol": "rpc-v2-cbor"]
        guard let shape = operation.output else { return }
        response.headers.add("Content-Type", "application/cbor")
        response.body = .bytes(CBORShapeWriter.write(output, shape, context))
    }

    // AWS: recorded — spec/support-services.md §F1, spec/cloudwatch.md §1.
    private func encodeQuery(_ output: AWSObject, _ requestID: String, _ response: inout HTTPResponse) {
        response.headers = ["x-amzn-RequestId": requestID, "Content-Type": "text/xml"]
        var writer = XMLShapeWriter(context: context, alwaysMilliseconds: false, declaration: false)
        let root = operation.name + "Response"
        writer.writer.open(root, context.model.xmlNamespace.map { [("xmlns", $0)] } ?? [])
        if let shape = operation.output, case .structure(let traits) = context.model[shape].kind {
            let result = operation.resultWrapper ?? operation.name + "Result"
            if output.isEmpty {
                writer.writer.empty(result)
            } else {
                writer.writer.open(result)
                writer.members(of: output, traits)
                writer.writer.close(result)
            }
        }
        writer.writer.open("ResponseMetadata")
        writer.writer.leaf("RequestId", requestID)
        writer.writer.close("ResponseMetadata")
        writer.writer.close(root)
        response.body = .bytes(writer.writer.bytes)
    }

    /// The answer for a fault. `model` is nil when the request never got as far as a service. Instants among the fault's
    /// members are not shifted. `method` and `requestHeaders` decide on bodies (HEAD) and on Query compatibility.
    package static func encodeFault(
        _ fault: AWSFault, model: ServiceModel?, wire: WireProtocol, requestID: String, method: String = "POST",
        requestHeaders: HTTPHeaders = [:]
    ) -> HTTPResponse {
        FaultEncoder(
            names: FaultNames(fault, model), wire: wire, requestID: requestID, method: method,
            requestHeaders: requestHeaders
        ).response()
    }
}
