/// A repository's rules for expiring and archiving images.
package struct LifecyclePolicy: Equatable, Sendable {
    package struct Rule: Equatable, Sendable {
        /// At least 1; unique in the policy. Lower numbers come first.
        package var priority: Int64
        package var selection: Selection
        package var action: Action
    }

    /// Which images a rule looks at.
    package struct Selection: Equatable, Sendable {
        package var tags: TagCondition
        package var count: Count
        /// Whether the rule is about archived images instead of those in standard storage.
        package var isOfArchive: Bool
    }

    package enum TagCondition: Equatable, Sendable {
        /// The image carries, for each of these patterns, at least one tag that matches.
        case tagged([WildcardPattern])
        case untagged
        case any

        // AWS: doc — spec/ecr.md §E8, points 5 and 6.
        func holds(for tags: [String]) -> Bool {
            switch self {
            case .any: true
            case .untagged: tags.isEmpty
            case .tagged(let patterns): patterns.allSatisfy { pattern in tags.contains { pattern.matches($0) } }
            }
        }
    }

    package enum Count: Equatable, Sendable {
        /// All but the newest this many.
        case moreThan(Int64)
        /// Those whose instant of `since` is more than this many days ago.
        case days(Int64, since: Event)
    }

    package enum Event: String, CaseIterable, Sendable {
        case pushed = "sinceImagePushed"
        /// Counted from the push while the image was never pulled.
        case pulled = "sinceImagePulled"
        case archived = "sinceImageTransitioned"
    }

    package enum Action: Equatable, Sendable { case expire, archive }

    /// In ascending priority.
    package private(set) var rules: [Rule]

    /// Takes rules in any order. Throws `LifecyclePolicyFlaw` for rules that contradict each other.
    // AWS: doc — spec/ecr.md §E8, extra checks.
    package init(rules: [Rule]) throws(LifecyclePolicyFlaw) {
        guard !rules.isEmpty else { throw .noRules }
        guard rules.count <= Self.rulesMax else { throw .tooManyRules(rules.count) }
        self.rules = rules.sorted { $0.priority < $1.priority }
        for (first, second) in zip(self.rules, self.rules.dropFirst()) where first.priority == second.priority {
            throw .repeatedPriority(first.priority)
        }
        for isOfArchive in [false, true] {
            let own = self.rules.filter { $0.selection.isOfArchive == isOfArchive }
            if own.dropLast().contains(where: { $0.selection.tags == .any }) { throw .anyNotLast }
            if own.count(where: { $0.selection.tags == .untagged }) > 1 { throw .repeatedUntagged }
        }
        var seen: Set<WildcardPattern> = []
        for rule in self.rules {
            guard case .tagged(let patterns) = rule.selection.tags else { continue }
            for pattern in patterns where !seen.insert(pattern).inserted { throw .repeatedPattern(pattern.text) }
        }
    }

    static let rulesMax = 50
}

/// Why a lifecycle policy is refused.
package enum LifecyclePolicyFlaw: Error, Equatable, Sendable {
    case notJSON
    case missing([String])
    case notAllowed([String])
    case notInEnumeration(value: String, allowed: [String])
    case belowMinimum(found: Int64)
    /// The members of a selection do not go together.
    case noSchemaMatches
    case wrongType(member: String)
    case noRules
    case tooManyRules(Int)
    case repeatedPriority(Int64)
    case anyNotLast
    case repeatedUntagged
    case repeatedPattern(String)
    case tooManyWildcards(String)

    /// The constraint after `Lifecycle policy validation failure: `; the whole constraint for text that is not JSON.
    // AWS: peer — spec/ecr.md §E8; beyond its five texts inferred.
    package var text: String {
        switch self {
        case .notJSON: "Could not map policyString into LifecyclePolicy."
        case .missing(let names): "object has missing required properties (\(Self.array(names)))"
        case .notAllowed(let names):
            "object instance has properties which are not allowed by the schema: (\(Self.array(names)))"
        case .notInEnumeration(let value, let allowed):
            "instance value (\(Self.quoted(value))) not found in enum :(possible values: \(Self.array(allowed)))"
        case .belowMinimum(let found):
            "numeric instance is lower than the required minimum (minimum: 1, found: \(found))"
        case .noSchemaMatches: "instance failed to match exactly one schema (matched 0 out of 2)"
        case .wrongType(let member): "instance type of (\(member)) does not match any allowed primitive type"
        case .noRules: "array is too short: must have at least 1 elements but instance has 0 elements"
        case .tooManyRules(let count):
            "array is too long: must have at most 50 elements but instance has \(count) elements"
        case .repeatedPriority(let priority): "Rule priorities must be unique: \(priority)"
        case .anyNotLast: "The rule with tagStatus any must have the highest rulePriority"
        case .repeatedUntagged: "Only one rule may select untagged images"
        case .repeatedPattern(let text): "Tag prefixes and patterns must be unique across rules: \(text)"
        case .tooManyWildcards(let text): "A tag pattern may have at most 4 wildcards: \(text)"
        }
    }

    private static func array(_ names: [String]) -> String { "[" + names.map(quoted).joined(separator: ",") + "]" }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
