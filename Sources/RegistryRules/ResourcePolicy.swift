/// A repository's or a registry's policy: who, of other accounts, may do what.
package struct ResourcePolicy: Equatable, Sendable {
    package enum Kind: Sendable {
        /// Without Resource: it is about the repository that has it.
        case repository
        case registry
    }

    /// Why a policy is refused; the service says no more than that it is invalid.
    package enum Flaw: Error, Equatable, Sendable { case invalid(member: String) }

    struct Statement: Equatable, Sendable {
        var isAllow: Bool
        /// `*`, account numbers and ARNs.
        var principals: [String]
        var isNotPrincipal: Bool
        var actions: [WildcardPattern]
        var isNotAction: Bool
        /// Empty means every resource.
        var resources: [WildcardPattern]
        var isNotResource: Bool
        /// Conditions are not evaluated: an Allow with conditions allows nothing, a Deny with conditions denies.
        var hasConditions: Bool
    }

    let statements: [Statement]

    private static let statementsMax = 1_000

    // AWS: doc — spec/ecr.md §E4: an IAM document; Principal required, Resource only in the registry's.
    package init(_ document: DocumentValue, kind: Kind) throws(Flaw) {
        guard let members = document.members else { throw .invalid(member: "policy") }
        for member in members where !["Version", "Id", "Statement"].contains(member.key) { throw .invalid(member: member.key) }
        if let version = document["Version"], !["2008-10-17", "2012-10-17"].contains(version.text) {
            throw .invalid(member: "Version")
        }
        if let id = document["Id"], id.text == nil { throw .invalid(member: "Id") }
        guard let value = document["Statement"] else { throw .invalid(member: "Statement") }
        let entries = value.list ?? [value]
        guard !entries.isEmpty, entries.count <= Self.statementsMax else { throw .invalid(member: "Statement") }
        var statements: [Statement] = []
        var ids: Set<String> = []
        for entry in entries {
            if let sid = entry["Sid"] {
                guard let text = sid.text, ids.insert(text).inserted else { throw .invalid(member: "Sid") }
            }
            statements.append(try Self.statement(entry, kind))
        }
        self.statements = statements
    }

    private static func statement(_ document: DocumentValue, _ kind: Kind) throws(Flaw) -> Statement {
        guard let members = document.members else { throw .invalid(member: "Statement") }
        var allowed = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"]
        if kind == .registry { allowed += ["Resource", "NotResource"] }
        for member in members where !allowed.contains(member.key) { throw .invalid(member: member.key) }
        guard let effect = document["Effect"]?.text, ["Allow", "Deny"].contains(effect) else { throw .invalid(member: "Effect") }
        let (principal, isNotPrincipal) = try choice(document, "Principal", "NotPrincipal", isRequired: true)
        let (action, isNotAction) = try choice(document, "Action", "NotAction", isRequired: true)
        let (resource, isNotResource) = try choice(document, "Resource", "NotResource", isRequired: kind == .registry)
        let actions = try texts(action ?? .null, "Action")
        for text in actions where text != "*" && !text.lowercased().hasPrefix("ecr:") { throw .invalid(member: "Action") }
        if let condition = document["Condition"], condition.members == nil { throw .invalid(member: "Condition") }
        return Statement(
            isAllow: effect == "Allow", principals: try principals(principal ?? .null), isNotPrincipal: isNotPrincipal,
            actions: actions.map { WildcardPattern($0.lowercased()) }, isNotAction: isNotAction,
            resources: try resource.map { value throws(Flaw) in try texts(value, "Resource").map(WildcardPattern.init) } ?? [],
            isNotResource: isNotResource, hasConditions: document["Condition"]?.members?.isEmpty == false)
    }

    private static func choice(
        _ document: DocumentValue, _ name: String, _ negated: String, isRequired: Bool
    ) throws(Flaw) -> (DocumentValue?, isNegated: Bool) {
        switch (document[name], document[negated]) {
        case (let value?, nil): return (value, false)
        case (nil, let value?): return (value, true)
        case (nil, nil) where !isRequired: return (nil, false)
        default: throw .invalid(member: name)
        }
    }

    /// `"*"`, or an object of `AWS`, `Service`, `Federated` with a text or a list each.
    private static func principals(_ value: DocumentValue) throws(Flaw) -> [String] {
        if value.text == "*" { return ["*"] }
        guard let members = value.members, !members.isEmpty else { throw .invalid(member: "Principal") }
        var principals: [String] = []
        for member in members {
            guard ["AWS", "Service", "Federated", "CanonicalUser"].contains(member.key) else { throw .invalid(member: "Principal") }
            principals += try texts(member.value, "Principal")
        }
        return principals
    }

    private static func texts(_ value: DocumentValue, _ member: String) throws(Flaw) -> [String] {
        let items = value.list ?? [value]
        let texts = items.compactMap(\.text).filter { !$0.isEmpty }
        guard !texts.isEmpty, texts.count == items.count else { throw .invalid(member: member) }
        return texts
    }
}

extension ResourcePolicy {
    /// Whether the policy lets `principal` (an ARN of `account`) do `action` on `resource`.
    package func allows(principal: String, account: String, action: String, resource: String) -> Bool {
        var isAllowed = false
        for statement in statements where statement.applies(principal, account, action.lowercased(), resource) {
            if !statement.isAllow { return false }
            isAllowed = isAllowed || !statement.hasConditions
        }
        return isAllowed
    }
}

extension ResourcePolicy.Statement {
    fileprivate func applies(_ principal: String, _ account: String, _ action: String, _ resource: String) -> Bool {
        let names = ["*", account, principal, "arn:aws:iam::\(account):root"]
        return principals.contains(where: names.contains) != isNotPrincipal
            && actions.contains { $0.matches(action) } != isNotAction
            && (resources.isEmpty || resources.contains { $0.matches(resource) } != isNotResource)
    }
}
