import RegistryRules
import SimTime
import Testing

/// Lifecycle policies: the table of spec/ecr.md §E8, and the grammar.
@Suite struct LifecycleTests {
    static let now = SimInstant(millisecondsSinceEpoch: 1_767_225_600_000)

    static func image(_ name: Character, _ tags: [String], days: Int64) -> LifecycleImage {
        LifecycleImage(digest: digest(name), tags: tags, pushed: now - .days(days))
    }

    static func rule(
        _ priority: Int64, _ status: String, prefixes: [String] = [], patterns: [String] = [], count: Int64,
        type: String = "imageCountMoreThan", storage: String? = nil, archives: Bool = false
    ) -> DocumentValue {
        var selection: DocumentValue = ["tagStatus": .text(status), "countType": .text(type), "countNumber": .integer(count)]
        if !prefixes.isEmpty { selection = selection.setting("tagPrefixList", .list(prefixes.map { .text($0) })) }
        if !patterns.isEmpty { selection = selection.setting("tagPatternList", .list(patterns.map { .text($0) })) }
        if type != "imageCountMoreThan" { selection = selection.setting("countUnit", "days") }
        if let storage { selection = selection.setting("storageClass", .text(storage)) }
        let action: DocumentValue = archives ? ["type": "transition", "targetStorageClass": "archive"] : ["type": "expire"]
        return ["rulePriority": .integer(priority), "selection": selection, "action": action]
    }

    struct Evaluation: Sendable, CustomTestStringConvertible {
        var name: String
        var rules: [DocumentValue]
        var images: [LifecycleImage]
        /// Image and priority of the rule that takes it.
        var taken: [Character: Int64]
        var testDescription: String { name }
    }

    static let overlapping = [
        image("a", ["beta-1", "prod-1"], days: 10), image("b", ["beta-2", "prod-2"], days: 9), image("c", ["beta-3"], days: 8),
    ]

    @Test(arguments: [
        Evaluation(name: "prod before beta", rules: [rule(1, "tagged", prefixes: ["prod"], count: 1), rule(2, "tagged", prefixes: ["beta"], count: 1)], images: overlapping, taken: ["a": 1]),
        Evaluation(name: "beta before prod", rules: [rule(2, "tagged", prefixes: ["prod"], count: 1), rule(1, "tagged", prefixes: ["beta"], count: 1)], images: overlapping, taken: ["a": 1, "b": 1]),
        Evaluation(
            name: "several prefixes are AND",
            rules: [rule(1, "tagged", prefixes: ["alpha", "beta"], count: 5, type: "sinceImagePushed")],
            images: [
                image("a", ["alpha-1"], days: 12), image("b", ["beta-1"], days: 11), image("c", ["alpha-2", "beta-2"], days: 10),
                image("d", ["alpha-3"], days: 4), image("e", ["beta-3"], days: 3), image("f", ["alpha-4", "beta-4"], days: 2),
            ], taken: ["c": 1]),
        Evaluation(
            name: "several prefixes counted", rules: [rule(1, "tagged", prefixes: ["alpha", "beta"], count: 1)],
            images: [image("a", ["alpha-1", "beta-1"], days: 4), image("b", ["alpha-2", "beta-2"], days: 3), image("c", ["alpha-3", "beta-3"], days: 2)],
            taken: ["a": 1, "b": 1]),
        Evaluation(
            name: "any", rules: [rule(1, "any", count: 1)],
            images: [image("a", ["alpha-1"], days: 4), image("b", ["beta-1"], days: 3), image("c", [], days: 2), image("d", ["alpha-2"], days: 1)],
            taken: ["a": 1, "b": 1, "c": 1]),
        Evaluation(
            name: "untagged", rules: [rule(1, "untagged", count: 1)],
            images: [image("a", [], days: 4), image("b", [], days: 3), image("c", ["x"], days: 9), image("d", ["y"], days: 8), image("e", ["z"], days: 7)],
            taken: ["a": 1]),
        Evaluation(
            name: "patterns", rules: [rule(1, "tagged", patterns: ["*-dev-*"], count: 1, type: "sinceImagePushed")],
            images: [image("a", ["x-dev-1"], days: 4), image("b", ["dev"], days: 4), image("c", ["y-dev-"], days: 1)], taken: ["a": 1]),
        Evaluation(
            name: "what is protected still counts", rules: [rule(1, "tagged", prefixes: ["keep"], count: 9), rule(2, "any", count: 1)],
            images: [image("a", ["old"], days: 5), image("b", ["keep"], days: 1)], taken: ["a": 2]),
        Evaluation(
            name: "exactly N days is not older", rules: [rule(1, "any", count: 5, type: "sinceImagePushed")],
            images: [image("a", [], days: 5), image("b", [], days: 6)], taken: ["b": 1]),
        Evaluation(
            name: "archived images have rules of their own",
            rules: [rule(1, "any", count: 1, type: "sinceImageTransitioned", storage: "archive"), rule(2, "any", count: 3, type: "sinceImagePulled", archives: true)],
            images: [
                LifecycleImage(digest: digest("a"), tags: [], pushed: now - .days(9), archived: now - .days(2)),
                LifecycleImage(digest: digest("b"), tags: [], pushed: now - .days(9), archived: now),
                LifecycleImage(digest: digest("c"), tags: [], pushed: now - .days(9), pulled: now - .days(1)),
                LifecycleImage(digest: digest("d"), tags: [], pushed: now - .days(9)),
            ], taken: ["a": 1, "d": 2]),
    ])
    func evaluation(_ evaluation: Evaluation) throws {
        let policy = try LifecyclePolicy(["rules": .list(evaluation.rules)])
        let verdicts = policy.verdicts(on: evaluation.images, at: Self.now)
        let taken = Dictionary(uniqueKeysWithValues: verdicts.map { ($0.image.digest, $0.priority) })
        #expect(taken == Dictionary(uniqueKeysWithValues: evaluation.taken.map { (digest($0.key), $0.value) }))
        // The order of rows and of rules does not matter.
        let reversed = try LifecyclePolicy(["rules": .list(evaluation.rules.reversed())])
        #expect(reversed.verdicts(on: evaluation.images.reversed(), at: Self.now) == verdicts)
    }

    @Test func theNextInstantIsWhenAgeAloneTakesAnImage() throws {
        let policy = try LifecyclePolicy(["rules": [Self.rule(1, "any", count: 5, type: "sinceImagePushed")]])
        let images = [Self.image("a", [], days: 2), Self.image("b", [], days: 9)]
        let due = try #require(policy.nextDue(for: images, after: Self.now))
        #expect(policy.verdicts(on: images, at: due).count == 2)
        #expect(policy.verdicts(on: images, at: due - .milliseconds(1)).count == 1)
        #expect(policy.nextDue(for: images, after: due) == nil)
        let counting = try LifecyclePolicy(["rules": [Self.rule(1, "any", count: 1)]])
        #expect(counting.nextDue(for: images, after: Self.now) == nil)
    }

    @Test func hugeAgesDoNotOverflow() throws {
        let policy = try LifecyclePolicy(["rules": [Self.rule(1, "any", count: Int64.max, type: "sinceImagePushed")]])
        #expect(policy.verdicts(on: [Self.image("a", [], days: 9)], at: Self.now).isEmpty)
        #expect(policy.nextDue(for: [Self.image("a", [], days: 9)], after: Self.now) == nil)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: DocumentValue
        var text: String?
        var testDescription: String { name }

        init(_ name: String, _ policy: DocumentValue, _ text: String? = nil) {
            self.name = name
            self.policy = policy
            self.text = text
        }
    }

    static let good = rule(1, "any", count: 1)

    static func changed(_ key: String, _ value: DocumentValue?) -> DocumentValue {
        ["rules": [good.setting("selection", good["selection"]?.setting(key, value))]]
    }

    @Test(arguments: [
        Refusal("no rules member", [:], #"object has missing required properties (["rules"])"#),
        Refusal("another member", ["rules": [good], "x": 1], #"object instance has properties which are not allowed by the schema: (["x"])"#),
        Refusal("no rules", ["rules": []]), Refusal("rules are text", ["rules": "x"]), Refusal("a text", "x"),
        Refusal("no such status", changed("tagStatus", "x"), #"instance value ("x") not found in enum :(possible values: ["any","tagged","untagged"])"#),
        Refusal("zero", changed("countNumber", 0), "numeric instance is lower than the required minimum (minimum: 1, found: 0)"),
        Refusal("tagged without tags", changed("tagStatus", "tagged"), "instance failed to match exactly one schema (matched 0 out of 2)"),
        Refusal("any with tags", changed("tagPrefixList", ["x"])), Refusal("a unit for a count", changed("countUnit", "days")),
        Refusal("no unit for an age", changed("countType", "sinceImagePushed")), Refusal("no number", changed("countNumber", nil)),
        Refusal("a text for a number", changed("countNumber", "1")), Refusal("hours", changed("countUnit", "hours")),
        Refusal("priority zero", ["rules": [good.setting("rulePriority", 0)]]),
        Refusal("another action", ["rules": [good.setting("action", ["type": "delete"])]]),
        Refusal("transition to nowhere", ["rules": [good.setting("action", ["type": "transition"])]]),
        Refusal("equal priorities", ["rules": [rule(1, "untagged", count: 1), rule(1, "any", count: 1)]]),
        Refusal("any is not last", ["rules": [rule(1, "any", count: 1), rule(2, "untagged", count: 1)]]),
        Refusal("two untagged", ["rules": [rule(1, "untagged", count: 1), rule(2, "untagged", count: 2)]]),
        Refusal("a prefix twice", ["rules": [rule(1, "tagged", prefixes: ["a"], count: 1), rule(2, "tagged", prefixes: ["a"], count: 2)]]),
        Refusal("five wildcards", ["rules": [rule(1, "tagged", patterns: ["*****"], count: 1)]]),
        Refusal("fifty-one rules", ["rules": .list((1...51).map { rule($0, "tagged", prefixes: ["p\($0)-"], count: 1) })]),
    ])
    func refusals(_ refusal: Refusal) throws {
        let flaw = #expect(throws: LifecyclePolicyFlaw.self) { try LifecyclePolicy(refusal.policy) }
        if let text = refusal.text { #expect(flaw?.text == text) }
    }
}
