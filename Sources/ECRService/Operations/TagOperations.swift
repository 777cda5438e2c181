import AWSModel
import Gateway
import RegistryRules
import Store
import Timeline
import Vocabulary

extension ECRService {
    var tagOperations: [Operation] {
        [
            writing("TagResource") { call, turn in
                var repository = try Self.tagged(call, turn.transaction)
                repository.body.tags = try ResourceTags.adding(call["tags"], to: repository.body.tags)
                try RepositoryTable.update(repository, turn.transaction)
                return [:]
            },
            writing("UntagResource") { call, turn in
                var repository = try Self.tagged(call, turn.transaction)
                let keys = (call["tagKeys"]?.list ?? []).compactMap(\.string)
                repository.body.tags.removeAll { keys.contains($0.key) }
                try RepositoryTable.update(repository, turn.transaction)
                return [:]
            },
            reading("ListTagsForResource") { call, reader in
                ["tags": ResourceTags.output(try Self.tagged(call, reader).body.tags)]
            },
        ]
    }

    /// The repository of `resourceArn`.
    private static func tagged(_ call: ECRRequest, _ reader: StoreReader) throws -> RepositoryRecord {
        guard let arn = ARN(call["resourceArn"]?.string ?? ""), arn.service == "ecr", arn.resource.hasPrefix("repository/"),
              let account = AccountID(arn.account), let region = RegionName(arn.region),
              let name = RepositoryName(arn.resource.dropFirst("repository/".count))
        else { throw ECRFault.invalidParameter("resourceArn", "Invalid ARN") }
        return try RepositoryTable.get(name, in: Realm(account: account, region: region), reader)
            .checked(for: call.principal, action: call.action, reader)
    }
}

/// The rules of resource tags.
enum ResourceTags {
    // AWS: sdk — spec/ecr.md §E2.
    private static let tagsMax = 50

    /// `tags` and the input's, the latter winning. Throws InvalidTagParameterException and TooManyTagsException.
    static func adding(_ input: AWSValue?, to tags: [ResourceTag]) throws -> [ResourceTag] {
        var all = tags
        for entry in input?.list ?? [] {
            let (key, value) = (entry["Key"]?.string ?? "", entry["Value"]?.string ?? "")
            guard (1...128).contains(key.unicodeScalars.count), value.unicodeScalars.count <= 256,
                  !key.lowercased().hasPrefix("aws:")
            else { throw ECRFault.named("InvalidTagParameter", "The tag key '\(key)' or its value is not valid.") }
            if let index = all.firstIndex(where: { $0.key == key }) { all[index].value = value } else {
                all.append(ResourceTag(key: key, value: value))
            }
        }
        guard all.count <= tagsMax else {
            throw ECRFault.named("TooManyTags", "A resource may have at most \(tagsMax) tags.")
        }
        return all
    }

    static func output(_ tags: [ResourceTag]) -> AWSValue {
        .list(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }
}
