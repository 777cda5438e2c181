import SimTime

/// Numbers and values as AWS's Java services print them in constraint messages.
enum JavaText {
    /// A bound: without a fraction, except for fractional shapes.
    static func bound(_ value: Double, isFractional: Bool = false) -> String {
        if !isFractional, let whole = Int64(exactly: value) { return String(whole) }
        return number(value)
    }

    /// `Double.toString`: decimal from 10⁻³ up to 10⁷, else a mantissa with `E`.
    static func number(_ value: Double) -> String { number(value.description, magnitude: value.magnitude) }

    /// `Float.toString`.
    static func number(_ value: Float) -> String { number(value.description, magnitude: Double(value.magnitude)) }

    /// Rewrites Swift's shortest form, which has the same digits.
    private static func number(_ text: String, magnitude: Double) -> String {
        if magnitude.isNaN { return "NaN" }
        if magnitude.isInfinite { return text.hasPrefix("-") ? "-Infinity" : "Infinity" }
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        let written = whole + fraction
        let digits = written.drop { $0 == "0" }
        let sign = isNegative ? "-" : ""
        guard !digits.isEmpty else { return sign + "0.0" }
        // The power of ten of the first digit.
        let shift = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let power = shift + whole.count - 1 - (written.count - digits.count)
        let trimmed = String(digits.reversed().drop { $0 == "0" }.reversed())
        if magnitude >= 1e-3, magnitude < 1e7 {
            if power < 0 { return sign + "0." + String(repeating: "0", count: -power - 1) + trimmed }
            let padded = trimmed + String(repeating: "0", count: max(0, power + 1 - trimmed.count))
            let tail = padded.dropFirst(power + 1)
            return sign + padded.prefix(power + 1) + "." + (tail.isEmpty ? "0" : String(tail))
        }
        let tail = trimmed.dropFirst()
        return "\(sign)\(trimmed.prefix(1)).\(tail.isEmpty ? "0" : String(tail))E\(power)"
    }
}

extension JavaText {
    /// A value as `toString` shows it: lists as `[a, b]`, maps as `{k=v}`, structures as class and hash.
    /// AWS: recorded — `Value '[]' at 'distributionConfig.origins.items'`, `Value '{de onde?=$.detail…}' at
    /// 'targets.1.member.inputTransformer.inputPathsMap'`, `Value '[com.amazonaws.starling.dove.RecordingModeOverride@aa179030, …]'`.
    static func value(_ value: AWSValue, as shapeID: ShapeID, in model: ServiceModel, depth: Int = 0) -> String {
        guard depth < ConstraintValidator.depthLimit else { return "…" }
        let shape = model[shapeID]
        switch (value, shape.kind) {
        case (.null, _): return "null"
        case (.boolean(let flag), _): return flag ? "true" : "false"
        case (.integer(let whole), .float), (.integer(let whole), .double): return number(Double(whole))
        case (.integer(let whole), _): return String(whole)
        case (.double(let number), .float): return Self.number(Float(number))
        case (.double(let number), .integer), (.double(let number), .long): return bound(number)
        case (.double(let number), _): return Self.number(number)
        case (.string(let text), _): return text
        case (.timestamp(let instant), _): return instant.description
        case (.blob(let bytes), _): return "java.nio.HeapByteBuffer[pos=0 lim=\(bytes.count) cap=\(bytes.count)]"
        case (.list(let items), .list(let item, _, _)):
            return "[\(items.map { Self.value($0, as: item, in: model, depth: depth + 1) }.joined(separator: ", "))]"
        case (.object(let entries), .map(_, let valueShape, _, _, _)):
            let pairs = entries.entries.map {
                "\($0.key)=\(Self.value($0.value, as: valueShape, in: model, depth: depth + 1))"
            }
            return "{\(pairs.joined(separator: ", "))}"
        case (.object, _), (.list, _):
            return "com.amazonaws.\(model.id.name).\(shape.name)@\(hash(of: value))"
        }
    }

    /// Eight hexadecimal digits that depend on the value only.
    private static func hash(of value: AWSValue) -> String {
        var hash: UInt32 = 0x811c_9dc5
        for byte in String(describing: value).utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return String(hash, radix: 16)
    }
}
