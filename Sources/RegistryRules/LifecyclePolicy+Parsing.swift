extension LifecyclePolicy {
    /// Reads the JSON grammar of lifecycle policies. Throws `LifecyclePolicyFlaw`.
    // AWS: doc — spec/ecr.md §E8, grammar.
    package init(_ document: DocumentValue) throws(LifecyclePolicyFlaw) {
        let fields = try Fields(document, "policy", required: ["rules"], optional: [])
        guard let entries = fields["rules"]?.list else { throw .wrongType(member: "rules") }
        guard entries.count <= Self.rulesMax else { throw .tooManyRules(entries.count) }
        var rules: [Rule] = []
        for entry in entries { rules.append(try Self.rule(entry)) }
        try self.init(rules: rules)
    }

    private static func rule(_ document: DocumentValue) throws(LifecyclePolicyFlaw) -> Rule {
        let fields = try Fields(
            document, "rule", required: ["action", "rulePriority", "selection"], optional: ["description"])
        if let description = fields["description"], description.text == nil { throw .wrongType(member: "description") }
        let action = try action(fields["action"] ?? .null)
        let selection = try selection(fields["selection"] ?? .null)
        // What is archived already cannot be archived.
        if action == .archive, selection.isOfArchive { throw .noSchemaMatches }
        return Rule(priority: try fields.positive("rulePriority"), selection: selection, action: action)
    }

    private static func action(_ document: DocumentValue) throws(LifecyclePolicyFlaw) -> Action {
        let fields = try Fields(document, "action", required: ["type"], optional: ["targetStorageClass"])
        let type = try fields.choice("type", ["expire", "transition"])
        let target = try fields["targetStorageClass"] == nil ? nil : fields.choice("targetStorageClass", ["archive"])
        guard (type == "transition") == (target != nil) else { throw .noSchemaMatches }
        return type == "expire" ? .expire : .archive
    }

    private static func selection(_ document: DocumentValue) throws(LifecyclePolicyFlaw) -> Selection {
        let fields = try Fields(
            document, "selection", required: ["countNumber", "countType", "tagStatus"],
            optional: ["countUnit", "storageClass", "tagPatternList", "tagPrefixList"])
        let status = try fields.choice("tagStatus", ["any", "tagged", "untagged"])
        let type = try fields.choice("countType", ["imageCountMoreThan"] + Event.allCases.map(\.rawValue))
        let number = try fields.positive("countNumber")
        let unit = try fields["countUnit"] == nil ? nil : fields.choice("countUnit", ["days"])
        let storage = try fields["storageClass"] == nil ? nil : fields.choice("storageClass", ["archive", "standard"])
        let event = Event(rawValue: type)
        guard (event != nil) == (unit != nil), event != .archived || storage == "archive" else { throw .noSchemaMatches }
        return Selection(
            tags: try condition(status, fields), count: event.map { .days(number, since: $0) } ?? .moreThan(number),
            isOfArchive: storage == "archive")
    }

    private static func condition(_ status: String, _ fields: Fields) throws(LifecyclePolicyFlaw) -> TagCondition {
        let prefixes = try fields.texts("tagPrefixList")
        let patterns = try fields.texts("tagPatternList")
        guard status == "tagged" else {
            guard prefixes == nil, patterns == nil else { throw .noSchemaMatches }
            return status == "any" ? .any : .untagged
        }
        switch (prefixes, patterns) {
        case (let prefixes?, nil) where !prefixes.isEmpty:
            return .tagged(prefixes.map { WildcardPattern($0 + "*") })
        case (nil, let patterns?) where !patterns.isEmpty:
            let all = patterns.map(WildcardPattern.init)
            if let first = all.first(where: { $0.wildcardCount > 4 }) { throw .tooManyWildcards(first.text) }
            return .tagged(all)
        default: throw .noSchemaMatches
        }
    }
}

/// The members of one object of the grammar, known to be allowed and complete.
private struct Fields {
    private let document: DocumentValue

    init(
        _ document: DocumentValue, _ name: String, required: [String], optional: [String]
    ) throws(LifecyclePolicyFlaw) {
        guard let members = document.members else { throw .wrongType(member: name) }
        let missing = required.filter { document[$0] == nil }
        guard missing.isEmpty else { throw .missing(missing) }
        let unknown = members.map(\.key).filter { !required.contains($0) && !optional.contains($0) }
        guard unknown.isEmpty else { throw .notAllowed(unknown.sorted()) }
        self.document = document
    }

    subscript(name: String) -> DocumentValue? { document[name] }

    func positive(_ name: String) throws(LifecyclePolicyFlaw) -> Int64 {
        guard let number = document[name]?.integer else { throw .wrongType(member: name) }
        guard number >= 1 else { throw .belowMinimum(found: number) }
        return number
    }

    func choice(_ name: String, _ allowed: [String]) throws(LifecyclePolicyFlaw) -> String {
        guard let text = document[name]?.text else { throw .wrongType(member: name) }
        guard allowed.contains(text) else { throw .notInEnumeration(value: text, allowed: allowed) }
        return text
    }

    /// Nil when absent. No list has more than 1,000 items, no item more than 300 characters.
    func texts(_ name: String) throws(LifecyclePolicyFlaw) -> [String]? {
        guard let value = document[name] else { return nil }
        guard let items = value.list, items.count <= 1_000 else { throw .wrongType(member: name) }
        let texts = items.compactMap(\.text).filter { !$0.isEmpty && $0.utf8.count <= 300 }
        guard texts.count == items.count else { throw .wrongType(member: name) }
        return texts
    }
}
