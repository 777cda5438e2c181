import AWSModel
import HTTPServer

/// Gathers a REST request's input from path labels, query string, headers and body.
struct RESTRequestReader {
    let context: CodecContext
    let wire: WireProtocol

    func input(
        _ traits: Shape.StructureTraits, head: HTTPRequest, labels: [String: String], body: [UInt8], shape: ShapeID
    ) throws(SerializationFailure) -> AWSObject {
        var object = AWSObject()
        guard let query = QueryItems(parsing: head.rawQuery ?? "") else {
            throw SerializationFailure("The query string can not be decoded")
        }
        for member in traits.members {
            let value: AWSValue?
            switch member.location {
            case .uri:
                if let text = labels[member.wireName] { value = try scalar(text, member) } else { value = nil }
            case .querystring: value = try queryValue(member, query, traits)
            case .header: value = try headerValue(member, head.headers)
            case .headers: value = prefixed(member.wireName, head.headers)
            case .statusCode, .body: value = nil
            }
            if let value { object.append(member.name, value) }
        }
        try readBody(into: &object, traits, body, shape)
        return object
    }

    private func scalar(_ text: String, _ member: Member) throws(SerializationFailure) -> AWSValue {
        try TextScalar.read(text, context.model[member.shape].kind, context)
    }

    private func queryValue(
        _ member: Member, _ query: QueryItems, _ traits: Shape.StructureTraits
    ) throws(SerializationFailure) -> AWSValue? {
        switch context.model[member.shape].kind {
        case .list(let item, _, _):
            let kind = context.model[item].kind
            var items: [AWSValue] = []
            for item in query.items where item.name == member.wireName {
                items.append(try TextScalar.read(item.value ?? "", kind, context))
            }
            return items.isEmpty ? nil : .list(items)
        case .map:
            // A map takes every parameter that no other member is bound to.
            let bound = Set(traits.members.lazy.filter { $0.location == .querystring }.map(\.wireName))
            var object = ObjectBuilder()
            for item in query.items where !bound.contains(item.name) { object.set(item.name, .string(item.value ?? "")) }
            let entries = object.finish()
            return entries.isEmpty ? nil : .object(entries)
        default:
            guard let text = query[member.wireName] else { return nil }
            return try scalar(text, member)
        }
    }

    private func headerValue(_ member: Member, _ headers: HTTPHeaders) throws(SerializationFailure) -> AWSValue? {
        guard let text = headers[member.wireName] else { return nil }
        switch context.model[member.shape].kind {
        case .list(let item, _, _):
            let kind = context.model[item].kind
            var items: [AWSValue] = []
            for line in headers.values(member.wireName) {
                for text in HeaderText.list(line) { items.append(try TextScalar.read(text, kind, context)) }
            }
            return .list(items)
        case .string(isJSONValue: true):
            guard let bytes = Base64.decode(text) else { throw SerializationFailure("'\(text)' is not base64") }
            return .string(String(decoding: bytes, as: UTF8.self))
        case .timestamp:
            // RFC 9110 §13.1.3: a date that cannot be read is as good as absent.
            return WireTimestamp.parse(text).map(context.read)
        default:
            return try scalar(text, member)
        }
    }

    private func prefixed(_ prefix: String, _ headers: HTTPHeaders) -> AWSValue? {
        var object = ObjectBuilder()
        let length = prefix.utf8.count
        headers.forEach { name, value in
            guard name.utf8.count > length, equalIgnoringCase(String(name.prefix(length)), prefix) else { return }
            object.set(name.dropFirst(length).lowercased(), .string(value))
        }
        let entries = object.finish()
        return entries.isEmpty ? nil : .object(entries)
    }

    private func readBody(
        into object: inout AWSObject, _ traits: Shape.StructureTraits, _ body: [UInt8], _ shape: ShapeID
    ) throws(SerializationFailure) {
        if let name = traits.payloadMember {
            guard let member = traits.member(name) else { throw .malformed }
            switch context.model[member.shape].kind {
            case .blob: return
            case .string:
                guard let text = String(validating: body, as: UTF8.self) else { throw .malformed }
                if !body.isEmpty { object.append(name, .string(text)) }
            default:
                guard !body.isEmpty else { return }
                if let value = try payload(member, body) { object.append(name, value) }
            }
            return
        }
        guard !body.isEmpty, traits.members.contains(where: { $0.location == .body }) else { return }
        let members: AWSObject
        if wire == .restXML {
            let reader = XMLShapeReader(context: context)
            members = try reader.structure(traits, try XMLElement.parse(body), depth: 0)
        } else {
            var reader = JSONShapeReader(body, context: context)
            members = try reader.body(shape)
        }
        for entry in members.entries where traits.member(entry.key)?.location == .body {
            object.append(entry.key, entry.value)
        }
    }

    private func payload(_ member: Member, _ body: [UInt8]) throws(SerializationFailure) -> AWSValue? {
        guard wire == .restXML else {
            var reader = JSONShapeReader(body, context: context)
            return try reader.payload(member.shape)
        }
        let root = try XMLElement.parse(body)
        if let expected = member.locationName, root.name != expected { throw .malformed }
        return try XMLShapeReader(context: context).value(member.shape, [root], member: member, depth: 0)
    }
}
