import AWSModel
import HTTPServer

/// Puts a fault on the wire of a protocol.
struct FaultEncoder {
    let names: FaultNames
    let wire: WireProtocol
    let requestID: String
    let method: String
    let requestHeaders: HTTPHeaders

    func response() -> HTTPResponse {
        switch wire {
        case .json: json()
        case .cbor: cbor()
        case .restJSON: restJSON()
        case .query: query()
        case .restXML: restXML()
        }
    }

    // MARK: JSON and CBOR

    private var body: AWSObject {
        var body: AWSObject = ["__type": .string(names.typeName)]
        if let message = names.fault.message { body[names.messageName] = .string(message) }
        for member in names.members { body[member.name] = member.value }
        return body
    }

    private func json() -> HTTPResponse {
        var headers: HTTPHeaders = [
            "x-amzn-RequestId": requestID,
            "Content-Type": "application/x-amz-json-\(names.model?.jsonVersion ?? "1.1")",
        ]
        addQueryError(to: &headers)
        addCognitoHeaders(to: &headers)
        return HTTPResponse(status: rpcStatus, headers: headers, body: .bytes(JSON.write(.object(body))))
    }

    private func cbor() -> HTTPResponse {
        var headers: HTTPHeaders = [
            "x-amzn-RequestId": requestID, "smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor",
        ]
        addQueryError(to: &headers)
        let bytes = CBORShapeWriter.write(body, nil, nil)
        return HTTPResponse(status: rpcStatus, headers: headers, body: .bytes(bytes))
    }

    private var isQueryMode: Bool {
        guard names.model?.isQueryCompatible == true else { return false }
        return requestHeaders["x-amzn-query-mode"].map { equalIgnoringCase($0, "true") } ?? false
    }

    /// A query-compatible service answers every sender fault with 400, unless the client asks for the Query statuses.
    // AWS: recorded — spec/cloudwatch.md §1.
    private var rpcStatus: Int {
        guard names.model?.isQueryCompatible == true, names.fault.isSenderFault, !isQueryMode, names.status < 500 else {
            return names.status
        }
        return 400
    }

    private func addQueryError(to headers: inout HTTPHeaders) {
        guard isQueryMode else { return }
        headers.add("x-amzn-query-error", "\(names.queryCode);\(names.fault.isSenderFault ? "Sender" : "Receiver")")
    }

    // AWS: recorded — spec/cognito.md §D1.
    private func addCognitoHeaders(to headers: inout HTTPHeaders) {
        guard let name = names.model?.signingName, name.hasPrefix("cognito-") else { return }
        headers.add("x-amzn-ErrorType", "\(names.fault.code):")
        if let message = names.fault.message { headers.add("x-amzn-ErrorMessage", HeaderText.visible(message)) }
    }

    // AWS: recorded — spec/hosting.md §E.4: keys in alphabetical order, the type in a header only.
    private func restJSON() -> HTTPResponse {
        var members = names.members
        if let message = names.fault.message {
            let place = members.firstIndex { $0.name > names.messageName } ?? members.count
            members.insert((names.messageName, .string(message)), at: place)
        }
        var body = AWSObject()
        for member in members { body.append(member.name, member.value) }
        let namespace = names.model.map { "http://internal.amazon.com/coral/com.amazon.\($0.signingName)/" } ?? ""
        return HTTPResponse(
            status: names.status,
            headers: [
                "x-amzn-RequestId": requestID, "x-amzn-ErrorType": "\(names.fault.code):\(namespace)",
                "Content-Type": "application/json",
            ],
            body: .bytes(JSON.write(.object(body))))
    }

    // MARK: XML

    private func query() -> HTTPResponse {
        var writer = XMLWriter(declaration: false)
        writer.open("ErrorResponse", names.model?.xmlNamespace.map { [("xmlns", $0)] } ?? [])
        writer.open("Error")
        writer.leaf("Type", names.fault.isSenderFault ? "Sender" : "Receiver")
        writer.leaf("Code", names.queryCode)
        if let message = names.fault.message { writer.leaf("Message", message) }
        writeMembers(to: &writer)
        writer.close("Error")
        writer.leaf("RequestId", requestID)
        writer.close("ErrorResponse")
        return HTTPResponse(
            status: names.queryStatus, headers: ["x-amzn-RequestId": requestID, "Content-Type": "text/xml"],
            body: .bytes(writer.bytes))
    }

    private func restXML() -> HTTPResponse {
        let ids = S3RequestIDs(requestID)
        var headers: HTTPHeaders = ["x-amz-request-id": ids.requestID, "x-amz-id-2": ids.hostID, "Server": "AmazonS3"]
        // A HEAD answer and 304 have no body; clients then go by the status alone.
        guard method != "HEAD", names.queryStatus != 304 else {
            return HTTPResponse(status: names.queryStatus, headers: headers)
        }
        headers.add("Content-Type", "application/xml")
        var writer = XMLWriter(declaration: true)
        writer.open("Error")
        writer.leaf("Code", S3ErrorCode.name(of: names))
        if let message = names.fault.message { writer.leaf("Message", message) }
        writeMembers(to: &writer)
        writer.leaf("RequestId", ids.requestID)
        writer.leaf("HostId", ids.hostID)
        writer.close("Error")
        return HTTPResponse(status: names.queryStatus, headers: headers, body: .bytes(writer.bytes))
    }

    private func writeMembers(to writer: inout XMLWriter) {
        for member in names.members {
            if case .list(let items) = member.value {
                writer.open(member.name)
                for item in items { if let text = freeText(item) { writer.leaf("member", text) } }
                writer.close(member.name)
            } else if let text = freeText(member.value) {
                writer.leaf(member.name, text)
            }
        }
    }

    private func freeText(_ value: AWSValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): WireNumber.text(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .timestamp(let instant): WireTimestamp.iso8601(instant)
        case .null, .blob, .list, .object: nil
        }
    }
}
