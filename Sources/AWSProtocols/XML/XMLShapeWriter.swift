import AWSModel
import SimTime

/// Writes the value of a shape as XML, for Query and REST-XML answers.
struct XMLShapeWriter {
    private let context: CodecContext
    /// S3 writes `.000` where other services leave whole seconds bare.
    private let alwaysMilliseconds: Bool
    var writer: XMLWriter

    init(context: CodecContext, alwaysMilliseconds: Bool, declaration: Bool) {
        self.context = context
        self.alwaysMilliseconds = alwaysMilliseconds
        writer = XMLWriter(declaration: declaration)
    }

    /// The members of a structure that travel in the body, without an element around them.
    mutating func members(of object: AWSObject, _ traits: Shape.StructureTraits) {
        var cursor = MemberCursor()
        for entry in object.entries {
            guard let position = cursor.position(of: entry.key, in: traits.members) else {
                value(entry.value, shape: nil, name: entry.key)
                continue
            }
            let member = traits.members[position]
            guard member.location == .body, !member.isXMLAttribute else { continue }
            self.member(entry.value, member)
        }
    }

    private mutating func member(_ value: AWSValue, _ member: Member) {
        if member.isFlattened, case .list(let items) = value {
            flattened(items, member)
        } else {
            self.value(
                value, shape: member.shape, name: member.wireName, format: member.timestampFormat,
                attributes: namespace(member.xmlNamespace, member.xmlNamespacePrefix), isFlattened: member.isFlattened)
        }
    }

    /// The items of a flattened list repeat the item's own name if it has one, else the member's.
    private mutating func flattened(_ items: [AWSValue], _ member: Member) {
        guard case .list(let item, let itemName, _) = context.model[member.shape].kind else { return }
        for value in items { self.value(value, shape: item, name: itemName == "member" ? member.wireName : itemName) }
    }

    /// One element named `name`, with all that is in it.
    mutating func value(
        _ value: AWSValue, shape: ShapeID?, name: String, format: TimestampFormat? = nil,
        attributes: [(name: String, value: String)] = [], isFlattened: Bool = false
    ) {
        let kind = shape.map { context.model[$0].kind }
        switch value {
        case .null: return
        case .object(let object):
            if case .map(_, let item, let keyName, let valueName, let flat) = kind {
                map(object, item, name, (keyName, valueName), isFlattened: flat || isFlattened)
            } else {
                structure(object, kind, name, attributes)
            }
        case .list(let items): list(items, kind, name, attributes)
        default:
            var format = format
            if case .timestamp(let own) = kind { format = format ?? own }
            let text = TextScalar.text(value, kind, format ?? .iso8601, context, alwaysMilliseconds: alwaysMilliseconds)
            guard let text, !text.isEmpty else { return writer.empty(name, attributes) }
            writer.leaf(name, text, attributes)
        }
    }

    private mutating func structure(
        _ object: AWSObject, _ kind: Shape.Kind?, _ name: String, _ attributes: [(name: String, value: String)]
    ) {
        var attributes = attributes
        guard case .structure(let traits) = kind else {
            writer.open(name, attributes)
            for entry in object.entries { value(entry.value, shape: nil, name: entry.key) }
            return writer.close(name)
        }
        attributes += namespace(traits.xmlNamespace, traits.xmlNamespacePrefix)
        for member in traits.members where member.isXMLAttribute {
            if let text = object[member.name]?.string { attributes.append((member.wireName, text)) }
        }
        guard !object.isEmpty else { return writer.empty(name, attributes) }
        writer.open(name, attributes)
        members(of: object, traits)
        writer.close(name)
    }

    private mutating func list(
        _ items: [AWSValue], _ kind: Shape.Kind?, _ name: String, _ attributes: [(name: String, value: String)]
    ) {
        var item: ShapeID?
        var itemName = "member"
        if case .list(let itemShape, let ownName, let isFlattened) = kind {
            item = itemShape
            itemName = ownName
            if isFlattened {
                for value in items {
                    self.value(value, shape: item, name: ownName == "member" ? name : ownName)
                }
                return
            }
        }
        guard !items.isEmpty else { return writer.empty(name, attributes) }
        writer.open(name, attributes)
        for value in items { self.value(value, shape: item, name: itemName) }
        writer.close(name)
    }

    private mutating func map(
        _ object: AWSObject, _ item: ShapeID, _ name: String, _ names: (key: String, value: String), isFlattened: Bool
    ) {
        guard !isFlattened else {
            for entry in object.entries { mapEntry(entry, item, name, names) }
            return
        }
        guard !object.isEmpty else { return writer.empty(name) }
        writer.open(name)
        for entry in object.entries { mapEntry(entry, item, "entry", names) }
        writer.close(name)
    }

    private mutating func mapEntry(
        _ entry: (key: String, value: AWSValue), _ item: ShapeID, _ element: String, _ names: (key: String, value: String)
    ) {
        writer.open(element)
        writer.leaf(names.key, entry.key)
        value(entry.value, shape: item, name: names.value)
        writer.close(element)
    }

    private func namespace(_ uri: String?, _ prefix: String?) -> [(name: String, value: String)] {
        uri.map { [(prefix.map { "xmlns:\($0)" } ?? "xmlns", $0)] } ?? []
    }
}
