/// The condition keys of one request with their values. Key names compare without regard to case, tag keys included;
/// values keep theirs.
/// AWS: doc — spec/studio.md §B2.
package struct ConditionContext: Equatable, Sendable {
    private var valuesByKey: [String: [String]] = [:]

    package init() {}

    /// A later entry of the same key replaces an earlier one.
    package init(_ entries: [(key: String, values: [String])]) {
        for entry in entries { self[entry.key] = entry.values }
    }

    /// Nil for a key the request does not have. A key without values is one it does not have.
    package subscript(key: String) -> [String]? {
        get { valuesByKey[key.lowercased()] }
        set { valuesByKey[key.lowercased()] = newValue?.isEmpty == false ? newValue : nil }
    }

    /// Adds another's keys; of a key in both, the other's values stay.
    package mutating func merge(_ other: ConditionContext) {
        valuesByKey.merge(other.valuesByKey) { _, added in added }
    }

    /// What a policy variable stands for: a key with several values cannot be one.
    /// AWS: doc — IAM policy elements, variables and tags.
    func onlyValue(of key: String) -> String? {
        guard let values = self[key], values.count == 1 else { return nil }
        return values[0]
    }
}
