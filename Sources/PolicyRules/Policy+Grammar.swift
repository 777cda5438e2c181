extension Policy {
    private static let documentElements: Set = ["Version", "Id", "Statement"]

    /// Reads a document. Throws `PolicyRejection` at the first element that is not as the grammar wants it.
    package init(_ value: PolicyValue, as grammar: Grammar) throws(PolicyRejection) {
        guard let document = value.object else { throw .badValue("document") }
        for name in document.keys.sorted() where !Self.documentElements.contains(name) { throw .prohibited(name) }
        // AWS: doc — variables came with the newer version; a document without a version is of the older one.
        let hasVariables: Bool
        switch document["Version"] {
        case nil, .string("2008-10-17"): hasVariables = false
        case .string("2012-10-17"): hasVariables = true
        default: throw .badValue("Version")
        }
        guard let list = document["Statement"]?.oneOrMany else { throw .missing("Statement") }
        var statements: [Statement] = []
        for item in list {
            guard let elements = item.object else { throw .badValue("Statement") }
            statements.append(try Statement(elements, as: grammar, hasVariables: hasVariables))
        }
        self.statements = statements
    }
}

extension Policy.Statement {
    fileprivate init(
        _ elements: [String: PolicyValue], as grammar: Policy.Grammar, hasVariables: Bool
    ) throws(PolicyRejection) {
        for name in elements.keys.sorted() where !Self.isElement(name, of: grammar) { throw .prohibited(name) }
        if let id = elements["Sid"] {
            guard let text = id.string else { throw .badValue("Sid") }
            self.id = text
        } else {
            id = nil
        }
        guard let effect = elements["Effect"] else { throw .missing("Effect") }
        guard let effect = effect.string.flatMap(Policy.Effect.init) else { throw .badValue("Effect") }
        self.effect = effect
        principals = try Self.principals(elements)
        if principals == nil, grammar != .identity { throw .missing("Principal") }
        guard let actions = try Self.selection(elements, "Action", { Wildcards($0.lowercased()) })
        else { throw .missing("Action") }
        self.actions = actions
        resources = try Self.selection(elements, "Resource") { PolicyPattern($0, hasVariables: hasVariables) }
        if resources == nil, grammar == .identity { throw .missing("Resource") }
        conditions = try Self.conditions(elements["Condition"], hasVariables)
    }

    private static func isElement(_ name: String, of grammar: Policy.Grammar) -> Bool {
        switch name {
        case "Sid", "Effect", "Action", "NotAction", "Condition": true
        case "Principal", "NotPrincipal": grammar != .identity
        case "Resource", "NotResource": grammar != .trust
        default: false
        }
    }

    /// The element called `name` or its twin; nil when the statement has neither.
    private static func selection<Pattern>(
        _ elements: [String: PolicyValue], _ name: String, _ read: (String) -> Pattern
    ) throws(PolicyRejection) -> Policy.Selection<Pattern>? {
        let (only, allBut) = (elements[name], elements["Not" + name])
        if only != nil, allBut != nil { throw .conflicting(name) }
        guard let value = only ?? allBut else { return nil }
        guard let texts = value.strings else { throw .badValue(only == nil ? "Not" + name : name) }
        let patterns = texts.map(read)
        return only == nil ? .allBut(patterns) : .only(patterns)
    }

    private static func principals(
        _ elements: [String: PolicyValue]
    ) throws(PolicyRejection) -> Policy.Selection<PrincipalPattern>? {
        let (only, allBut) = (elements["Principal"], elements["NotPrincipal"])
        if only != nil, allBut != nil { throw .conflicting("Principal") }
        guard let value = only ?? allBut else { return nil }
        let name = only == nil ? "NotPrincipal" : "Principal"
        var patterns: [PrincipalPattern] = []
        if value.string == "*" {
            patterns = [.everyone]
        } else {
            guard let kinds = value.object, !kinds.isEmpty else { throw .badValue(name) }
            for (kind, value) in kinds.sorted(by: { $0.key < $1.key }) {
                guard let texts = value.strings else { throw .badValue(name) }
                for text in texts {
                    guard let pattern = PrincipalPattern(kind: kind, text) else { throw .badValue(name) }
                    patterns.append(pattern)
                }
            }
        }
        return only == nil ? .allBut(patterns) : .only(patterns)
    }

    private static func conditions(
        _ block: PolicyValue?, _ hasVariables: Bool
    ) throws(PolicyRejection) -> [Condition] {
        guard let block else { return [] }
        guard let operators = block.object else { throw .badValue("Condition") }
        var found: [Condition] = []
        for (name, keys) in operators.sorted(by: { $0.key < $1.key }) {
            guard let comparison = ConditionOperator(name) else { throw .unknownOperator(name) }
            guard let keys = keys.object else { throw .badValue("Condition") }
            for (key, value) in keys.sorted(by: { $0.key < $1.key }) {
                guard let values = value.scalars else { throw .badValue("Condition") }
                let hasVariables = hasVariables && comparison.takesVariables
                found.append(Condition(
                    operator: comparison, key: key,
                    values: values.map { PolicyPattern($0, hasVariables: hasVariables) }))
            }
        }
        return found
    }
}
