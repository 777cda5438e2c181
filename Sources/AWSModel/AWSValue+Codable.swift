import SimTime

/// How values are kept in documents: JSON, where everything JSON itself does not tell apart is an array that begins
/// with a letter — `["t",ms]` timestamp, `["d",x]` double, `["b",[bytes]]` blob, `["l",…]` list, `["o",k,v,…]` object.
/// Objects are arrays because JSON coders do not keep the order of keys.
extension AWSValue: Codable {
    package init(from decoder: any Decoder) throws {
        guard var items = try? decoder.unkeyedContainer() else {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                self = .null
            } else if let flag = try? single.decode(Bool.self) {
                self = .boolean(flag)
            } else if let number = try? single.decode(Int64.self) {
                self = .integer(number)
            } else {
                self = .string(try single.decode(String.self))
            }
            return
        }
        switch try items.decode(String.self) {
        case "t": self = .timestamp(try items.decode(SimInstant.self))
        case "d": self = .double(try Self.double(from: &items))
        case "b": self = .blob(try items.decode([UInt8].self))
        case "l":
            var list: [AWSValue] = []
            while !items.isAtEnd { list.append(try items.decode(AWSValue.self)) }
            self = .list(list)
        case "o":
            var object = AWSObject()
            while !items.isAtEnd {
                let key = try items.decode(String.self)
                object.append(key, try items.decode(AWSValue.self))
            }
            self = .object(object)
        case let tag:
            throw DecodingError.dataCorruptedError(in: items, debugDescription: "unknown value tag \(tag)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .null:
            var single = encoder.singleValueContainer()
            try single.encodeNil()
        case .boolean(let value):
            var single = encoder.singleValueContainer()
            try single.encode(value)
        case .integer(let value):
            var single = encoder.singleValueContainer()
            try single.encode(value)
        case .string(let value):
            var single = encoder.singleValueContainer()
            try single.encode(value)
        case .double(let value):
            var items = encoder.unkeyedContainer()
            try items.encode("d")
            // JSON has no word for these; everything finite is a number.
            if value.isFinite { try items.encode(value) } else { try items.encode("\(value)") }
        case .blob(let bytes):
            var items = encoder.unkeyedContainer()
            try items.encode("b")
            try items.encode(bytes)
        case .timestamp(let instant):
            var items = encoder.unkeyedContainer()
            try items.encode("t")
            try items.encode(instant)
        case .list(let list):
            var items = encoder.unkeyedContainer()
            try items.encode("l")
            for value in list { try items.encode(value) }
        case .object(let object):
            var items = encoder.unkeyedContainer()
            try items.encode("o")
            for (key, value) in object.entries {
                try items.encode(key)
                try items.encode(value)
            }
        }
    }

    private static func double(from items: inout any UnkeyedDecodingContainer) throws -> Double {
        if let number = try? items.decode(Double.self) { return number }
        let text = try items.decode(String.self)
        guard let number = Double(text) else {
            throw DecodingError.dataCorruptedError(in: items, debugDescription: "not a number: \(text)")
        }
        return number
    }
}

extension AWSObject: Codable {
    package init(from decoder: any Decoder) throws {
        guard case .object(let object) = try AWSValue(from: decoder) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not an object"))
        }
        self = object
    }

    package func encode(to encoder: any Encoder) throws { try AWSValue.object(self).encode(to: encoder) }
}
