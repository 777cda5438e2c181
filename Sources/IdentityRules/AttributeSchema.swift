/// One attribute a pool's users may have.
package struct AttributeDefinition: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        case string = "String"
        case number = "Number"
        case dateTime = "DateTime"
        case boolean = "Boolean"
    }

    /// With its prefix: `email`, `custom:plan`, `dev:custom:plan`.
    package var name: String
    package var kind: Kind
    package var isMutable = true
    package var isRequired = false
    package var isDeveloperOnly = false
    /// Constraints as the API shows them: numbers in text.
    package var minimum: String?
    package var maximum: String?

    package init(_ name: String, _ kind: Kind = .string, minimum: String? = nil, maximum: String? = nil) {
        self.name = name
        self.kind = kind
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// The attributes of a pool: the twenty standard ones and its own.
package struct AttributeSchema: Codable, Sendable, Equatable {
    package private(set) var attributes: [AttributeDefinition]

    package init() { attributes = Self.standard }

    /// AWS: doc — spec/cognito.md §D3, in this order.
    package static let standard: [AttributeDefinition] = {
        var sub = AttributeDefinition("sub", minimum: "1", maximum: "2048")
        sub.isMutable = false
        sub.isRequired = true
        let texts = { (names: [String]) in names.map { AttributeDefinition($0, minimum: "0", maximum: "2048") } }
        return [sub]
            + texts(["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
                     "profile", "picture", "website", "email"])
            + [AttributeDefinition("email_verified", .boolean)]
            + texts(["gender"])
            + [AttributeDefinition("birthdate", minimum: "10", maximum: "10")]
            + texts(["zoneinfo", "locale", "phone_number"])
            + [AttributeDefinition("phone_number_verified", .boolean)]
            + texts(["address"])
            + [AttributeDefinition("updated_at", .number, minimum: "0")]
    }()

    package subscript(name: String) -> AttributeDefinition? { attributes.first { $0.name == name } }

    package var requiredNames: [String] { attributes.filter { $0.isRequired && $0.name != "sub" }.map(\.name) }

    /// Replaces the definition of a standard attribute, or adds one of the pool's own.
    package mutating func define(_ definition: AttributeDefinition) {
        if let index = attributes.firstIndex(where: { $0.name == definition.name }) {
            attributes[index] = definition
        } else {
            attributes.append(definition)
        }
    }

    /// Who sets attributes: it decides what they may change.
    package enum Writer: Sendable { case creation, user, administrator }

    /// What is wrong with values, a line for each, as AWS words it; empty when nothing is.
    // AWS: recorded for unknown and missing attributes — spec/cognito.md §D12; others inferred.
    package func violations(_ values: [(name: String, value: String)], by writer: Writer) -> [String] {
        values.compactMap { name, value in
            guard let definition = self[name], name != "sub" || writer == .creation else {
                return self[name] == nil
                    ? "\(name): Attribute does not exist in the schema." : "\(name): Attribute cannot be updated."
            }
            if writer != .creation, !definition.isMutable { return "\(name): Attribute cannot be updated." }
            if writer == .user, definition.isDeveloperOnly { return "\(name): Attribute cannot be updated." }
            return violation(definition, value).map { "\(name): \($0)" }
        }
    }

    /// The lines for required attributes that are not given.
    package func missing(from names: Set<String>) -> [String] {
        requiredNames.filter { !names.contains($0) }.map { "\($0): The attribute is required" }
    }

    private func violation(_ definition: AttributeDefinition, _ value: String) -> String? {
        let lower = definition.minimum.flatMap { Int64($0) }, upper = definition.maximum.flatMap { Int64($0) }
        switch definition.kind {
        case .string:
            let count = Int64(value.utf16.count)
            if let lower, count < lower { return "String must be no shorter than \(lower) characters" }
            if let upper, count > upper { return "String must be no longer than \(upper) characters" }
        case .number:
            guard let number = Int64(value) else { return "Attribute value must be a number" }
            if let lower, number < lower { return "Number must be no less than \(lower)" }
            if let upper, number > upper { return "Number must be no greater than \(upper)" }
        case .boolean:
            if value.lowercased() != "true", value.lowercased() != "false" { return "Attribute value must be a boolean" }
        case .dateTime:
            if value.isEmpty { return "Attribute value must be a date and time" }
        }
        return nil
    }
}
