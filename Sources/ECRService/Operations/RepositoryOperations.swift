import AWSModel
import BlobStore
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

extension ECRService {
    var repositoryOperations: [Operation] {
        [
            writing("CreateRepository", createRepository), writing("DeleteRepository", deleteRepository),
            reading("DescribeRepositories", describeRepositories), writing("PutImageTagMutability", putImageTagMutability),
            writing("PutImageScanningConfiguration", putImageScanningConfiguration),
        ]
    }

    func uri(of repository: RepositoryRecord, _ call: ECRRequest) -> String {
        switch settings.addressing {
        case .aws: "\(RepositoryRecord.registryHost(repository.realm))/\(repository.name)"
        case .local: "\(call.host)/\(repository.name)"
        }
    }

    private func createRepository(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let name = try call.name(call["repositoryName"]?.string)
        guard call.isOwnRegistry else {
            throw ECRFault.accessDenied(call.principal, action: call.action, resource: Self.arn(of: name.text, in: call.realm))
        }
        var body = RepositoryBody()
        try body.setMutability(call.input)
        body.scansOnPush = call["imageScanningConfiguration"]?["scanOnPush"]?.bool ?? false
        body.setEncryption(call["encryptionConfiguration"], in: call.realm)
        body.tags = try ResourceTags.adding(call["tags"], to: [])
        guard try RepositoryTable.find(name, in: call.realm, turn.transaction) == nil else {
            throw ECRFault.repositoryExists(name, call.realm.account.digits)
        }
        let repository = try RepositoryTable.insert(name, in: call.realm, created: turn.now, body, turn.transaction)
        return ["repository": repository.output(uri: uri(of: repository, call))]
    }

    private func deleteRepository(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let repository = try call.repository(turn.transaction)
        if call["force"]?.bool != true, try ImageTable.count(in: repository, turn.transaction) > 0 {
            throw ECRFault.repositoryNotEmpty(repository.name, repository.registry)
        }
        let orphans = try LayerTable.ownBlobs(of: repository, turn.transaction)
        try RepositoryTable.delete(repository, turn.transaction)
        for id in uploads.ids(in: repository) { try turn.transaction.delete(UploadRecord.collection.key(id)) }
        for kind in TimerKind.all {
            try turn.disarmAll(kind: kind, owner: repository.timerOwner)
        }
        turn.afterCommit { [uploads, blobs] in
            uploads.discard(in: repository)
            // The commit stands whatever happens here; the next collection takes what stays behind.
            try? blobs.release(orphans)
        }
        return ["repository": repository.output(uri: uri(of: repository, call))]
    }

    private func describeRepositories(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        if let names = call["repositoryNames"]?.list {
            let found = try names.map { try call.repository(named: $0.string, reader) }
            return ["repositories": .list(found.map { $0.output(uri: uri(of: $0, call)) })]
        }
        let size = call.pageSize()
        var found = try RepositoryTable.list(in: call.realm, after: try call.cursor() ?? "", limit: size + 1, reader)
        let hasMore = found.count > size
        found = Array(found.prefix(size))
        for repository in found { _ = try repository.checked(for: call.principal, action: call.action, reader) }
        return [
            "repositories": .list(found.map { $0.output(uri: uri(of: $0, call)) }),
            "nextToken": hasMore ? call.token(found.last?.name.text) : nil,
        ]
    }

    private func putImageTagMutability(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        var repository = try call.repository(turn.transaction)
        try repository.body.setMutability(call.input)
        try RepositoryTable.update(repository, turn.transaction)
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageTagMutability": .string(repository.body.mutability),
            "imageTagMutabilityExclusionFilters": repository.body.filtersOutput,
        ]
    }

    private func putImageScanningConfiguration(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        var repository = try call.repository(turn.transaction)
        repository.body.scansOnPush = call["imageScanningConfiguration"]?["scanOnPush"]?.bool ?? false
        try RepositoryTable.update(repository, turn.transaction)
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageScanningConfiguration": ["scanOnPush": .boolean(repository.body.scansOnPush)],
        ]
    }
}

extension RepositoryBody {
    /// Takes over mode and filters of an input. Throws InvalidParameterException.
    // AWS: peer — spec/ecr.md §E3.
    mutating func setMutability(_ input: AWSObject) throws {
        let name = input["imageTagMutability"]?.string ?? TagMutability.Mode.mutable.rawValue
        let filters = (input["imageTagMutabilityExclusionFilters"]?.list ?? []).compactMap { $0["filter"]?.string }
        guard let mode = TagMutability.Mode(rawValue: name) else {
            throw ECRFault.invalidParameter(
                "imageTagMutability",
                "Member must satisfy enum value set: [IMMUTABLE, MUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]")
        }
        do throws(TagMutability.Flaw) {
            _ = try TagMutability(mode: mode, filters: filters)
        } catch {
            switch error {
            case .filtersMissing(let mode):
                throw ECRFault.invalidParameter(
                    "imageTagMutabilityExclusionFilters",
                    "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as \(mode.rawValue)")
            case .filtersNotAllowed(let mode):
                throw ECRFault.invalidParameter(
                    "imageTagMutabilityExclusionFilters",
                    "ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as \(mode.rawValue)")
            }
        }
        mutability = mode.rawValue
        exclusionFilters = filters
    }

    /// Takes over an encryption setting. KMS without a key gets the account's own key for ECR, named after the account.
    mutating func setEncryption(_ value: AWSValue?, in realm: Realm) {
        guard let type = value?["encryptionType"]?.string else { return }
        encryptionType = type
        guard type != "AES256" else { return }
        let digits = realm.account.digits
        kmsKey = value?["kmsKey"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            ?? ARN(service: "kms", realm: realm, resource: "key/00000000-0000-4000-8000-\(digits)").description
    }
}
