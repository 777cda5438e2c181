/// One key of one operator with the values a policy compares it to.
struct Condition: Equatable, Sendable {
    let `operator`: ConditionOperator
    /// As written; looked up without regard to case.
    let key: String
    let values: [PolicyPattern]

    /// The policy's values are alternatives: one that compares is enough, and a negated operator wants none to.
    ///
    /// AWS: doc — spec/studio.md §B3, with one reading of our own: NumericNotEquals and DateNotEquals on an absent key
    /// are met like every negated operator, as AWS's reference says of "not matched" operators in general.
    /// AWS: inferred — several values without a set qualifier compare like ForAnyValue, negated as a whole.
    func isMet(in context: ConditionContext) -> Bool {
        let found = context[key]
        if `operator`.comparison == .null {
            return values.contains { boolean($0.source) == (found == nil) }
        }
        guard let found else {
            if `operator`.isMetWhenAbsent { return true }
            switch `operator`.qualifier {
            case .forAllValues: return true
            case .forAnyValue: return false
            case nil: return `operator`.isNegated
            }
        }
        let isNegated = `operator`.isNegated
        switch `operator`.qualifier {
        case .forAllValues: return found.allSatisfy { compares($0, context) != isNegated }
        case .forAnyValue: return found.contains { compares($0, context) != isNegated }
        case nil: return found.contains { compares($0, context) } != isNegated
        }
    }

    private func compares(_ value: String, _ context: ConditionContext) -> Bool {
        values.contains { compares(value, $0, context) }
    }

    private func compares(_ value: String, _ pattern: PolicyPattern, _ context: ConditionContext) -> Bool {
        switch `operator`.comparison {
        case .stringEquals: return pattern.text(in: context).map { sameScalars($0, value) } ?? false
        case .stringEqualsIgnoreCase:
            return pattern.text(in: context).map { sameScalars($0.lowercased(), value.lowercased()) } ?? false
        case .stringLike: return pattern.wildcards(in: context)?.covers(value) ?? false
        case .arnLike: return pattern.wildcards(in: context)?.coversARN(value) ?? false
        case .numericEquals: return ordered(decimal, value, ==, pattern)
        case .numericLessThan: return ordered(decimal, value, <, pattern)
        case .numericLessThanEquals: return ordered(decimal, value, <=, pattern)
        case .numericGreaterThan: return ordered(decimal, value, >, pattern)
        case .numericGreaterThanEquals: return ordered(decimal, value, >=, pattern)
        case .dateEquals: return ordered(instant, value, ==, pattern)
        case .dateLessThan: return ordered(instant, value, <, pattern)
        case .dateLessThanEquals: return ordered(instant, value, <=, pattern)
        case .dateGreaterThan: return ordered(instant, value, >, pattern)
        case .dateGreaterThanEquals: return ordered(instant, value, >=, pattern)
        case .bool: return ordered(boolean, value, ==, pattern)
        case .binaryEquals: return sameScalars(value, pattern.source)
        case .ipAddress:
            guard let network = IPNetwork(pattern.source), let address = IPNetwork(value) else { return false }
            return network.contains(address)
        case .null: return false
        }
    }

    /// Compares the request's value to the policy's, in that order; false when either cannot be read.
    private func ordered<Value>(
        _ read: (String) -> Value?, _ value: String, _ compare: (Value, Value) -> Bool, _ pattern: PolicyPattern
    ) -> Bool {
        guard let own = read(value), let other = read(pattern.source) else { return false }
        return compare(own, other)
    }

    /// Swift's own equality takes differently composed characters for equal; AWS compares what was written.
    private func sameScalars(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }
}
