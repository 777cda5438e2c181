/// A set of Unicode scalars, as a character class of a pattern describes it. ASCII is a bitmap; the rest is ranges
/// and general categories.
struct ScalarSet: Sendable, Equatable {
    private var lowASCII: UInt64 = 0
    private var highASCII: UInt64 = 0
    /// Ranges above ASCII.
    private var ranges: [ClosedRange<UInt32>] = []
    private var categories: Categories = []
    /// Sets whose union with the above is this set, e.g. `\S` within `[\S ]`.
    private var parts: [ScalarSet] = []
    private var isNegated = false

    init() {}

    init(_ scalar: UInt32) { insert(scalar...scalar) }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        for scalar in range.lowerBound...max(range.lowerBound, min(range.upperBound, 127)) where scalar < 128 {
            if scalar < 64 { lowASCII |= 1 << UInt64(scalar) } else { highASCII |= 1 << UInt64(scalar - 64) }
        }
        if range.upperBound > 127 { ranges.append(max(range.lowerBound, 128)...range.upperBound) }
    }

    mutating func insert(_ categories: Categories) {
        self.categories.formUnion(categories)
        for scalar in UInt32(0)..<128 where categories.contains(Categories(of: scalar)) { insert(scalar...scalar) }
    }

    mutating func formUnion(_ other: ScalarSet) { parts.append(other) }

    /// The complement.
    var inverted: ScalarSet {
        var result = self
        result.isNegated.toggle()
        return result
    }

    /// Folds the parts' ASCII into the bitmap, so that ASCII is decided by one bit.
    var compiled: ScalarSet {
        var result = self
        result.lowASCII = 0
        result.highASCII = 0
        for scalar in UInt32(0)..<128 where slowContains(scalar) != isNegated {
            if scalar < 64 { result.lowASCII |= 1 << UInt64(scalar) } else { result.highASCII |= 1 << UInt64(scalar - 64) }
        }
        return result
    }

    /// Whether the set holds `scalar`. Call on a compiled set.
    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return ((lowASCII >> UInt64(scalar)) & 1 == 1) != isNegated }
        if scalar < 128 { return ((highASCII >> UInt64(scalar - 64)) & 1 == 1) != isNegated }
        return slowContains(scalar)
    }

    private func slowContains(_ scalar: UInt32) -> Bool {
        let isMember =
            if scalar < 64, (lowASCII >> UInt64(scalar)) & 1 == 1 { true }
            else if (64..<128).contains(scalar), (highASCII >> UInt64(scalar - 64)) & 1 == 1 { true }
            else if ranges.contains(where: { $0.contains(scalar) }) { true }
            else if !categories.isEmpty, categories.contains(Categories(of: scalar)) { true }
            else { parts.contains { $0.slowContains(scalar) } }
        return isMember != isNegated
    }

    /// The major general categories a pattern can name with `\p{L}` and its like.
    struct Categories: OptionSet, Sendable {
        let rawValue: UInt8
        static let letter = Categories(rawValue: 1)
        static let mark = Categories(rawValue: 2)
        static let number = Categories(rawValue: 4)
        static let punctuation = Categories(rawValue: 8)
        static let symbol = Categories(rawValue: 16)
        static let separator = Categories(rawValue: 32)
        static let other = Categories(rawValue: 64)

        init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The category of one scalar; surrogates are `other`.
        init(of scalar: UInt32) {
            self = switch Unicode.Scalar(scalar)?.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
            case .nonspacingMark, .spacingMark, .enclosingMark: .mark
            case .decimalNumber, .letterNumber, .otherNumber: .number
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation: .punctuation
            case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: .symbol
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: .separator
            default: .other
            }
        }
    }
}

extension ScalarSet {
    private static func of(_ ranges: ClosedRange<UInt32>...) -> ScalarSet {
        var set = ScalarSet()
        for range in ranges { set.insert(range) }
        return set
    }

    static let digit = of(0x30...0x39)
    static let word = of(0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a)
    static let space = of(0x09...0x0d, 0x20...0x20)
    static let alphanumeric = of(0x30...0x39, 0x41...0x5a, 0x61...0x7a)
    static let ascii = of(0...0x7f)
    static let printable = of(0x20...0x7e)
    static let everything = of(0...0x10ffff)
    /// What `.` does not match: Java's line terminators.
    static let lineTerminator = of(0x0a...0x0a, 0x0d...0x0d, 0x85...0x85, 0x2028...0x2029)
}
