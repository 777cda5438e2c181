/// A condition operator with its set qualifier and suffix, e.g. `ForAnyValue:StringLikeIfExists`.
struct ConditionOperator: Hashable, Sendable {
    enum Comparison: Hashable, Sendable {
        case stringEquals, stringEqualsIgnoreCase, stringLike
        case numericEquals, numericLessThan, numericLessThanEquals, numericGreaterThan, numericGreaterThanEquals
        case dateEquals, dateLessThan, dateLessThanEquals, dateGreaterThan, dateGreaterThanEquals
        case bool, binaryEquals, ipAddress, arnLike
        /// Asks whether the key is there at all.
        case null
    }

    enum Qualifier: Hashable, Sendable { case forAllValues, forAnyValue }

    let comparison: Comparison
    /// True for the operators that are met when the comparison is not, also for lack of a value to compare.
    let isNegated: Bool
    let qualifier: Qualifier?
    let isMetWhenAbsent: Bool

    /// Nil for a name AWS does not know. Read without regard to case.
    /// AWS: doc — `Null` takes no `IfExists`; that case does not matter is inferred from AWS's own examples.
    init?(_ name: String) {
        var rest = name.lowercased()[...]
        if rest.hasPrefix("forallvalues:") {
            qualifier = .forAllValues
        } else if rest.hasPrefix("foranyvalue:") {
            qualifier = .forAnyValue
        } else {
            qualifier = nil
        }
        if qualifier != nil, let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        isMetWhenAbsent = rest.hasSuffix("ifexists")
        if isMetWhenAbsent { rest = rest.dropLast("ifexists".count) }
        guard let (comparison, isNegated) = Self.named[String(rest)], comparison != .null || !isMetWhenAbsent
        else { return nil }
        self.comparison = comparison
        self.isNegated = isNegated
    }

    /// AWS: doc — spec/studio.md §B3: variables expand in string conditions and not in IP operators; AWS's reference
    /// adds the ARN operators and rules out all others.
    var takesVariables: Bool {
        switch comparison {
        case .stringEquals, .stringEqualsIgnoreCase, .stringLike, .arnLike: true
        default: false
        }
    }

    /// ArnEquals and ArnLike are the same. AWS: doc — IAM condition operators.
    private static let named: [String: (Comparison, isNegated: Bool)] = [
        "stringequals": (.stringEquals, false), "stringnotequals": (.stringEquals, true),
        "stringequalsignorecase": (.stringEqualsIgnoreCase, false),
        "stringnotequalsignorecase": (.stringEqualsIgnoreCase, true),
        "stringlike": (.stringLike, false), "stringnotlike": (.stringLike, true),
        "numericequals": (.numericEquals, false), "numericnotequals": (.numericEquals, true),
        "numericlessthan": (.numericLessThan, false), "numericlessthanequals": (.numericLessThanEquals, false),
        "numericgreaterthan": (.numericGreaterThan, false),
        "numericgreaterthanequals": (.numericGreaterThanEquals, false),
        "dateequals": (.dateEquals, false), "datenotequals": (.dateEquals, true),
        "datelessthan": (.dateLessThan, false), "datelessthanequals": (.dateLessThanEquals, false),
        "dategreaterthan": (.dateGreaterThan, false), "dategreaterthanequals": (.dateGreaterThanEquals, false),
        "bool": (.bool, false), "binaryequals": (.binaryEquals, false),
        "ipaddress": (.ipAddress, false), "notipaddress": (.ipAddress, true),
        "arnequals": (.arnLike, false), "arnlike": (.arnLike, false),
        "arnnotequals": (.arnLike, true), "arnnotlike": (.arnLike, true),
        "null": (.null, false),
    ]
}
