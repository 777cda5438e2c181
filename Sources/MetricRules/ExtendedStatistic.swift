/// A statistic that depends on the distribution of samples: percentiles, trimmed and winsorised means, and the like.
/// AWS: doc — spec/cloudwatch.md §3.
package struct ExtendedStatistic: Hashable, Sendable, CustomStringConvertible {
    package enum Measure: String, Hashable, Sendable, CaseIterable {
        case trimmedMean = "TM"
        case winsorisedMean = "WM"
        case trimmedCount = "TC"
        case trimmedSum = "TS"
        case percentileRank = "PR"
    }

    /// The part of the samples a measure looks at. A missing bound is open.
    package enum Bounds: Hashable, Sendable {
        /// Shares of the samples in order of value, each 0–100.
        case percent(lower: Double?, upper: Double?)
        /// Values: the lower bound is excluded, the upper included.
        case value(lower: Double?, upper: Double?)
    }

    package enum Kind: Hashable, Sendable {
        /// 0–100.
        case percentile(Double)
        case ranged(Measure, Bounds)
        /// The mean of the middle half: `TM(25%:75%)` under its own name.
        case interquartileMean
    }

    /// The text is no extended statistic.
    package struct Malformed: Error, Equatable, Sendable {
        package let text: String
    }

    package let kind: Kind

    package init(_ kind: Kind) { self.kind = kind }

    /// Reads `p99`, `tm95.5`, `TM(10%:90%)`, `PR(:300)`, `IQM`. Short forms are lower case and take one number from 0 to
    /// 100; ranges are upper case and leave at most one side open; no number has more than ten decimals.
    package init(parsing text: String) throws(Malformed) {
        guard text.utf8.count <= 64, let kind = ExtendedStatistic.kind(of: text) else { throw Malformed(text: text) }
        self.kind = kind
    }

    package var description: String {
        switch kind {
        case .percentile(let percent): "p\(plainNumber(percent))"
        case .interquartileMean: "IQM"
        case .ranged(let measure, .percent(nil, let upper?)) where measure != .percentileRank:
            "\(measure.rawValue.lowercased())\(plainNumber(upper))"
        case .ranged(let measure, .percent(let lower, let upper)):
            "\(measure.rawValue)(\(lower.map { plainNumber($0) + "%" } ?? ""):\(upper.map { plainNumber($0) + "%" } ?? ""))"
        case .ranged(let measure, .value(let lower, let upper)):
            "\(measure.rawValue)(\(lower.map(plainNumber) ?? ""):\(upper.map(plainNumber) ?? ""))"
        }
    }

    private static func kind(of text: String) -> Kind? {
        if text == "IQM" { return .interquartileMean }
        if text.first == "p" {
            return number(text.dropFirst(), maximum: 100).map { .percentile($0) }
        }
        guard text.utf8.count > 2 else { return nil }
        let prefix = text.prefix(2), rest = text.dropFirst(2)
        if let measure = Measure(rawValue: String(prefix)) {
            return bounds(rest, of: measure).map { .ranged(measure, $0) }
        }
        guard prefix == prefix.lowercased(), let measure = Measure(rawValue: prefix.uppercased()),
              measure != .percentileRank, let upper = number(rest, maximum: 100)
        else { return nil }
        return .ranged(measure, .percent(lower: nil, upper: upper))
    }

    /// Reads `(a:b)` or `(a%:b%)`.
    private static func bounds(_ text: Substring, of measure: Measure) -> Bounds? {
        guard text.first == "(", text.last == ")" else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !(parts[0].isEmpty && parts[1].isEmpty) else { return nil }
        let isPercent = parts.filter { !$0.isEmpty }.map { $0.last == "%" }
        guard Set(isPercent).count == 1 else { return nil }
        // A percentile rank of a share of the samples would be that share: only values make sense.
        if isPercent[0], measure == .percentileRank { return nil }
        var sides: [Double?] = []
        for part in parts {
            if part.isEmpty { sides.append(nil); continue }
            guard let side = number(isPercent[0] ? part.dropLast() : part, maximum: isPercent[0] ? 100 : nil)
            else { return nil }
            sides.append(side)
        }
        if let lower = sides[0], let upper = sides[1], lower >= upper { return nil }
        return isPercent[0] ? .percent(lower: sides[0], upper: sides[1]) : .value(lower: sides[0], upper: sides[1])
    }

    /// Reads plain decimal digits with at most ten after the point.
    private static func number(_ text: Substring, maximum: Double?) -> Double? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...20).contains(parts[0].count),
              parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
              parts.count == 1 || (1...10).contains(parts[1].count),
              let value = Double(text), value <= maximum ?? .infinity
        else { return nil }
        return value
    }
}

/// A number without exponent or needless decimals: `99`, `99.9`. For numbers below 10^16.
package func plainNumber(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e16 { return String(Int64(value)) }
    return "\(value)"
}
