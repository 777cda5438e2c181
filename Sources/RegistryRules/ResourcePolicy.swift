/// What a repository's or a registry's policy must be to be taken. What it means is `PolicyRules`' to say.
package enum ResourcePolicy {
    package enum Kind: Sendable {
        /// Without Resource: it is about the repository that has it.
        case repository
        case registry
    }

    /// Why a policy is refused; the service says no more than that it is invalid.
    package enum Flaw: Error, Equatable, Sendable { case invalid(member: String) }

    private static let statementsMax = 1_000

    /// Throws `Flaw` for a document that is no policy of that kind.
    // AWS: doc — spec/ecr.md §E4: an IAM document; Principal required, Resource only in the registry's.
    package static func check(_ document: DocumentValue, as kind: Kind) throws(Flaw) {
        guard let members = document.members else { throw .invalid(member: "policy") }
        for member in members where !["Version", "Id", "Statement"].contains(member.key) { throw .invalid(member: member.key) }
        if let version = document["Version"], !["2008-10-17", "2012-10-17"].contains(version.text) {
            throw .invalid(member: "Version")
        }
        if let id = document["Id"], id.text == nil { throw .invalid(member: "Id") }
        guard let value = document["Statement"] else { throw .invalid(member: "Statement") }
        let entries = value.list ?? [value]
        guard !entries.isEmpty, entries.count <= statementsMax else { throw .invalid(member: "Statement") }
        var ids: Set<String> = []
        for entry in entries {
            if let sid = entry["Sid"] {
                guard let text = sid.text, ids.insert(text).inserted else { throw .invalid(member: "Sid") }
            }
            try check(statement: entry, kind)
        }
    }

    private static func check(statement: DocumentValue, _ kind: Kind) throws(Flaw) {
        guard let members = statement.members else { throw .invalid(member: "Statement") }
        var allowed = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"]
        if kind == .registry { allowed += ["Resource", "NotResource"] }
        for member in members where !allowed.contains(member.key) { throw .invalid(member: member.key) }
        guard let effect = statement["Effect"]?.text, ["Allow", "Deny"].contains(effect) else { throw .invalid(member: "Effect") }
        try checkPrincipals(choice(statement, "Principal", isRequired: true) ?? .null)
        for text in try texts(choice(statement, "Action", isRequired: true) ?? .null, "Action")
        where text != "*" && !text.lowercased().hasPrefix("ecr:") { throw .invalid(member: "Action") }
        if let resource = try choice(statement, "Resource", isRequired: kind == .registry) { _ = try texts(resource, "Resource") }
        if let condition = statement["Condition"], condition.members == nil { throw .invalid(member: "Condition") }
    }

    /// The value of `name` or of its negation; nil when neither is there and neither must be.
    private static func choice(_ document: DocumentValue, _ name: String, isRequired: Bool) throws(Flaw) -> DocumentValue? {
        switch (document[name], document["Not" + name]) {
        case (let value?, nil), (nil, let value?): return value
        case (nil, nil) where !isRequired: return nil
        default: throw .invalid(member: name)
        }
    }

    /// `"*"`, or an object of `AWS`, `Service`, `Federated` with a text or a list each.
    private static func checkPrincipals(_ value: DocumentValue) throws(Flaw) {
        if value.text == "*" { return }
        guard let members = value.members, !members.isEmpty else { throw .invalid(member: "Principal") }
        for member in members {
            guard ["AWS", "Service", "Federated", "CanonicalUser"].contains(member.key) else { throw .invalid(member: "Principal") }
            _ = try texts(member.value, "Principal")
        }
    }

    private static func texts(_ value: DocumentValue, _ member: String) throws(Flaw) -> [String] {
        let items = value.list ?? [value]
        let texts = items.compactMap(\.text).filter { !$0.isEmpty }
        guard !texts.isEmpty, texts.count == items.count else { throw .invalid(member: member) }
        return texts
    }
}
