/// One constraint of the model that a request breaks.
package struct Violation: Sendable, Equatable {
    /// The member's path: members with a lower-case first letter, elements of lists and maps as `.1.member` and
    /// `.key.member`.
    /// AWS: recorded — spec/hosting.md §G.1, `productionVariants.1.member.instanceType`.
    package var path: String
    package var value: Value
    package var constraint: Constraint

    /// How the offending value is shown.
    package enum Value: Sendable, Equatable {
        case null
        /// A sensitive value is not shown at all, not even that it is null.
        /// AWS: recorded — Cognito answers `Value at 'username' failed to satisfy constraint: Member must not be null`.
        case hidden
        case text(String)
    }

    package enum Constraint: Sendable, Equatable {
        case notNull
        case enumeration([String])
        case pattern(String)
        case lengthAtMost(Double)
        case lengthAtLeast(Double)
        /// Bounds of fractional shapes are printed as fractions (`1.0`).
        case valueAtMost(Double, isFractional: Bool)
        case valueAtLeast(Double, isFractional: Bool)
        /// All constraints of a list's items, of which one at least breaks one.
        case items([Constraint])
        /// The same for the keys or values of a map.
        case keys([Constraint])
        case values([Constraint])
    }

    package init(path: String, value: Value, constraint: Constraint) {
        self.path = path
        self.value = value
        self.constraint = constraint
    }
}

extension Violation {
    /// The message of a request that breaks constraints, as the common framework of AWS's services words it.
    /// AWS: recorded — spec/hosting.md §G.1.
    package static func message(_ violations: [Violation]) -> String {
        let noun = violations.count == 1 ? "error" : "errors"
        return "\(violations.count) validation \(noun) detected: "
            + violations.map(\.sentence).joined(separator: "; ")
    }

    /// `Value 'x' at 'name' failed to satisfy constraint: …`
    package var sentence: String {
        let shown = switch value {
        case .null: " null"
        case .hidden: ""
        case .text(let text): " '\(text)'"
        }
        return "Value\(shown) at '\(path)' failed to satisfy constraint: \(constraint.text)"
    }

    /// The message in ECR's own wording, which names one parameter and no value.
    /// AWS: recorded — spec/ecr.md, table of InvalidParameterException. A repository name's pattern has a wording
    /// and a text of its own, captured from CreateRepository.
    package var messageOfECR: String {
        var text = constraint.text
        if path == "repositoryName", case .pattern = constraint {
            text = #"must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*'"#
        }
        return "Invalid parameter at '\(path)' failed to satisfy constraint: '\(text)'"
    }
}

extension Violation.Constraint {
    /// AWS: recorded — spec/hosting.md §G.1; the bracketed forms by SageMaker (`hyperParameters`), ACM, Lambda, ECR.
    package var text: String {
        switch self {
        case .notNull: "Member must not be null"
        case .enumeration(let values): "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
        case .pattern(let pattern): "Member must satisfy regular expression pattern: \(pattern)"
        case .lengthAtMost(let limit): "Member must have length less than or equal to \(JavaText.bound(limit))"
        case .lengthAtLeast(let limit): "Member must have length greater than or equal to \(JavaText.bound(limit))"
        case .valueAtMost(let limit, let isFractional):
            "Member must have value less than or equal to \(JavaText.bound(limit, isFractional: isFractional))"
        case .valueAtLeast(let limit, let isFractional):
            "Member must have value greater than or equal to \(JavaText.bound(limit, isFractional: isFractional))"
        case .items(let constraints): "Member must satisfy constraint: \(Self.bracketed(constraints))"
        case .keys(let constraints): "Map keys must satisfy constraint: \(Self.bracketed(constraints))"
        case .values(let constraints): "Map value must satisfy constraint: \(Self.bracketed(constraints))"
        }
    }

    private static func bracketed(_ constraints: [Self]) -> String {
        "[\(constraints.map(\.text).joined(separator: ", "))]"
    }
}
