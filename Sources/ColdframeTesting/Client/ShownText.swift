package import AWSModel
import AWSProtocols

/// Lengths of time and numbers, as people write and read them.
package enum TimeText {
    /// The seconds of `300`, `300s`, `5m`, `2h` or `1.5h`; nil for anything else.
    package static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let last = text.last else { return nil }
        let unit = units[last]
        let digits = unit == nil ? text : String(text.dropLast())
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }), let number = Double(digits),
              number.isFinite else { return nil }
        return number * (unit ?? 1)
    }

    /// A number without a needless fraction.
    package static func plain(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? String(number)
    }
}

/// A JSON object on one line, for tables: `status=500 latencyMilliseconds.p50=150`.
package enum MemberText {
    /// - Parameter lengthMax: longer lines end in an ellipsis.
    package static func line(_ value: AWSValue?, lengthMax: Int = .max) -> String {
        let line = parts(value, "").joined(separator: " ")
        return line.count <= lengthMax ? line : line.prefix(max(0, lengthMax - 1)) + "…"
    }

    private static func parts(_ value: AWSValue?, _ path: String) -> [String] {
        switch value {
        case nil, .null: []
        case .object(let object):
            object.entries.flatMap { parts($0.value, path.isEmpty ? $0.key : "\(path).\($0.key)") }
        case .string(let text): ["\(path)=\(text)"]
        case .integer(let number): ["\(path)=\(number)"]
        case .double(let number): ["\(path)=\(TimeText.plain(number))"]
        case let other?: ["\(path)=\(JSON.string(other))"]
        }
    }
}
