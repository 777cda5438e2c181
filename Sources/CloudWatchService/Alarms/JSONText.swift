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
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
