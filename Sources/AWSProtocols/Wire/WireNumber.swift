import AWSModel

/// Numbers as text in headers, Query and XML, and the strings that stand for the three that JSON cannot write.
enum WireNumber {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    /// Nil unless the text is a decimal number, `NaN`, `Infinity` or `-Infinity`.
    static func double(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: isDecimal(text) ? Double(text) : nil
        }
    }

    /// Nil unless the text is a whole number; one beyond 64 bits is clamped, so that range checks refuse it.
    static func integer(_ text: String) -> Int64? {
        if let value = Int64(text) { return value }
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return text.hasPrefix("-") ? .min : .max
    }

    /// Towards zero, clamped to 64 bits.
    // AWS: recorded (Athena, same framework) — 1.5 for an integer member reads as 1.
    static func truncated(_ value: Double) -> Int64 {
        if value.isNaN { return 0 }
        return Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }

    /// Excludes what `Double(_:)` takes beyond decimal notation: hexadecimal, `inf`, `nan`.
    private static func isDecimal(_ text: String) -> Bool {
        text.utf8.count <= 1024 && text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || $0 == 0x2e || $0 == 0x2b || $0 == 0x2d || $0 | 0x20 == 0x65
        }
    }
}
