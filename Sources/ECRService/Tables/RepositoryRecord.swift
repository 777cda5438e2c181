import AWSModel
import RegistryRules
import SimTime
import Vocabulary

/// A tag of a resource.
struct ResourceTag: Codable, Sendable, Equatable {
    var key: String
    var value: String
}

/// What a repository is told, beyond its name.
struct RepositoryBody: Codable, Sendable, Equatable {
    var mutability = TagMutability.Mode.mutable.rawValue
    var exclusionFilters: [String] = []
    var scansOnPush = false
    var encryptionType = "AES256"
    var kmsKey: String?
    var tags: [ResourceTag] = []
    var policy: String?
    var lifecyclePolicy: String?
    var lifecycleEvaluated: SimInstant?
    /// When the policy is evaluated next; nil while no timer is set.
    var lifecycleDue: SimInstant?
    var preview: PreviewRecord?
}

/// A repository.
struct RepositoryRecord: Sendable, Equatable {
    let id: Int64
    let realm: Realm
    let name: RepositoryName
    let created: SimInstant
    var body: RepositoryBody

    var registry: String { realm.account.digits }
    var arn: String { ARN(service: "ecr", realm: realm, resource: "repository/\(name)").description }

    /// What timers of this repository are filed under.
    var timerOwner: String { String(id) }

    /// Throws `TagMutability.Flaw` only for a row that was not written by this service.
    func tagMutability() throws -> TagMutability {
        guard let mode = TagMutability.Mode(rawValue: body.mutability) else {
            throw ECRBreakdown.unreadableRow(table: "ecr_repository")
        }
        return try TagMutability(mode: mode, filters: body.exclusionFilters)
    }

    /// The host part of image references to a registry.
    static func registryHost(_ realm: Realm) -> String {
        let suffix = realm.region.name.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return "\(realm.account).dkr.ecr.\(realm.region).\(suffix)"
    }

    /// The `repository` object of answers.
    // AWS: doc — spec/ecr.md §E4.
    func output(uri: String) -> AWSValue {
        [
            "repositoryArn": .string(arn), "registryId": .string(registry), "repositoryName": .string(name.text),
            "repositoryUri": .string(uri), "createdAt": .timestamp(created),
            "imageTagMutability": .string(body.mutability), "imageTagMutabilityExclusionFilters": body.filtersOutput,
            "imageScanningConfiguration": ["scanOnPush": .boolean(body.scansOnPush)],
            "encryptionConfiguration": [
                "encryptionType": .string(body.encryptionType), "kmsKey": body.kmsKey.map { .string($0) },
            ],
        ]
    }
}

extension RepositoryBody {
    /// Nil unless the mode has exclusions.
    var filtersOutput: AWSValue? {
        guard !exclusionFilters.isEmpty else { return nil }
        return .list(exclusionFilters.map { ["filterType": "WILDCARD", "filter": .string($0)] })
    }
}
