import AWSModel
import SimTime

/// Scalars as text: Query parameters, XML content, headers, labels and query strings.
enum TextScalar {
    static func read(
        _ text: String, _ kind: Shape.Kind, _ context: CodecContext
    ) throws(SerializationFailure) -> AWSValue {
        switch kind {
        case .string, .document:
            return .string(text)
        case .boolean:
            switch text {
            case "true", "TRUE", "True": return .boolean(true)
            case "false", "FALSE", "False": return .boolean(false)
            default: throw SerializationFailure("'\(text)' is not a boolean")
            }
        case .integer, .long:
            guard let value = WireNumber.integer(text) else { throw SerializationFailure("'\(text)' is not an integer") }
            return .integer(value)
        case .float, .double:
            guard let value = WireNumber.double(text) else { throw SerializationFailure("'\(text)' is not a number") }
            return .double(value)
        case .blob:
            guard let bytes = Base64.decode(text) else { throw SerializationFailure("'\(text)' is not base64") }
            return .blob(bytes)
        case .timestamp:
            guard let instant = WireTimestamp.parse(text) else {
                throw SerializationFailure("timestamp must follow ISO8601")
            }
            return context.read(instant)
        case .structure, .list, .map:
            throw .malformed
        }
    }

    /// Nil for values that have no text of their own: lists, objects and nulls.
    static func text(
        _ value: AWSValue, _ kind: Shape.Kind?, _ format: TimestampFormat, _ context: CodecContext,
        alwaysMilliseconds: Bool = false
    ) -> String? {
        switch value {
        case .string(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let value):
            return kind?.isFloating == true ? WireNumber.text(Double(value)) : String(value)
        case .double(let value):
            if kind?.isWhole == true, let whole = Int64(exactly: value) { return String(whole) }
            return WireNumber.text(value)
        case .blob(let bytes): return Base64.encode(bytes)
        case .timestamp(let instant):
            return WireTimestamp.text(context.shown(instant), format, alwaysMilliseconds: alwaysMilliseconds)
        case .null, .list, .object: return nil
        }
    }
}
