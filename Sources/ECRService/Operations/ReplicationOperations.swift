import AWSModel
import Gateway
import PolicyRules
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

extension ECRService {
    // AWS: inferred — spec/ecr.md §E2, quotas.
    private static let destinationsMax = 25

    var replicationOperations: [Operation] {
        [
            writing("PutReplicationConfiguration", putReplicationConfiguration),
            reading("DescribeImageReplicationStatus", describeImageReplicationStatus),
            reading("DescribeRegistry") { call, reader in
                let configuration = try RegistryRecord.load(call.realm, reader).replication ?? ["rules": []]
                return ["registryId": .string(call.realm.account.digits), "replicationConfiguration": .object(configuration)]
            },
        ]
    }

    private func putReplicationConfiguration(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let configuration = call["replicationConfiguration"]?.object ?? ["rules": []]
        let destinations = (configuration["rules"]?.list ?? []).flatMap { $0["destinations"]?.list ?? [] }
        guard !destinations.contains(where: {
            $0["region"]?.string == call.realm.region.name && $0["registryId"]?.string == call.realm.account.digits
        }) else {
            throw ECRFault.invalidParameter(
                "replicationConfiguration", "Replication destination cannot be the same as the source registry")
        }
        let named = Set(destinations.map { "\($0["region"]?.string ?? "")/\($0["registryId"]?.string ?? "")" })
        guard named.count <= Self.destinationsMax else {
            throw ECRFault.invalidParameter(
                "replicationConfiguration", "At most \(Self.destinationsMax) unique destinations are allowed")
        }
        var registry = try RegistryRecord.load(call.realm, turn.transaction)
        registry.replication = configuration
        try registry.save(call.realm, turn.transaction)
        return ["replicationConfiguration": .object(configuration)]
    }

    private func describeImageReplicationStatus(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        let image = try requiredImage(call.imageID, in: repository, reader)
        var statuses: [AWSValue] = []
        try reader.query(
            "SELECT region, account, status, failure FROM ecr_replication WHERE image = ? ORDER BY region, account",
            [.integer(image.id)]
        ) { row in
            statuses.append([
                "region": .string(row.text(0)), "registryId": .string(row.text(1)), "status": .string(row.text(2)),
                "failureCode": row.text(3).isEmpty ? nil : .string(row.text(3)),
            ])
        }
        return [
            "repositoryName": .string(repository.name.text),
            "imageId": ImageID(digest: image.digest.text, tag: call.imageID.tag).output,
            "replicationStatuses": .list(statuses),
        ]
    }
}

/// Replication at work: copies of what is pushed from now on, to other regions and accounts of this emulator.
// AWS: doc — spec/ecr.md §E9: prefix filters, never deletes, never chains.
extension ECRService {
    /// Sets a timer for each destination that a pushed image goes to.
    func armReplications(of image: ImageRecord, in repository: RepositoryRecord, _ turn: Turn) throws {
        let rules = try RegistryRecord.load(repository.realm, turn.transaction).replication?["rules"]?.list ?? []
        for rule in rules {
            let filters = (rule["repositoryFilters"]?.list ?? []).compactMap { $0["filter"]?.string }
            guard filters.isEmpty || filters.contains(where: repository.name.text.hasPrefix) else { continue }
            for destination in rule["destinations"]?.list ?? [] {
                guard let region = destination["region"]?.string, let account = destination["registryId"]?.string else { continue }
                try set(image.id, region, account, "IN_PROGRESS", turn)
                try turn.arm(
                    TimerID(kind: TimerKind.replication, owner: repository.timerOwner, name: "\(image.id)/\(region)/\(account)"),
                    at: turn.now + settings.replicationDuration)
            }
        }
    }

    /// Carries one replication out; its failure is a state, not an error.
    func replicate(_ turn: Turn, _ timer: TimerID) throws {
        let parts = timer.name.split(separator: "/")
        guard parts.count == 3, let id = Int64(parts[0]), let region = RegionName(parts[1]), let account = AccountID(parts[2]),
              let image = try ImageTable.find(id: id, turn.transaction),
              let source = try RepositoryTable.find(id: image.repository, turn.transaction) else { return }
        let failure = try copy(image, of: source, to: Realm(account: account, region: region), turn)
        try set(image.id, region.name, account.digits, failure == nil ? "COMPLETE" : "FAILED", failure: failure ?? "", turn)
    }

    /// Answers why it failed; nil when it went well.
    private func copy(
        _ image: ImageRecord, of source: RepositoryRecord, to realm: Realm, _ turn: Turn
    ) throws -> String? {
        let existing = try RepositoryTable.find(source.name, in: realm, turn.transaction)
        let actions = existing == nil ? ["ecr:CreateRepository", "ecr:ReplicateImage"] : ["ecr:ReplicateImage"]
        if realm.account != source.realm.account {
            let policies = [try RegistryRecord.load(realm, turn.transaction).policy].compactMap(\.self)
            let principal = Principal(
                caller: .root(of: source.realm.account, accessKeyID: nil), region: source.realm.region,
                network: .open(sourceIP: "127.0.0.1"), now: turn.now, isAuthorized: false)
            let isAllowed = actions.allSatisfy { action in
                CrossAccountAccess.refusal(
                    of: principal, action: action, resource: Self.arn(of: source.name.text, in: realm),
                    owner: realm.account, policies: policies) == nil
            }
            guard isAllowed else { return "AccessDenied" }
        }
        let target = try existing ?? createFromTemplate(source.name, in: realm, for: "REPLICATION", isRequired: true, turn)
        guard let target else { return "RepositoryNotFound" }
        let copied = try copy(image, to: target, in: turn)
        for tag in try ImageTable.tags(of: image, turn.transaction) {
            let holder = try ImageTable.find(tag: tag, in: target, turn.transaction)
            if holder?.id == copied.id { continue }
            if holder != nil, try target.tagMutability().isFixed(tag) { return "ImageTagAlreadyExists" }
            try ImageTable.setTag(tag, to: copied, turn.transaction)
        }
        return nil
    }

    private func set(
        _ image: Int64, _ region: String, _ account: String, _ status: String, failure: String = "", _ turn: Turn
    ) throws {
        try turn.transaction.execute(
            "INSERT OR REPLACE INTO ecr_replication (image, region, account, status, failure) VALUES (?, ?, ?, ?, ?)",
            [.integer(image), .text(region), .text(account), .text(status), .text(failure)])
    }
}
