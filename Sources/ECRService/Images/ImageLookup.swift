import AWSModel
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// Why one image of a batch was not served.
// AWS: spec/ecr.md §E3, failure codes.
struct ImageFailure: Error, Sendable, Equatable {
    let code: String
    let reason: String

    static let notFound = ImageFailure(code: "ImageNotFound", reason: "Requested image not found")
    static let missingDigestAndTag = ImageFailure(
        code: "MissingDigestAndTag", reason: "Invalid request parameters: both tag and digest cannot be null")
    static let invalidDigest = ImageFailure(
        code: "InvalidImageDigest",
        reason: "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'")
    static let tagMismatch = ImageFailure(
        code: "ImageTagDoesNotMatchDigest", reason: "Requested image tag does not match the digest")
    // AWS: sdk, wording inferred.
    static let archived = ImageFailure(
        code: "ImageInaccessible", reason: "Requested image is archived; restore it to the STANDARD storage class first")

    static func referenced(by parents: [String]) -> ImageFailure {
        ImageFailure(
            code: "ImageReferencedByManifestList",
            reason: "Requested image referenced by manifest list: [\(parents.joined(separator: ", "))]")
    }

    func output(_ id: ImageID) -> AWSValue {
        ["imageId": id.output, "failureCode": .string(code), "failureReason": .string(reason)]
    }
}

extension ECRService {
    /// The image an id names. Throws `ImageFailure`.
    func image(_ id: ImageID, in repository: RepositoryRecord, _ reader: StoreReader) throws -> ImageRecord {
        guard id.digest != nil || id.tag != nil else { throw ImageFailure.missingDigestAndTag }
        if let text = id.digest {
            guard ImageDigest.isWellFormed(text) else { throw ImageFailure.invalidDigest }
            guard let digest = ImageDigest(text), let image = try ImageTable.find(digest, in: repository, reader) else {
                throw ImageFailure.notFound
            }
            if let tag = id.tag, try ImageTable.find(tag: tag, in: repository, reader)?.id != image.id {
                throw ImageFailure.tagMismatch
            }
            return image
        }
        guard let image = try ImageTable.find(tag: id.tag ?? "", in: repository, reader) else { throw ImageFailure.notFound }
        return image
    }

    /// The image of an operation about one image. Throws ImageNotFoundException or InvalidParameterException.
    func requiredImage(_ id: ImageID, in repository: RepositoryRecord, _ reader: StoreReader) throws -> ImageRecord {
        do {
            return try image(id, in: repository, reader)
        } catch let failure as ImageFailure {
            switch failure {
            case .missingDigestAndTag, .invalidDigest: throw ECRFault.invalidParameter("imageId", failure.reason)
            default: throw ECRFault.imageNotFound(id, repository)
            }
        }
    }

    // AWS: doc — spec/ecr.md §E5, lastRecordedPullTime.
    private static let pullGranularity = SimDuration.hours(24)

    /// Notes that an image was pulled, at most once in 24 hours, unless the principal is exempt.
    func recordPull(of image: ImageRecord, by principal: Principal, in repository: RepositoryRecord) async throws {
        let now = timeline.now
        if let last = image.body.lastPulled, now - last < Self.pullGranularity { return }
        try await timeline.turn { turn in
            guard try !PullTimeExclusions.contains(principal.arn, in: repository.realm, turn.transaction),
                  var current = try ImageTable.find(id: image.id, turn.transaction) else { return }
            current.body.lastPulled = turn.now
            try ImageTable.update(current, turn.transaction)
        }
    }
}
