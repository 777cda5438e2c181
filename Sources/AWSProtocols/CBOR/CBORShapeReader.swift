import AWSModel
import SimTime

/// Fits a free CBOR value to a shape: members get their API names, unknown ones and nulls are dropped,
/// instants are shifted.
struct CBORShapeReader {
    let context: CodecContext

    /// The input structure. An empty body stands for an empty structure.
    func input(_ bytes: [UInt8], _ shape: ShapeID) throws(SerializationFailure) -> AWSObject {
        guard !bytes.isEmpty else { return [:] }
        guard case .object(let object)? = try fit(try CBORReader.parse(bytes), shape) else { throw .malformed }
        return object
    }

    private func fit(_ value: AWSValue, _ id: ShapeID) throws(SerializationFailure) -> AWSValue? {
        if case .null = value { return nil }
        let kind = context.model[id].kind
        switch (kind, value) {
        case (.structure(let traits), .object(let object)):
            var fitted = AWSObject()
            for member in traits.members {
                guard let value = object[member.wireName], let own = try fit(value, member.shape) else { continue }
                fitted.append(member.name, own)
            }
            return .object(fitted)
        case (.map(_, let item, _, _, _), .object(let object)):
            var fitted = AWSObject()
            for entry in object.entries {
                if let value = try fit(entry.value, item) { fitted.append(entry.key, value) }
            }
            return .object(fitted)
        case (.list(let item, _, _), .list(let items)):
            var fitted: [AWSValue] = []
            fitted.reserveCapacity(items.count)
            for value in items { if let value = try fit(value, item) { fitted.append(value) } }
            return .list(fitted)
        case (.string, .string), (.boolean, .boolean), (.blob, .blob), (.integer, .integer), (.long, .integer),
            (.float, .double), (.double, .double), (.document, _):
            return value
        case (.float, .integer(let whole)), (.double, .integer(let whole)):
            return .double(Double(whole))
        case (.integer, .double(let number)), (.long, .double(let number)):
            return .integer(WireNumber.truncated(number))
        case (.timestamp, .timestamp(let instant)):
            return context.read(instant)
        case (.timestamp, .integer), (.timestamp, .double):
            return context.read(SimInstant(secondsSinceEpoch: value.double ?? 0))
        default:
            throw mismatch(value, kind)
        }
    }

    /// Worded as for JSON, the same framework's other format.
    private func mismatch(_ value: AWSValue, _ kind: Shape.Kind) -> SerializationFailure {
        switch value {
        case .list: return SerializationFailure(Mismatch.list)
        case .object: return SerializationFailure(Mismatch.structure)
        default: break
        }
        switch kind {
        case .structure, .map: return SerializationFailure("Expected null")
        case .list: return SerializationFailure("Expected list or null")
        default: return SerializationFailure("Unexpected CBOR value")
        }
    }
}
