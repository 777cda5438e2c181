import AWSModel
import RegistryRules
import SimTime
import Store
import Timeline

/// What a push came to.
struct PushedImage: Sendable {
    var image: ImageRecord
    /// Whether anything changed: a new image, or a tag that was elsewhere or nowhere.
    var isChanged: Bool
}

extension ECRService {
    // AWS: doc/inferred — spec/ecr.md §E2, quotas.
    private static let tagsPerImageMax = 1_000
    private static let imagesMax = 100_000

    /// Puts a manifest into a repository and a tag on it: the one way images come in, on both faces.
    /// - Parameter expected: the digest the client announced.
    // AWS: doc/recorded — spec/ecr.md §E5, PutImage's five steps.
    func push(
        _ prepared: PreparedManifest, tag: ImageTag?, expected: String?, to repository: RepositoryRecord, in turn: Turn
    ) throws -> PushedImage {
        if let expected, expected != prepared.digest.text { throw ECRFault.digestMismatch(expected, repository) }
        try checkReferences(of: prepared.manifest, in: repository, turn.transaction)
        let present = try ImageTable.find(prepared.digest, in: repository, turn.transaction)
        if let tag, let holder = try ImageTable.find(tag: tag.text, in: repository, turn.transaction) {
            if try repository.tagMutability().isFixed(tag.text) { throw ECRFault.tagExists(tag.text, repository) }
            if holder.id == present?.id { return PushedImage(image: holder, isChanged: false) }
        }
        if tag == nil, let present { return PushedImage(image: present, isChanged: false) }
        let image = try present ?? insert(prepared, into: repository, turn)
        if let tag {
            if try ImageTable.tags(of: image, turn.transaction).count >= Self.tagsPerImageMax {
                throw ECRFault.limitExceeded(
                    "The image '\(image.digest)' has \(Self.tagsPerImageMax) tags, the most an image may have.")
            }
            try ImageTable.setTag(tag.text, to: image, turn.transaction)
        }
        try noteChange(of: repository, in: turn)
        if present == nil {
            try startScanOfPush(image, in: repository, turn)
            try armSigning(of: image, in: repository, turn)
        }
        try armReplications(of: image, in: repository, turn)
        return PushedImage(image: image, isChanged: true)
    }

    /// Writes a new image. An index is as large as its largest child.
    func insert(
        _ prepared: PreparedManifest, into repository: RepositoryRecord, _ turn: Turn
    ) throws -> ImageRecord {
        guard try ImageTable.count(in: repository, turn.transaction) < Self.imagesMax else {
            throw ECRFault.limitExceeded(
                "The repository '\(repository.name)' has \(Self.imagesMax) images, the most a repository may have.")
        }
        var size = prepared.manifest.ownSize
        for child in prepared.manifest.requiredManifests {
            size = max(size, try ImageTable.find(child, in: repository, turn.transaction)?.size ?? 0)
        }
        return try ImageTable.insert(prepared, size: size, at: turn.now, in: repository, turn.transaction)
    }

    private func checkReferences(
        of manifest: Manifest, in repository: RepositoryRecord, _ reader: StoreReader
    ) throws {
        let layers = try manifest.requiredBlobs.filter { try LayerTable.size($0.text, in: repository, reader) == nil }
        guard layers.isEmpty else { throw ECRFault.layersNotFound(layers, repository) }
        let children = try manifest.requiredManifests.filter { try ImageTable.find($0, in: repository, reader) == nil }
        guard children.isEmpty else { throw ECRFault.referencedImagesNotFound(children, repository) }
    }
}
