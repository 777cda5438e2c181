import AWSModel
import SimTime

/// Writes the value of a shape as JSON. Members keep the object's order; null members are left out; a member the shape
/// does not have is written by its own kind, for the few answers where AWS sends more than its model says.
struct JSONShapeWriter {
    private let context: CodecContext
    private var writer = JSONWriter(capacity: 1024)

    init(context: CodecContext) { self.context = context }

    static func write(_ object: AWSObject, _ shape: ShapeID, _ context: CodecContext) -> [UInt8] {
        var writer = JSONShapeWriter(context: context)
        writer.object(object, shape)
        return writer.writer.bytes
    }

    private mutating func value(_ value: AWSValue, _ shape: ShapeID?, _ format: TimestampFormat? = nil) {
        switch value {
        case .string(let text): writer.string(text)
        case .boolean(let value): writer.boolean(value)
        case .object(let object): self.object(object, shape)
        case .list(let items): list(items, shape)
        case .integer(let number):
            if let shape, context.model[shape].kind.isFloating {
                writer.double(Double(number))
            } else {
                writer.integer(number)
            }
        case .double(let number):
            if let shape, context.model[shape].kind.isWhole, let whole = Int64(exactly: number) {
                writer.integer(whole)
            } else {
                writer.double(number)
            }
        case .timestamp(let instant): timestamp(instant, shape, format)
        case .blob(let bytes): writer.blob(bytes)
        case .null: writer.raw("null")
        }
    }

    private mutating func timestamp(_ instant: SimInstant, _ shape: ShapeID?, _ format: TimestampFormat?) {
        var format = format
        if format == nil, let shape, case .timestamp(let own) = context.model[shape].kind { format = own }
        let text = WireTimestamp.text(context.shown(instant), format ?? .unixTimestamp)
        if format == nil || format == .unixTimestamp { writer.raw(text) } else { writer.string(text) }
    }

    private mutating func list(_ items: [AWSValue], _ shape: ShapeID?) {
        var item: ShapeID?
        if let shape, case .list(let itemShape, _, _) = context.model[shape].kind { item = itemShape }
        writer.byte(0x5b)
        var isFirst = true
        for value in items {
            if !isFirst { writer.byte(0x2c) }
            isFirst = false
            self.value(value, item)
        }
        writer.byte(0x5d)
    }

    private mutating func object(_ object: AWSObject, _ shape: ShapeID?) {
        switch shape.map({ context.model[$0].kind }) {
        case .structure(let traits): structure(object, traits)
        case .map(_, let item, _, _, _): entries(object, item)
        default: entries(object, nil)
        }
    }

    private mutating func entries(_ object: AWSObject, _ item: ShapeID?) {
        writer.byte(0x7b)
        var isFirst = true
        for entry in object.entries {
            if !isFirst { writer.byte(0x2c) }
            isFirst = false
            writer.string(entry.key)
            writer.byte(0x3a)
            value(entry.value, item)
        }
        writer.byte(0x7d)
    }

    private mutating func structure(_ object: AWSObject, _ traits: Shape.StructureTraits) {
        writer.byte(0x7b)
        var isFirst = true
        var cursor = MemberCursor()
        for entry in object.entries {
            if case .null = entry.value { continue }
            if !isFirst { writer.byte(0x2c) }
            isFirst = false
            guard let position = cursor.position(of: entry.key, in: traits.members) else {
                writer.string(entry.key)
                writer.byte(0x3a)
                value(entry.value, nil)
                continue
            }
            writer.string(traits.members[position].wireName)
            writer.byte(0x3a)
            value(entry.value, traits.members[position].shape, traits.members[position].timestampFormat)
        }
        writer.byte(0x7d)
    }
}

/// Finds members by API name, starting after the one found last: behaviour mostly answers in the model's order.
struct MemberCursor {
    private var next = 0

    mutating func position(of name: String, in members: [Member]) -> Int? {
        let count = members.count
        for offset in 0..<count {
            let position = next + offset < count ? next + offset : next + offset - count
            if members[position].name == name {
                next = position + 1
                return position
            }
        }
        return nil
    }
}

extension Shape.Kind {
    var isFloating: Bool {
        switch self {
        case .float, .double: true
        default: false
        }
    }

    var isWhole: Bool {
        switch self {
        case .integer, .long: true
        default: false
        }
    }
}
