/// Checks a request against the constraints of its shape, before any business rule.
///
/// Values of the wrong type are not its business: the codecs refuse them (`SerializationFailure`).
package struct ConstraintValidator: Sendable {
    package init() {}

    /// Structures nested deeper than this are not looked into; the codecs refuse such requests.
    static let depthLimit = 64
    /// More violations than this are not listed: the answer to a request of many bad items stays bounded.
    static let violationLimit = 500

    /// Every violation, in AWS's order; empty when `input` satisfies its shape.
    ///
    /// A required member that is the HTTP body's blob is never missed, since every request has a body.
    package func validate(_ input: AWSObject, as shape: ShapeID, in model: ServiceModel) -> [Violation] {
        // Nearly every request is valid, so order costs something only after a first violation is found.
        var search = Walk(model: model, isOrdered: false, limit: 1)
        search.members(of: input, as: shape, at: "", depth: 0)
        guard !search.violations.isEmpty else { return [] }
        var walk = Walk(model: model, isOrdered: true, limit: Self.violationLimit)
        walk.members(of: input, as: shape, at: "", depth: 0)
        return walk.violations
    }
}

/// One pass over a value.
private struct Walk {
    let model: ServiceModel
    /// Whether members are visited in the order in which AWS reports them.
    let isOrdered: Bool
    let limit: Int
    var violations: [Violation] = []

    init(model: ServiceModel, isOrdered: Bool, limit: Int) {
        self.model = model
        self.isOrdered = isOrdered
        self.limit = limit
    }

    private var isFull: Bool { violations.count >= limit }

    // MARK: Containers

    mutating func members(of object: AWSObject, as shapeID: ShapeID, at path: String, depth: Int) {
        guard depth < ConstraintValidator.depthLimit, case .structure(let traits) = model[shapeID].kind else { return }
        for member in isOrdered ? MemberOrder.reported(traits.members) : traits.members {
            if isFull { return }
            let value = object[member.name]
            if let value, value != .null {
                check(value, as: member.shape, at: path.isEmpty ? .member(member.name) : .nested(path, member.name), depth)
            } else if member.isRequired, !isBodyBlob(member, of: traits) {
                violations.append(
                    Violation(
                        path: Place.nested(path, member.name).path,
                        value: isHidden(member.shape) ? .hidden : .null, constraint: .notNull))
            }
        }
    }

    private func isBodyBlob(_ member: Member, of traits: Shape.StructureTraits) -> Bool {
        guard traits.payloadMember == member.name, case .blob = model[member.shape].kind else { return false }
        return true
    }

    /// Where a value is. The text is made only for violations and for what lies below.
    private enum Place {
        case member(String)
        case nested(String, String)

        var path: String {
            switch self {
            case .member(let name): Place.lowered(name)
            case .nested(let path, let name): path.isEmpty ? Place.lowered(name) : "\(path).\(Place.lowered(name))"
            }
        }

        /// Only the first letter: `SSESpecification` is shown as `sSESpecification`.
        private static func lowered(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }
    }

    /// A member's own constraints, then what it contains.
    private mutating func check(_ value: AWSValue, as shapeID: ShapeID, at place: Place, _ depth: Int) {
        for constraint in broken(by: value, model[shapeID]) { report(constraint, value, shapeID, place.path) }
        switch (value, model[shapeID].kind) {
        case (.list, .list), (.object, .map), (.object, .structure): contents(of: value, as: shapeID, at: place.path, depth)
        default: break
        }
    }

    /// What a container holds, the container's own constraints aside.
    private mutating func contents(of value: AWSValue, as shapeID: ShapeID, at path: String, _ depth: Int) {
        guard depth < ConstraintValidator.depthLimit else { return }
        switch (value, model[shapeID].kind) {
        case (.object(let object), .structure):
            members(of: object, as: shapeID, at: path, depth: depth + 1)
        case (.list(let items), .list(let item, _, _)):
            if items.contains(where: { isBroken($0, model[item]) }) {
                report(.items(all(of: model[item])), value, shapeID, path)
            }
            guard isContainer(item) else { return }
            for (index, element) in items.enumerated() where !isFull {
                contents(of: element, as: item, at: "\(path).\(index + 1).member", depth + 1)
            }
        case (.object(let object), .map(let key, let item, _, _, _)):
            if object.entries.contains(where: { isBroken(.string($0.key), model[key]) }) {
                report(.keys(all(of: model[key])), value, shapeID, path)
            }
            if object.entries.contains(where: { isBroken($0.value, model[item]) }) {
                report(.values(all(of: model[item])), value, shapeID, path)
            }
            guard isContainer(item) else { return }
            for entry in object.entries where !isFull {
                contents(of: entry.value, as: item, at: "\(path).\(entry.key).member", depth + 1)
            }
        default: break
        }
    }

    private func isContainer(_ id: ShapeID) -> Bool {
        switch model[id].kind {
        case .structure, .list, .map: true
        default: false
        }
    }

    private mutating func report(
        _ constraint: Violation.Constraint, _ value: AWSValue, _ shapeID: ShapeID, _ path: String
    ) {
        guard !isFull else { return }
        // The search for a first violation shows nothing.
        let shown: Violation.Value =
            isHidden(shapeID) || !isOrdered ? .hidden : .text(JavaText.value(value, as: shapeID, in: model))
        violations.append(Violation(path: path, value: shown, constraint: constraint))
    }

    /// Whether the value, or an element that would be printed with it, is sensitive.
    private func isHidden(_ id: ShapeID, depth: Int = 0) -> Bool {
        guard depth < 4 else { return true }
        let shape = model[id]
        if shape.isSensitive { return true }
        switch shape.kind {
        case .list(let item, _, _): return isHidden(item, depth: depth + 1)
        case .map(let key, let value, _, _, _): return isHidden(key, depth: depth + 1) || isHidden(value, depth: depth + 1)
        default: return false
        }
    }

    // MARK: Constraints of one value

    private func isBroken(_ value: AWSValue, _ shape: Shape) -> Bool { !broken(by: value, shape).isEmpty }

    /// The constraints of `shape` that `value` breaks: enumeration, pattern, then bounds.
    /// AWS: recorded — Cognito's `confirmationCode`, Firehose, Bedrock and SageMaker Studio list the pattern before
    /// the length (spec/studio.md); SageMaker's records of 2019 have it the other way.
    private func broken(by value: AWSValue, _ shape: Shape) -> [Violation.Constraint] {
        let constraints = shape.constraints
        switch value {
        case .string(let text):
            guard case .string = shape.kind else { return [] }
            var broken: [Violation.Constraint] = []
            if !constraints.values.isEmpty, !constraints.values.contains(text) {
                broken.append(.enumeration(constraints.values))
            }
            if let pattern = constraints.pattern, shape.patternProgram?.matches(text) == false {
                broken.append(.pattern(pattern))
            }
            if constraints.maximum != nil || constraints.minimum != nil {
                broken += brokenLength(constraints, Double(text.unicodeScalars.count))
            }
            return broken
        case .list(let items): return brokenLength(constraints, Double(items.count))
        case .blob(let bytes): return brokenLength(constraints, Double(bytes.count))
        case .object(let object):
            guard case .map = shape.kind else { return [] }
            return brokenLength(constraints, Double(object.count))
        case .integer(let number): return brokenValue(shape, Double(number))
        case .double(let number): return brokenValue(shape, number)
        case .null, .boolean, .timestamp: return []
        }
    }

    private func brokenLength(_ constraints: Shape.Constraints, _ length: Double) -> [Violation.Constraint] {
        if let maximum = constraints.maximum, length > maximum { return [.lengthAtMost(maximum)] }
        if let minimum = constraints.minimum, length < minimum { return [.lengthAtLeast(minimum)] }
        return []
    }

    private func brokenValue(_ shape: Shape, _ number: Double) -> [Violation.Constraint] {
        let isFractional = isFractional(shape)
        if let maximum = shape.constraints.maximum, number > maximum {
            return [.valueAtMost(maximum, isFractional: isFractional)]
        }
        if let minimum = shape.constraints.minimum, number < minimum {
            return [.valueAtLeast(minimum, isFractional: isFractional)]
        }
        return []
    }

    private func isFractional(_ shape: Shape) -> Bool {
        switch shape.kind {
        case .float, .double: true
        default: false
        }
    }

    /// Every constraint of an element, as the bracketed forms list them.
    /// AWS: recorded — `[Member must have length less than or equal to 2500, Member must have length greater than or
    /// equal to 0, Member must satisfy regular expression pattern: .*]` (SageMaker, `hyperParameters`).
    private func all(of shape: Shape) -> [Violation.Constraint] {
        let constraints = shape.constraints
        var all: [Violation.Constraint] = []
        let isNumber = switch shape.kind {
        case .integer, .long, .float, .double: true
        default: false
        }
        let isFractional = isFractional(shape)
        if let maximum = constraints.maximum {
            all.append(isNumber ? .valueAtMost(maximum, isFractional: isFractional) : .lengthAtMost(maximum))
        }
        if let minimum = constraints.minimum {
            all.append(isNumber ? .valueAtLeast(minimum, isFractional: isFractional) : .lengthAtLeast(minimum))
        }
        if let pattern = constraints.pattern { all.append(.pattern(pattern)) }
        if !constraints.values.isEmpty { all.append(.enumeration(constraints.values)) }
        return all
    }
}
