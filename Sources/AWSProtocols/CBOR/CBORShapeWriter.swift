import AWSModel
import SimTime

/// Writes the value of a shape as CBOR. Lists and maps have indefinite length, as AWS sends them.
// AWS: recorded — spec/cloudwatch.md §1 (`9F FF` for an empty list, `C1 FB` before an instant).
struct CBORShapeWriter {
    private let context: CodecContext?
    private var bytes: [UInt8] = []
    private static let endOfItem: UInt8 = 0xff

    private init(context: CodecContext?) {
        self.context = context
        bytes.reserveCapacity(1024)
    }

    /// Without a shape or context every value is written by its own kind, and instants are not shifted.
    static func write(_ object: AWSObject, _ shape: ShapeID?, _ context: CodecContext?) -> [UInt8] {
        var writer = CBORShapeWriter(context: context)
        writer.object(object, shape)
        return writer.bytes
    }

    private mutating func head(_ major: UInt8, _ argument: UInt64) {
        let major = major << 5
        switch argument {
        case 0...23: bytes.append(major | UInt8(argument))
        case 24...0xff: bytes.append(major | 24); bigEndian(argument, 1)
        case 0x100...0xffff: bytes.append(major | 25); bigEndian(argument, 2)
        case 0x1_0000...0xffff_ffff: bytes.append(major | 26); bigEndian(argument, 4)
        default: bytes.append(major | 27); bigEndian(argument, 8)
        }
    }

    private mutating func bigEndian(_ value: UInt64, _ count: Int) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    private mutating func text(_ text: String) {
        head(3, UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func double(_ value: Double) {
        bytes.append(0xfb)
        bigEndian(value.bitPattern, 8)
    }

    private mutating func integer(_ value: Int64) {
        if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(-(value + 1))) }
    }

    private func kind(_ shape: ShapeID?) -> Shape.Kind? {
        guard let shape, let context else { return nil }
        return context.model[shape].kind
    }

    private mutating func value(_ value: AWSValue, _ shape: ShapeID?) {
        switch value {
        case .null: bytes.append(0xf6)
        case .boolean(let value): bytes.append(value ? 0xf5 : 0xf4)
        case .integer(let value):
            if kind(shape)?.isFloating == true { double(Double(value)) } else { integer(value) }
        case .double(let value):
            if kind(shape)?.isWhole == true, let whole = Int64(exactly: value) {
                integer(whole)
            } else {
                double(value)
            }
        case .string(let value): text(value)
        case .blob(let value):
            head(2, UInt64(value.count))
            bytes.append(contentsOf: value)
        case .timestamp(let instant):
            bytes.append(0xc1)
            double((context?.shown(instant) ?? instant).secondsSinceEpoch)
        case .list(let items): list(items, shape)
        case .object(let object): self.object(object, shape)
        }
    }

    private mutating func list(_ items: [AWSValue], _ shape: ShapeID?) {
        var item: ShapeID?
        if case .list(let itemShape, _, _)? = kind(shape) { item = itemShape }
        bytes.append(0x9f)
        for value in items { self.value(value, item) }
        bytes.append(CBORShapeWriter.endOfItem)
    }

    private mutating func object(_ object: AWSObject, _ shape: ShapeID?) {
        bytes.append(0xbf)
        switch kind(shape) {
        case .structure(let traits):
            var cursor = MemberCursor()
            for entry in object.entries {
                if case .null = entry.value { continue }
                let member = cursor.position(of: entry.key, in: traits.members).map { traits.members[$0] }
                text(member?.wireName ?? entry.key)
                value(entry.value, member?.shape)
            }
        case .map(_, let item, _, _, _):
            for entry in object.entries {
                text(entry.key)
                value(entry.value, item)
            }
        default:
            for entry in object.entries {
                text(entry.key)
                value(entry.value, nil)
            }
        }
        bytes.append(CBORShapeWriter.endOfItem)
    }
}
