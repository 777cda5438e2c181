package import AWSModel

/// JSON without a shape: policy documents, control API bodies, document values.
package enum JSON {
    /// Reads one value. Whole numbers within 64 bits become `.integer`, all others `.double`; a repeated key's last value
    /// wins. Throws `SerializationFailure` for text that is not JSON or nests deeper than 64.
    package static func parse(_ bytes: [UInt8]) throws(SerializationFailure) -> AWSValue {
        var reader = JSONReader(bytes)
        let value = try reader.value(depth: 0)
        try reader.finish()
        return value
    }

    /// `parse` of a string's UTF-8.
    package static func parse(_ text: String) throws(SerializationFailure) -> AWSValue { try parse(Array(text.utf8)) }

    /// Compact JSON. Blobs are written as base64, instants as epoch seconds (not shifted), NaN and infinities as strings.
    package static func write(_ value: AWSValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }

    /// `write` as a string.
    package static func string(_ value: AWSValue) -> String { String(decoding: write(value), as: UTF8.self) }
}

extension JSONReader {
    /// Takes one value of any kind.
    mutating func value(depth: Int) throws(SerializationFailure) -> AWSValue {
        guard depth < maximumNesting else { throw .malformed }
        switch try peek() {
        case 0x7b:
            var object = ObjectBuilder()
            guard try open(close: 0x7d) else { return .object(object.finish()) }
            repeat {
                guard try peek() == 0x22 else { throw .malformed }
                let key = try string()
                try expect(0x3a)
                object.set(key, try value(depth: depth + 1))
            } while try hasNext(orClose: 0x7d)
            return .object(object.finish())
        case 0x5b:
            var items: [AWSValue] = []
            guard try open(close: 0x5d) else { return .list(items) }
            repeat { items.append(try value(depth: depth + 1)) } while try hasNext(orClose: 0x5d)
            return .list(items)
        case 0x22: return .string(try string())
        case 0x2d, 0x30...0x39:
            switch try number() {
            case .integer(let value): return .integer(value)
            case .double(let value): return .double(value)
            }
        default: return try literal().map(AWSValue.boolean) ?? .null
        }
    }
}
