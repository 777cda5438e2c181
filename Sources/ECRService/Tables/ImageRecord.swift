import AWSModel
import RegistryRules
import SimTime

/// Whether an image can be pulled.
enum ImageStatus: String, Sendable {
    case active = "ACTIVE"
    case archived = "ARCHIVED"
    /// On its way back from the archive.
    case activating = "ACTIVATING"
}

/// What is only shown of an image.
struct ImageBody: Codable, Sendable, Equatable {
    /// What DescribeImages calls `artifactMediaType`.
    var artifactMediaType: String?
    /// What referrers lists call `artifactType`.
    var artifactType: String?
    var annotations: [ResourceTag] = []
    var lastPulled: SimInstant?
    var lastArchived: SimInstant?
    var lastActivated: SimInstant?
    var scan: ScanRecord?
    /// Signatures made or to be made; nil for an image that no rule applied to.
    var signings: [SigningRecord]?
    /// When a pull-through copy was last compared with its upstream.
    var upstreamChecked: SimInstant?
}

/// An image; its manifest's bytes are read when they are needed.
struct ImageRecord: Sendable, Equatable {
    let id: Int64
    let repository: Int64
    let digest: ImageDigest
    let mediaType: String
    /// Bytes of layers and configuration; of the largest child for an index.
    let size: Int64
    /// Bytes of the manifest.
    let manifestByteCount: Int
    /// When the manifest was first pushed: moving a tag does not change it.
    // AWS: inferred — spec/ecr.md §E5.
    let pushed: SimInstant
    let subject: ImageDigest?
    var status: ImageStatus
    var body: ImageBody

    /// Whether there is something in it that could be scanned: not an index, nor an artifact such as a signature.
    var isContainerImage: Bool {
        !isIndex && (body.artifactMediaType.map { type in type.contains("image.config") || type.contains("container.image") } ?? true)
    }

    var isIndex: Bool { ManifestKind(contentType: mediaType)?.isIndex ?? false }
}
