import AWSModel
import HTTPServer

/// Spreads a REST answer's output over status, headers and body.
struct RESTResponseWriter {
    let context: CodecContext
    let wire: WireProtocol
    let operation: OperationModel

    /// Adds the output's status, headers and body to `response`.
    func write(_ output: AWSObject, payload: ResponseBody, into response: inout HTTPResponse) {
        guard let shape = operation.output, case .structure(let traits) = context.model[shape].kind else {
            response.body = payload
            return
        }
        for member in traits.members where member.location != .body {
            if let value = output[member.name] { bind(value, member, &response) }
        }
        if let name = traits.payloadMember, let member = traits.member(name) {
            writePayload(member, output[name], payload, &response)
        } else if traits.members.contains(where: { $0.location == .body }) {
            writeDocument(output, traits, shape, &response)
        } else {
            response.body = payload
        }
    }

    private func bind(_ value: AWSValue, _ member: Member, _ response: inout HTTPResponse) {
        switch member.location {
        case .statusCode: if let status = value.int { response.status = status }
        case .headers:
            for entry in value.object?.entries ?? [] {
                if let text = entry.value.string {
                    response.headers.set(member.wireName + entry.key, HeaderText.visible(text))
                }
            }
        // Content-Length is the server's to write, from the body it really sends.
        default:
            if let text = headerText(value, member), !equalIgnoringCase(member.wireName, "Content-Length") {
                response.headers.set(member.wireName, text)
            }
        }
    }

    private func headerText(_ value: AWSValue, _ member: Member) -> String? {
        let kind = context.model[member.shape].kind
        if case .string(isJSONValue: true) = kind { return value.string.map { Base64.encode(Array($0.utf8)) } }
        if case .list(let items) = value {
            let texts = items.compactMap { TextScalar.text($0, nil, .rfc822, context) }
            return texts.isEmpty ? nil : HeaderText.visible(texts.map(HeaderText.listItem).joined(separator: ","))
        }
        var format = member.timestampFormat
        if case .timestamp(let own) = kind { format = format ?? own }
        return TextScalar.text(value, kind, format ?? .rfc822, context).map(HeaderText.visible)
    }

    private func writePayload(
        _ member: Member, _ value: AWSValue?, _ payload: ResponseBody, _ response: inout HTTPResponse
    ) {
        let kind = context.model[member.shape].kind
        switch kind {
        case .blob: response.body = payload
        case .string:
            response.body = value?.string.map { .bytes(Array($0.utf8)) } ?? payload
        case .structure(let traits) where traits.isEventStream:
            response.body = payload
            response.headers.set("Content-Type", "application/vnd.amazon.eventstream")
        default:
            guard let value else { return }
            if wire == .restXML {
                let name = member.locationName ?? context.model[member.shape].name
                writeXML(value, member.shape, name, &response)
            } else if case .object(let object) = value {
                response.headers.set("Content-Type", "application/json")
                response.body = .bytes(JSONShapeWriter.write(object, member.shape, context))
            }
        }
    }

    private func writeDocument(
        _ output: AWSObject, _ traits: Shape.StructureTraits, _ shape: ShapeID, _ response: inout HTTPResponse
    ) {
        var members = AWSObject()
        for entry in output.entries where traits.member(entry.key)?.location ?? .body == .body {
            members.append(entry.key, entry.value)
        }
        guard wire == .restXML else {
            response.headers.set("Content-Type", "application/json")
            response.body = .bytes(JSONShapeWriter.write(members, shape, context))
            return
        }
        // AWS: recorded — spec/support-services.md §F5: the one answer whose root element holds the value itself.
        if operation.name == "GetBucketLocation" {
            return writeXML(.string(members["LocationConstraint"]?.string ?? ""), nil, "LocationConstraint", &response)
        }
        let root = S3Document.rootElements[operation.name] ?? traits.xmlElementName ?? context.model[shape].name
        writeXML(.object(members), shape, root, &response)
    }

    private func writeXML(_ value: AWSValue, _ shape: ShapeID?, _ name: String, _ response: inout HTTPResponse) {
        let namespace = context.model.xmlNamespace ?? S3Document.namespace
        var writer = XMLShapeWriter(context: context, alwaysMilliseconds: true, declaration: true)
        writer.value(value, shape: shape, name: name, attributes: [("xmlns", namespace)])
        response.headers.set("Content-Type", "application/xml")
        response.body = .bytes(writer.writer.bytes)
    }
}
