import AWSModel
import HTTPServer
import SimTime

/// Reads the input structure of a Query request.
struct QueryShapeReader {
    private let context: CodecContext
    private let tree: FormTree

    init(_ parameters: QueryItems, context: CodecContext) {
        self.context = context
        tree = FormTree(parameters)
    }

    func input(_ shape: ShapeID) throws(SerializationFailure) -> AWSObject {
        guard case .structure(let traits) = context.model[shape].kind else { throw .malformed }
        return try structure(traits, tree.root, depth: 0)
    }

    private func structure(
        _ traits: Shape.StructureTraits, _ place: FormTree.Place, depth: Int
    ) throws(SerializationFailure) -> AWSObject {
        var object = AWSObject()
        for member in traits.members {
            guard let place = tree.child(parameterName(member), of: place),
                  let value = try value(member.shape, place, member: member, depth: depth + 1) else { continue }
            object.append(member.name, value)
        }
        return object
    }

    /// A flattened list with named items travels under the item's name instead of the member's.
    private func parameterName(_ member: Member) -> String {
        if case .list(_, let itemName, let isFlattened) = context.model[member.shape].kind,
           isFlattened || member.isFlattened, itemName != "member" {
            return itemName
        }
        return member.wireName
    }

    private func value(
        _ id: ShapeID, _ place: FormTree.Place, member: Member?, depth: Int
    ) throws(SerializationFailure) -> AWSValue? {
        guard depth < maximumNesting else { throw .malformed }
        let kind = context.model[id].kind
        let isMemberFlattened = member?.isFlattened ?? false
        switch kind {
        case .structure(let traits):
            guard tree.hasChildren(place) || tree.value(place) == "" else { return nil }
            return .object(try structure(traits, place, depth: depth))
        case .list(let item, let itemName, let isFlattened):
            let items = isFlattened || isMemberFlattened ? place : tree.child(itemName, of: place)
            guard let items else { return tree.value(place) == "" ? .list([]) : nil }
            var values: [AWSValue] = []
            for place in tree.items(items) {
                if let value = try value(item, place, member: nil, depth: depth + 1) { values.append(value) }
            }
            return .list(values)
        case .map(_, let item, let keyName, let valueName, let isFlattened):
            let entries = isFlattened || isMemberFlattened ? place : tree.child("entry", of: place)
            guard let entries else { return tree.value(place) == "" ? .object([:]) : nil }
            var object = ObjectBuilder()
            for entry in tree.items(entries) {
                guard let key = tree.child(keyName, of: entry).flatMap(tree.value),
                      let place = tree.child(valueName, of: entry),
                      let value = try value(item, place, member: nil, depth: depth + 1) else { continue }
                object.set(key, value)
            }
            return .object(object.finish())
        default:
            guard let text = tree.value(place) else { return nil }
            return try TextScalar.read(text, kind, context)
        }
    }
}
