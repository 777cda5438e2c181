import AWSModel
import MetricRules

/// JSON whose keys keep their order and whose numbers print like Java's: what CloudWatch puts into texts.
enum JSONText {
    /// `{"a":…,"b":…}`; members without a value are left out. Values are JSON already.
    static func object(_ members: [(key: String, value: String?)]) -> String {
        let present = members.compactMap { member in member.value.map { "\(string(member.key)):\($0)" } }
        return "{\(present.joined(separator: ","))}"
    }

    static func array(_ items: [String]) -> String { "[\(items.joined(separator: ","))]" }

    /// A value of a request, with its members' names as they were sent.
    static func value(_ value: AWSValue) -> String {
        switch value {
        case .null, .blob: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let integer): String(integer)
        case .double(let double): number(double)
        case .string(let text): string(text)
        case .timestamp(let instant): string(alarmTimestamp(instant))
        case .list(let items): array(items.map(JSONText.value))
        case .object(let members): object(members.entries.map { ($0.key, JSONText.value($0.value)) })
        }
    }

    static func number(_ value: Double) -> String { javaDouble(value) }

    /// A string with its quotes.
    static func string(_ text: String) -> String {
        guard text.utf8.contains(where: mustEscape) else { return "\"\(text)\"" }
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        bytes.reserveCapacity(text.utf8.count * 5 / 4 + 2)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0a: bytes += Array("\\n".utf8)
            case 0x0d: bytes += Array("\\r".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0..<0x20: bytes += Array("\\u00".utf8) + (byte < 0x10 ? [0x30] : []) + Array(String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20
    }
}
