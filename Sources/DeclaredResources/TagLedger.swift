package import AWSModel
package import Store
package import Timeline
import Vocabulary

/// Tags by ARN: an ordered list of key and value per resource, with AWS's limits.
package struct TagLedger: Sendable {
    // AWS: sdk — spec/hosting.md §0: at most 50 tags on a resource.
    package static let tagsPerResourceMax = 50

    private let service: String
    private let store: Store

    package init(service: String, store: Store) {
        self.service = service
        self.store = store
    }

    private struct Tags: Codable, Sendable {
        var pairs: [Pair]

        struct Pair: Codable, Sendable, Equatable {
            var key: String
            var value: String
        }
    }

    // An ARN names its own realm, so all tags live in one collection.
    private func key(_ arn: String) -> DocumentKey {
        DocumentCollection(.shared, service: service, type: "tags").key(arn)
    }

    /// The tags of `arn` as `[{Key, Value}]`; empty when it has none.
    package func tags(of arn: String) throws -> [AWSValue] {
        let tags = try store.document(key(arn), as: Tags.self)
        return (tags?.pairs ?? []).map { ["Key": .string($0.key), "Value": .string($0.value)] }
    }

    /// Throws for a key that is there twice, or that has the prefix AWS keeps for itself, in whatever case.
    private static func check(_ keys: [String]) throws {
        guard Set(keys).count == keys.count else {
            // AWS: recorded — SageMaker's CreateTrialComponent.
            throw AWSFault.validation("Duplicate tag key")
        }
        guard !keys.contains(where: { $0.prefix(4).lowercased() == "aws:" }) else {
            // AWS: doc — the general rules of tags; the text is recorded of other services.
            throw AWSFault.validation("aws: prefixed tag key names are not allowed for external use.")
        }
    }

    /// Adds `[{Key, Value}]`, overwriting the values of keys that are there. Throws when a resource would get too many,
    /// for a key that comes twice, and for reserved keys.
    package func set(_ added: AWSValue?, on arn: String, in turn: Turn) throws {
        guard let added = added?.list, !added.isEmpty else { return }
        try Self.check(added.map { $0["Key"]?.string ?? "" })
        var tags = try turn.transaction.document(key(arn), as: Tags.self) ?? Tags(pairs: [])
        for tag in added {
            let pair = Tags.Pair(key: tag["Key"]?.string ?? "", value: tag["Value"]?.string ?? "")
            if let index = tags.pairs.firstIndex(where: { $0.key == pair.key }) {
                tags.pairs[index] = pair
            } else {
                tags.pairs.append(pair)
            }
        }
        guard tags.pairs.count <= Self.tagsPerResourceMax else {
            throw AWSFault.validation(
                "The resource would have \(tags.pairs.count) tags; at most \(Self.tagsPerResourceMax) are allowed.")
        }
        try turn.transaction.put(key(arn), tags)
    }

    /// Removes the tags of those keys; keys that are not there are ignored.
    package func remove(keys: [String], from arn: String, in turn: Turn) throws {
        guard var tags = try turn.transaction.document(key(arn), as: Tags.self) else { return }
        tags.pairs.removeAll { keys.contains($0.key) }
        if tags.pairs.isEmpty { try turn.transaction.delete(key(arn)) } else { try turn.transaction.put(key(arn), tags) }
    }

    /// Forgets every tag of a deleted resource.
    package func removeAll(of arn: String, in turn: Turn) throws { try turn.transaction.delete(key(arn)) }
}
