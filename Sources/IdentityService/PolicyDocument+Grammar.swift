extension PolicyDocument {
    private static let documentFields: Set = ["Version", "Id", "Statement"]
    private static let statementFields: Set = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    /// Reads `text` by the grammar of `kind`. Whether the principals exist is for the caller to find out.
    init(_ text: String, as kind: Kind) throws(PolicyFlaw) {
        guard let json = PolicyJSON(text: text) else { throw .invalidJSON }
        guard let document = json.object, Self.documentFields.isSuperset(of: document.keys) else { throw .syntax }
        try Self.checkVersion(document["Version"], kind)
        guard let list = document["Statement"]?.oneOrMany, !list.isEmpty else { throw .syntax }
        var statements: [Statement] = []
        var statementIDs: Set<String> = []
        for item in list {
            guard let fields = item.object, Self.statementFields.isSuperset(of: fields.keys) else { throw .syntax }
            try Self.checkID(fields["Sid"], against: &statementIDs)
            statements.append(try Self.statement(fields, kind))
        }
        self.statements = statements
    }

    /// Trust policies may be of the older version and may leave it out, which means the older one.
    private static func checkVersion(_ version: PolicyJSON?, _ kind: Kind) throws(PolicyFlaw) {
        guard let version else {
            if kind == .identity { throw .versionTooOld }
            return
        }
        switch version.string {
        case "2012-10-17": return
        case "2008-10-17": if kind == .identity { throw .versionTooOld }
        default: throw .syntax
        }
    }

    private static func checkID(_ id: PolicyJSON?, against known: inout Set<String>) throws(PolicyFlaw) {
        guard let id else { return }
        guard let text = id.string else { throw .syntax }
        guard text.utf8.allSatisfy({ byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }) else { throw .badStatementID }
        if !text.isEmpty, !known.insert(text).inserted { throw .repeatedStatementID }
    }

    private static func statement(_ fields: [String: PolicyJSON], _ kind: Kind) throws(PolicyFlaw) -> Statement {
        let effect = fields["Effect"]?.string
        guard effect == "Allow" || effect == "Deny" else { throw .syntax }
        let conditions = try conditions(fields["Condition"])
        switch kind {
        case .trust:
            return Statement(
                isAllow: effect == "Allow", principals: try trustPrincipals(fields),
                actions: try trustActions(fields),
                conditions: conditions)
        case .identity:
            return Statement(
                isAllow: effect == "Allow", principals: [], actions: try identityActions(fields),
                conditions: conditions)
        }
    }

    // MARK: Trust

    private static func trustPrincipals(_ fields: [String: PolicyJSON]) throws(PolicyFlaw) -> [Principal] {
        for name in ["Resource", "NotResource", "NotPrincipal"] where fields[name] != nil {
            throw .prohibitedField(name)
        }
        guard let principal = fields["Principal"] else { throw .missingField("Principal") }
        if principal.string == "*" { return [.everyone] }
        guard let kinds = principal.object, !kinds.isEmpty else { throw .syntax }
        var found: [Principal] = []
        for (kind, value) in kinds.sorted(by: { $0.key < $1.key }) {
            guard let values = value.strings else { throw .syntax }
            for value in values { found.append(try self.principal(kind, value)) }
        }
        return found
    }

    private static func principal(_ kind: String, _ value: String) throws(PolicyFlaw) -> Principal {
        switch kind {
        case "AWS": return value == "*" ? .everyone : .aws(value)
        case "Federated": return .federated(value)
        case "Service":
            guard value.hasSuffix(".amazonaws.com") || value.hasSuffix(".amazonaws.com.cn") else {
                throw .invalidPrincipal(kind: "SERVICE", value: value)
            }
            return .service(value)
        default: throw .invalidPrincipal(kind: kind.uppercased(), value: value)
        }
    }

    private static func trustActions(_ fields: [String: PolicyJSON]) throws(PolicyFlaw) -> [String] {
        guard fields["NotAction"] == nil else { throw .foreignTrustAction }
        guard let action = fields["Action"] else { throw .missingField("Action") }
        guard let actions = action.strings else { throw .syntax }
        guard actions.allSatisfy({ $0.lowercased().hasPrefix("sts:") }) else { throw .foreignTrustAction }
        return actions
    }

    // MARK: Identity

    private static func identityActions(_ fields: [String: PolicyJSON]) throws(PolicyFlaw) -> [String] {
        guard fields["Principal"] == nil, fields["NotPrincipal"] == nil else { throw .principalInIdentityPolicy }
        guard let action = fields["Action"] ?? fields["NotAction"] else { throw .noActions }
        guard fields["Action"] == nil || fields["NotAction"] == nil, let actions = action.strings else { throw .syntax }
        guard actions.allSatisfy(isAction) else { throw .actionWithoutVendor }
        guard let resource = fields["Resource"] ?? fields["NotResource"] else { throw .noResources }
        guard fields["Resource"] == nil || fields["NotResource"] == nil, let resources = resource.strings
        else { throw .syntax }
        for resource in resources where resource != "*" {
            guard resource.hasPrefix("arn:") else { throw .resourceNotARN(resource) }
            guard resource.utf8.count(where: { $0 == UInt8(ascii: ":") }) >= 5 else { throw .legacyParsing }
        }
        return fields["Action"] == nil ? [] : actions
    }

    private static func isAction(_ text: String) -> Bool {
        if text == "*" { return true }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        return parts[0].utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "-")
        }
    }

    // MARK: Conditions

    private static func conditions(_ block: PolicyJSON?) throws(PolicyFlaw) -> [Condition] {
        guard let block else { return [] }
        guard let operators = block.object else { throw .syntax }
        var found: [Condition] = []
        for (comparison, keys) in operators.sorted(by: { $0.key < $1.key }) {
            guard let keys = keys.object else { throw .syntax }
            for (key, value) in keys.sorted(by: { $0.key < $1.key }) {
                guard key.contains(":") else { throw .actionWithoutVendor }
                let items = value.oneOrMany
                let values = items.compactMap(\.scalar)
                guard values.count == items.count else { throw .syntax }
                found.append(Condition(comparison: comparison, key: key, values: values))
            }
        }
        return found
    }
}
