import RegistryRules
import SimTime
import Store
import Timeline

extension ECRService {
    /// Removes a tag or an image: by tag the tag, and the image when it was the last; by digest the image and all its
    /// tags. Answers every pair that went. Throws `ImageFailure`.
    // AWS: doc/recorded — spec/ecr.md §E5, BatchDeleteImage.
    func delete(_ id: ImageID, in repository: RepositoryRecord, _ turn: Turn) throws -> [ImageID] {
        let transaction = turn.transaction
        let image = try image(id, in: repository, transaction)
        let tags = try ImageTable.tags(of: image, transaction)
        if let tag = id.tag, tags.count > 1 {
            try ImageTable.removeTag(tag, in: repository, transaction)
            try noteChange(of: repository, in: turn)
            return [ImageID(digest: image.digest.text, tag: tag)]
        }
        let parents = try ImageTable.parents(of: image, transaction)
        guard parents.isEmpty else { throw ImageFailure.referenced(by: parents) }
        try ImageTable.delete(image, transaction)
        if try !ImageTable.referrers(of: image.digest, in: repository, transaction).isEmpty {
            try turn.arm(
                TimerID(kind: TimerKind.referrers, owner: repository.timerOwner, name: image.digest.text),
                at: turn.now + .hours(24))
        }
        guard !tags.isEmpty else { return [ImageID(digest: image.digest.text)] }
        return tags.map { ImageID(digest: image.digest.text, tag: $0) }
    }

    /// Deletes what was attached to an image that is gone, if it is still gone.
    // AWS: doc — spec/ecr.md §E5: within 24 hours of the subject's deletion.
    func cleanReferrers(_ turn: Turn, _ timer: TimerID) throws {
        guard let id = Int64(timer.owner), let subject = ImageDigest(timer.name),
              let repository = try RepositoryTable.find(id: id, turn.transaction),
              try ImageTable.find(subject, in: repository, turn.transaction) == nil else { return }
        for image in try ImageTable.referrers(of: subject, in: repository, turn.transaction) {
            do {
                _ = try delete(ImageID(digest: image.digest.text), in: repository, turn)
            } catch is ImageFailure {
                // An index lists it: it stays as long as the index does.
                continue
            }
        }
    }
}
