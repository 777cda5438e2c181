import AWSModel

/// Reads XML elements into the value of a shape. Unknown elements are skipped; surrounding white space of numbers,
/// booleans and instants is not part of them.
struct XMLShapeReader {
    let context: CodecContext

    func structure(
        _ traits: Shape.StructureTraits, _ element: XMLElement, depth: Int
    ) throws(SerializationFailure) -> AWSObject {
        var object = AWSObject()
        for member in traits.members where member.location == .body {
            if member.isXMLAttribute {
                if let text = attribute(member.wireName, of: element) { object.append(member.name, .string(text)) }
                continue
            }
            let elements = elements(of: member, in: element)
            guard !elements.isEmpty, let value = try value(member.shape, elements, member: member, depth: depth + 1)
            else { continue }
            object.append(member.name, value)
        }
        return object
    }

    /// Clients choose the prefix, so `xsi:type` also matches under another one.
    private func attribute(_ name: String, of element: XMLElement) -> String? {
        let local = name.split(separator: ":").last ?? ""
        return element.attributes.first { $0.name == name }?.value
            ?? element.attributes.first { $0.name.split(separator: ":").last == local }?.value
    }

    private func elements(of member: Member, in element: XMLElement) -> [XMLElement] {
        let own = element.children(member.wireName)
        guard own.isEmpty, case .list(_, let itemName, let isFlattened) = context.model[member.shape].kind,
              isFlattened || member.isFlattened, itemName != "member" else { return own }
        return element.children(itemName)
    }

    /// The value of the elements that carry a member: several for a flattened list or map, the last one for all else.
    func value(
        _ id: ShapeID, _ elements: [XMLElement], member: Member?, depth: Int
    ) throws(SerializationFailure) -> AWSValue? {
        guard depth < maximumNesting, let element = elements.last else { throw .malformed }
        let kind = context.model[id].kind
        switch kind {
        case .structure(let traits): return .object(try structure(traits, element, depth: depth))
        case .list(let item, let itemName, let isFlattened):
            let items = isFlattened || member?.isFlattened == true ? elements : element.children(itemName)
            var values: [AWSValue] = []
            for element in items {
                if let value = try value(item, [element], member: nil, depth: depth + 1) { values.append(value) }
            }
            return .list(values)
        case .map(_, let item, let keyName, let valueName, let isFlattened):
            let entries = isFlattened || member?.isFlattened == true ? elements : element.children("entry")
            var object = ObjectBuilder()
            for entry in entries {
                guard let key = entry.children(keyName).last?.text,
                      let value = try value(item, entry.children(valueName), member: nil, depth: depth + 1)
                else { continue }
                object.set(key, value)
            }
            return .object(object.finish())
        case .string, .document: return .string(element.text)
        default: return try TextScalar.read(trimmed(element.text), kind, context)
        }
    }

    private func trimmed(_ text: String) -> String {
        var slice = text[...]
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}
