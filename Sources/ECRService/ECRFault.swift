import AWSModel
import RegistryRules

/// ECR's faults in its own words.
// AWS: spec/ecr.md §E3, with the mark of each text there.
enum ECRFault {
    private static func of(_ name: RepositoryName, _ registry: String) -> String {
        "the repository with name '\(name)' in the registry with id '\(registry)'"
    }

    private static func fault(_ code: String, _ message: String, members: AWSObject = [:]) -> AWSFault {
        AWSFault(code + "Exception", message, status: 400, members: members)
    }

    static func invalidParameter(_ name: String, _ constraint: String) -> AWSFault {
        fault("InvalidParameter", "Invalid parameter at '\(name)' failed to satisfy constraint: '\(constraint)'")
    }

    static func validation(_ message: String) -> AWSFault { fault("Validation", message) }

    static func limitExceeded(_ message: String) -> AWSFault { fault("LimitExceeded", message) }

    static let invalidRepositoryName = invalidParameter(
        "repositoryName",
        #"must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*'"#)

    // MARK: Repositories

    static func repositoryNotFound(_ name: String, _ registry: String) -> AWSFault {
        fault("RepositoryNotFound", "The repository with name '\(name)' does not exist in the registry with id '\(registry)'")
    }

    static func repositoryExists(_ name: RepositoryName, _ registry: String) -> AWSFault {
        fault("RepositoryAlreadyExists", "The repository with name '\(name)' already exists in the registry with id '\(registry)'")
    }

    static func repositoryNotEmpty(_ name: RepositoryName, _ registry: String) -> AWSFault {
        fault(
            "RepositoryNotEmpty",
            "The repository with name '\(name)' in registry with id '\(registry)' cannot be deleted because it still contains images")
    }

    /// `message` is a policy decision's, `User: … is not authorized to perform: …`.
    static func accessDenied(_ message: String) -> AWSFault { fault("AccessDenied", message) }

    /// For what no policy of another account can allow.
    static func accessDenied(_ principal: Principal, action: String, resource: String) -> AWSFault {
        accessDenied(
            "User: \(principal.arn) is not authorized to perform: \(action) on resource: \(resource) because no resource-based policy allows the \(action) action")
    }

    // MARK: Images

    static func imageNotFound(_ id: ImageID, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "ImageNotFound",
            "The image with imageId \(id.text) does not exist within \(of(repository.name, repository.registry))")
    }

    static func imageExists(_ digest: String, tag: String?, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "ImageAlreadyExists",
            "Image with digest '\(digest)' and tag '\(tag ?? "null")' already exists in the repository with name '\(repository.name)' in registry with id '\(repository.registry)'")
    }

    static func tagExists(_ tag: String, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "ImageTagAlreadyExists",
            "The image tag '\(tag)' already exists in the '\(repository.name)' repository and cannot be overwritten because the repository is immutable.")
    }

    static func digestMismatch(_ digest: String, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "ImageDigestDoesNotMatch",
            "The image with digest '\(digest)' in repository '\(repository.name)' and registry ID '\(repository.registry)' does not match the image digest that Amazon ECR has calculated.")
    }

    static func referencedImagesNotFound(_ digests: [ImageDigest], _ repository: RepositoryRecord) -> AWSFault {
        fault("ReferencedImagesNotFound", "Images with digests '\(list(digests))' \(required(repository))")
    }

    static func layersNotFound(_ digests: [ImageDigest], _ repository: RepositoryRecord) -> AWSFault {
        fault("LayersNotFound", "Layers with digests '\(list(digests))' \(required(repository))")
    }

    private static func list(_ digests: [ImageDigest]) -> String {
        "[\(digests.map(\.text).joined(separator: ", "))]"
    }

    private static func required(_ repository: RepositoryRecord) -> String {
        "required for pushing image into repository with name '\(repository.name)' in the registry with id '\(repository.registry)' do not exist"
    }

    static let invalidManifest = invalidParameter("ImageManifest", "Invalid JSON syntax")

    // MARK: Layers

    static let invalidLayer = fault("InvalidLayer", "None of the provided layer digests match the calculated layer digest")
    static let layerPartTooSmall = fault("LayerPartTooSmall", "All layer parts except the last part should be at least 5MB")
    static let emptyUpload = fault("EmptyUpload", "The layer upload does not contain any layer parts.")

    static func layerExists(_ digest: String, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "LayerAlreadyExists",
            "Layer with digest '\(digest)' already exists in the repository with name '\(repository.name)' in the registry with id '\(repository.registry)'")
    }

    static func layerNotFound(_ digest: String, _ repository: RepositoryRecord) -> AWSFault {
        fault("LayersNotFound", "Layers with digests '[\(digest)]' do not exist in \(of(repository.name, repository.registry))")
    }

    static func layerInaccessible(_ digest: String, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "LayerInaccessible",
            "Layer with digest '\(digest)' is not referenced by an active image in \(of(repository.name, repository.registry))")
    }

    static func uploadNotFound(_ id: String, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "UploadNotFound",
            "Upload with id '\(id)' for repository with name '\(repository.name)' in the registry with id '\(repository.registry)' does not exist")
    }

    /// A part that does not begin where the upload ends.
    static func invalidLayerPart(
        first: Int64, expected: Int64, upload: String, _ repository: RepositoryRecord
    ) -> AWSFault {
        invalidLayerPart(
            "Layer part with first byte '\(first)' is not valid. The next expected first byte is '\(expected)'",
            received: expected, upload: upload, repository)
    }

    /// A part whose bytes are not as many as its bounds say.
    // AWS: sdk that it is this exception; the text is our own.
    static func invalidLayerPart(
        first: Int64, last: Int64, byteCount: Int64, received: Int64, upload: String, _ repository: RepositoryRecord
    ) -> AWSFault {
        // Of the largest numbers there are: the bounds are the client's.
        let wanted = last < first ? 0 : UInt64(last - first) + 1
        return invalidLayerPart(
            "Layer part with bytes '\(first)' to '\(last)' has '\(byteCount)' bytes instead of '\(wanted)'",
            received: received, upload: upload, repository)
    }

    private static func invalidLayerPart(
        _ message: String, received: Int64, upload: String, _ repository: RepositoryRecord
    ) -> AWSFault {
        var members: AWSObject = [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "uploadId": .string(upload),
        ]
        // Byte 0 is a byte: without one there is no last one. AWS: sdk — the member is optional and at least 0.
        if received > 0 { members["lastValidByteReceived"] = .integer(received - 1) }
        return fault("InvalidLayerPart", message, members: members)
    }

    /// What a refused step of an upload is called.
    static func upload(
        _ rejection: UploadRejection, id: String, received: Int64, _ repository: RepositoryRecord
    ) -> AWSFault {
        switch rejection {
        case .outOfOrder(let first, let expected):
            invalidLayerPart(first: first, expected: expected, upload: id, repository)
        case .lengthMismatch(let bounds, let byteCount):
            invalidLayerPart(
                first: bounds.lowerBound, last: bounds.upperBound, byteCount: byteCount, received: received, upload: id,
                repository)
        case .busy: limitExceeded("Another request is sending bytes to the upload '\(id)'.")
        case .tooLarge: limitExceeded("A layer may have at most 52000 MiB.")
        case .tooManyParts: limitExceeded("A layer may be uploaded in at most \(UploadSession.partsMax) parts.")
        case .partTooSmall: layerPartTooSmall
        case .empty: emptyUpload
        case .digestMismatch: invalidLayer
        case .over: uploadNotFound(id, repository)
        }
    }

    // MARK: Policies

    static func lifecyclePolicyNotFound(_ repository: RepositoryRecord) -> AWSFault {
        fault("LifecyclePolicyNotFound", "Lifecycle policy does not exist for the repository with name '\(repository.name)' in the registry with id '\(repository.registry)'")
    }

    static func previewNotFound(_ repository: RepositoryRecord) -> AWSFault {
        fault("LifecyclePolicyPreviewNotFound", "Lifecycle policy preview does not exist for the repository with name '\(repository.name)' in the registry with id '\(repository.registry)'")
    }

    static func repositoryPolicyNotFound(_ repository: RepositoryRecord) -> AWSFault {
        fault("RepositoryPolicyNotFound", "Repository policy does not exist for the repository with name '\(repository.name)' in the registry with id '\(repository.registry)'")
    }

    static func registryPolicyNotFound(_ registry: String) -> AWSFault {
        fault("RegistryPolicyNotFound", "Registry policy does not exist in the registry with id '\(registry)'")
    }

    static func lifecyclePolicy(_ flaw: LifecyclePolicyFlaw) -> AWSFault {
        invalidParameter("LifecyclePolicyText", "Lifecycle policy validation failure: " + flaw.text)
    }

    static func scanNotFound(_ id: ImageID, _ repository: RepositoryRecord) -> AWSFault {
        fault(
            "ScanNotFound",
            "Image scan does not exist for the image with '\(id.text)' in the repository with name '\(repository.name)' in the registry with id '\(repository.registry)'")
    }

    /// A fault whose text is this emulator's own.
    static func named(_ code: String, _ message: String) -> AWSFault { fault(code, message) }
}
