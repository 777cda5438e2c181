import AWSModel
import Gateway
import SimTime

/// A call's input by member. The gateway has checked it against the model; a member that is missing all the same
/// answers the model's own error instead of trapping.
struct IdentityInput: Sendable {
    let object: AWSObject
    let context: RequestContext

    var caller: Caller { context.caller }

    init(_ request: OperationRequest) {
        object = request.input
        context = request.context
    }

    /// Throws `ValidationError` when the member is absent.
    func text(_ member: String) throws -> String {
        guard let value = object[member]?.string else {
            let path = member.prefix(1).lowercased() + member.dropFirst()
            throw AWSFault.validationError(
                "1 validation error detected: Value null at '\(path)' failed to satisfy constraint: "
                    + "Member must not be null")
        }
        return value
    }

    func optionalText(_ member: String) -> String? { object[member]?.string }

    func int(_ member: String) -> Int? { object[member]?.int }

    func flag(_ member: String) -> Bool { object[member]?.bool ?? false }

    /// The `Path` member; `/` when it is absent.
    var path: String { optionalText("Path") ?? "/" }

    /// The `PathPrefix` member; `/` when it is absent.
    var pathPrefix: String { optionalText("PathPrefix") ?? "/" }

    /// The `Tags` member in order. Throws `InvalidInput` when two keys differ only in case.
    func tags() throws -> [Tag] {
        let tags = try (object["Tags"]?.list ?? []).map { item in
            guard let key = item["Key"]?.string, let value = item["Value"]?.string else {
                throw AWSFault.invalidInput("A tag needs a key and a value.")
            }
            return Tag(key: key, value: value)
        }
        guard Set(tags.map { $0.key.lowercased() }).count == tags.count else {
            // AWS: inferred — widely known wording.
            throw AWSFault.invalidInput(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        return tags
    }
}

/// A tag of a role, user or policy. Keys compare without regard to case and keep theirs.
struct Tag: Codable, Sendable, Equatable {
    static let perResourceMax = 50

    let key: String
    var value: String

    var output: AWSValue { ["Key": .string(key), "Value": .string(value)] }
}

extension Array where Element == Tag {
    /// The tags as a list member; nil when there are none, as answers leave an empty list out.
    var output: AWSValue? { isEmpty ? nil : .list(map(\.output)) }

    /// Adds tags, replacing those of the same key. Throws `LimitExceeded` beyond fifty.
    func merged(with added: [Tag]) throws -> [Tag] {
        var merged = self
        for tag in added {
            if let index = merged.firstIndex(where: { $0.key.lowercased() == tag.key.lowercased() }) {
                merged[index].value = tag.value
            } else {
                merged.append(tag)
            }
        }
        guard merged.count <= Tag.perResourceMax else {
            // AWS: inferred.
            throw AWSFault.limitExceeded("The number of tags has reached the maximum limit.")
        }
        return merged
    }
}

extension SimInstant {
    /// IAM and STS show and keep whole seconds.
    var wholeSecond: SimInstant { floored(to: .seconds(1)) }
}
