import AWSModel
import Store
import Timeline
import Vocabulary

/// Tags of what is not an alarm, by ARN. AWS: doc — spec/cloudwatch.md §11.
struct ResourceTags: Sendable {
    private static let tagsMax = 50

    private struct Stored: Codable, Sendable {
        var tags: [AlarmRecord.Tag]
    }

    /// An ARN names its own realm, so all tags live in one collection.
    private func key(_ arn: String) -> DocumentKey {
        DocumentCollection(.shared, service: AlarmBook.service, type: "tags").key(arn)
    }

    /// Reads `[{Key, Value}]`; throws for more than 50.
    static func read(_ value: AWSValue?, existing: [AlarmRecord.Tag] = []) throws -> [AlarmRecord.Tag] {
        var tags = existing
        for item in value?.list ?? [] {
            let tag = AlarmRecord.Tag(key: item["Key"]?.string ?? "", value: item["Value"]?.string ?? "")
            if let index = tags.firstIndex(where: { $0.key == tag.key }) { tags[index] = tag } else { tags.append(tag) }
        }
        guard tags.count <= tagsMax else { throw CloudWatchFault.tooMany("Tags", maximum: tagsMax) }
        return tags
    }

    static func shown(_ tags: [AlarmRecord.Tag]) -> AWSValue {
        .list(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }

    func tags(of arn: String, _ reader: StoreReader) throws -> [AlarmRecord.Tag] {
        try reader.document(key(arn), as: Stored.self)?.tags ?? []
    }

    func set(_ tags: [AlarmRecord.Tag], on arn: String, in turn: Turn) throws {
        if tags.isEmpty { return try removeAll(of: arn, in: turn) }
        try turn.transaction.put(key(arn), Stored(tags: tags))
    }

    func removeAll(of arn: String, in turn: Turn) throws { try turn.transaction.delete(key(arn)) }
}
