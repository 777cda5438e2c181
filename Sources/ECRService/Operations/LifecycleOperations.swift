import AWSModel
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline

/// A preview as it was made: an answer, not a promise.
struct PreviewRecord: Codable, Sendable, Equatable {
    struct Result: Codable, Sendable, Equatable {
        var digest: String
        var tags: [String]
        var pushed: SimInstant
        var priority: Int64
        var archives: Bool
    }

    var policy: String
    var results: [Result]
}

extension ECRService {
    var lifecycleOperations: [Operation] {
        [
            writing("PutLifecyclePolicy", putLifecyclePolicy),
            reading("GetLifecyclePolicy") { call, reader in
                let repository = try call.repository(reader)
                return try Self.output(ofLifecycleOf: repository, call)
            },
            writing("DeleteLifecyclePolicy") { call, turn in
                var repository = try call.repository(turn.transaction)
                let output = try Self.output(ofLifecycleOf: repository, call)
                repository.body.lifecyclePolicy = nil
                repository.body.lifecycleEvaluated = nil
                repository.body.lifecycleDue = nil
                try RepositoryTable.update(repository, turn.transaction)
                try turn.disarmAll(kind: TimerKind.lifecycle, owner: repository.timerOwner)
                return output
            },
            writing("StartLifecyclePolicyPreview", startLifecyclePolicyPreview),
            reading("GetLifecyclePolicyPreview", getLifecyclePolicyPreview),
        ]
    }

    /// Reads a policy's text. Throws InvalidParameterException.
    static func lifecyclePolicy(_ text: String) throws -> LifecyclePolicy {
        do {
            guard let document = DocumentValue(parsing: Array(text.utf8)) else { throw LifecyclePolicyFlaw.notJSON }
            return try LifecyclePolicy(document)
        } catch let flaw as LifecyclePolicyFlaw {
            throw ECRFault.lifecyclePolicy(flaw)
        }
    }

    private func putLifecyclePolicy(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        var repository = try call.repository(turn.transaction)
        let text = call["lifecyclePolicyText"]?.string ?? ""
        _ = try Self.lifecyclePolicy(text)
        repository.body.lifecyclePolicy = text
        repository.body.lifecycleEvaluated = nil
        try RepositoryTable.update(repository, turn.transaction)
        try noteChange(of: repository, in: turn)
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "lifecyclePolicyText": .string(text),
        ]
    }

    // AWS: sdk — spec/ecr.md §E8: lastEvaluatedAt is 0 before the first run, whatever the shift of the clock.
    private static func output(ofLifecycleOf repository: RepositoryRecord, _ call: ECRRequest) throws -> AWSObject {
        guard let text = repository.body.lifecyclePolicy else { throw ECRFault.lifecyclePolicyNotFound(repository) }
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "lifecyclePolicyText": .string(text),
            "lastEvaluatedAt": .timestamp(
                repository.body.lifecycleEvaluated
                    ?? call.context.clockShift.read(SimInstant(millisecondsSinceEpoch: 0))),
        ]
    }

    // MARK: Preview

    /// The preview is made at once; the answer says IN_PROGRESS, as AWS's does, and the first poll finds it complete.
    private func startLifecyclePolicyPreview(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        var repository = try call.repository(turn.transaction)
        guard let text = call["lifecyclePolicyText"]?.string ?? repository.body.lifecyclePolicy else {
            throw ECRFault.lifecyclePolicyNotFound(repository)
        }
        let policy = try Self.lifecyclePolicy(text)
        let images = try lifecycleImages(in: repository, turn.transaction)
        repository.body.preview = PreviewRecord(
            policy: text,
            results: policy.verdicts(on: images, at: turn.now).map { verdict in
                PreviewRecord.Result(
                    digest: verdict.image.digest.text, tags: verdict.image.tags, pushed: verdict.image.pushed,
                    priority: verdict.priority, archives: verdict.action == .archive)
            })
        try RepositoryTable.update(repository, turn.transaction)
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "lifecyclePolicyText": .string(text), "status": "IN_PROGRESS",
        ]
    }

    private func getLifecyclePolicyPreview(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        guard let preview = repository.body.preview else { throw ECRFault.previewNotFound(repository) }
        let ids = call.imageIDs
        let status = call["filter"]?["tagStatus"]?.string
        let matching = preview.results.filter { result in
            let isTagged = !result.tags.isEmpty
            guard status != "TAGGED" || isTagged, status != "UNTAGGED" || !isTagged else { return false }
            return ids.isEmpty || ids.contains { id in
                (id.digest == nil || id.digest == result.digest) && (id.tag.map(result.tags.contains) ?? (id.digest != nil))
            }
        }
        let start = try call.cursor().map { text in
            guard let start = Int(text), (0...matching.count).contains(start) else { throw PageToken.invalid }
            return start
        } ?? 0
        let page = matching[start...].prefix(call.pageSize())
        let archiving = preview.results.count(where: \.archives)
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "lifecyclePolicyText": .string(preview.policy), "status": "COMPLETE",
            "nextToken": page.endIndex < matching.endIndex ? call.token(String(page.endIndex)) : nil,
            "previewResults": .list(page.map(\.output)),
            "summary": [
                "expiringImageTotalCount": .integer(Int64(preview.results.count - archiving)),
                "transitioningImageTotalCounts": archiving == 0 ? nil : .list([
                    ["targetStorageClass": "ARCHIVE", "imageTotalCount": .integer(Int64(archiving))],
                ]),
            ],
        ]
    }
}

extension PreviewRecord.Result {
    fileprivate var output: AWSValue {
        [
            "imageTags": .list(tags.map { .string($0) }), "imageDigest": .string(digest), "imagePushedAt": .timestamp(pushed),
            "action": archives ? ["type": "TRANSITION", "targetStorageClass": "ARCHIVE"] : ["type": "EXPIRE"],
            "appliedRulePriority": .integer(priority),
        ]
    }
}
