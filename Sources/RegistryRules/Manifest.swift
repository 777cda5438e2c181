/// What a manifest refers to.
package struct Descriptor: Equatable, Sendable {
    package var mediaType: String
    package var digest: ImageDigest
    /// Bytes.
    package var size: Int64
    package var artifactType: String?
    /// `os/architecture[/variant]`, of an index's entries.
    package var platform: String?
    /// Whether the bytes are fetched from elsewhere.
    package var isForeign: Bool

    package init(
        mediaType: String, digest: ImageDigest, size: Int64, artifactType: String? = nil, platform: String? = nil,
        isForeign: Bool = false
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.artifactType = artifactType
        self.platform = platform
        self.isForeign = isForeign
    }
}

/// Why a manifest is refused.
package enum ManifestFlaw: Error, Equatable, Sendable {
    /// Neither the request nor the manifest says what it is, or they say something unknown.
    case noMediaType
    /// A member is missing, of the wrong kind, or out of bounds.
    case malformed(member: String)
}

/// An image's manifest or an index of several, with what the registry must know of it.
package struct Manifest: Equatable, Sendable {
    /// Nothing lists more: 4 MiB of manifest hold about 30,000 of the shortest descriptors.
    private static let descriptorsMax = 32_768

    package let kind: ManifestKind
    /// Nil for an index and for schema 1.
    package private(set) var config: Descriptor?
    package private(set) var layers: [Descriptor] = []
    /// The manifests of an index.
    package private(set) var children: [Descriptor] = []
    /// The image that this one is attached to.
    package private(set) var subject: Descriptor?
    package private(set) var artifactType: String?
    package private(set) var annotations: [(key: String, value: String)] = []

    /// Reads a manifest. `mediaType` is what the request says it is; nil leaves it to the manifest.
    /// Throws `ManifestFlaw`.
    package init(_ document: DocumentValue, mediaType: String?) throws(ManifestFlaw) {
        guard document.members != nil else { throw .malformed(member: "manifest") }
        let own = document["mediaType"]?.text
        if let own, let mediaType, ManifestKind(contentType: own) != ManifestKind(contentType: mediaType) {
            throw .malformed(member: "mediaType")
        }
        let isSchema1 = document["schemaVersion"]?.integer == 1
        // AWS: recorded — spec/ecr.md §E5: without a media type from either side it is refused, though OCI allows it.
        guard let kind = (mediaType ?? own).flatMap(ManifestKind.init(contentType:)) ?? (isSchema1 ? .dockerSchema1 : nil)
        else { throw .noMediaType }
        self.kind = kind
        try kind == .dockerSchema1 || kind == .dockerSchema1Signed ? readSchema1(document) : read(document)
    }

    private mutating func read(_ document: DocumentValue) throws(ManifestFlaw) {
        guard document["schemaVersion"]?.integer == 2 else { throw .malformed(member: "schemaVersion") }
        if kind.isIndex {
            children = try Self.descriptors(document, "manifests")
        } else {
            guard let value = document["config"] else { throw .malformed(member: "config") }
            config = try Self.descriptor(value, "config")
            layers = try Self.descriptors(document, "layers")
        }
        subject = try document["subject"].map { value throws(ManifestFlaw) in try Self.descriptor(value, "subject") }
        if let value = document["artifactType"] {
            guard let text = value.text else { throw .malformed(member: "artifactType") }
            artifactType = text
        }
        if let value = document["annotations"] {
            guard let members = value.members else { throw .malformed(member: "annotations") }
            for member in members {
                guard let text = member.value.text else { throw .malformed(member: "annotations") }
                annotations.append((member.key, text))
            }
        }
    }

    /// Schema 1 names its layers in `fsLayers`, without sizes.
    private mutating func readSchema1(_ document: DocumentValue) throws(ManifestFlaw) {
        guard document["schemaVersion"]?.integer == 1, let entries = document["fsLayers"]?.list,
              entries.count <= Self.descriptorsMax else { throw .malformed(member: "fsLayers") }
        for entry in entries {
            guard let digest = entry["blobSum"]?.text.flatMap({ ImageDigest($0) }) else { throw .malformed(member: "fsLayers") }
            layers.append(Descriptor(mediaType: LayerMediaType.shown, digest: digest, size: 0))
        }
    }

    private static func descriptors(_ document: DocumentValue, _ member: String) throws(ManifestFlaw) -> [Descriptor] {
        guard let value = document[member] else { throw .malformed(member: member) }
        guard let entries = value.list, entries.count <= descriptorsMax else { throw .malformed(member: member) }
        var descriptors: [Descriptor] = []
        descriptors.reserveCapacity(entries.count)
        for entry in entries { descriptors.append(try descriptor(entry, member)) }
        return descriptors
    }

    private static func descriptor(_ value: DocumentValue, _ member: String) throws(ManifestFlaw) -> Descriptor {
        guard let mediaType = value["mediaType"]?.text, !mediaType.isEmpty,
              let digest = value["digest"]?.text.flatMap({ ImageDigest($0) }),
              let size = value["size"]?.integer, size >= 0, size <= 1 << 50
        else { throw .malformed(member: member) }
        let platform = value["platform"]
        var name: String?
        if let system = platform?["os"]?.text, let architecture = platform?["architecture"]?.text {
            name = "\(system)/\(architecture)" + (platform?["variant"]?.text.map { "/\($0)" } ?? "")
        }
        return Descriptor(
            mediaType: mediaType, digest: digest, size: size, artifactType: value["artifactType"]?.text, platform: name,
            isForeign: LayerMediaType.isForeign(mediaType) || value["urls"]?.list?.isEmpty == false)
    }

    package static func == (a: Manifest, b: Manifest) -> Bool {
        a.kind == b.kind && a.config == b.config && a.layers == b.layers && a.children == b.children
            && a.subject == b.subject && a.artifactType == b.artifactType
            && a.annotations.elementsEqual(b.annotations) { $0 == $1 }
    }
}

extension Manifest {
    /// The layers and the configuration that must be uploaded before this manifest is, each once, in order.
    package var requiredBlobs: [ImageDigest] { requiredLayers.map(\.digest) }

    /// The same, with their sizes.
    package var requiredLayers: [Descriptor] {
        var seen: Set<ImageDigest> = []
        return ((config.map { [$0] } ?? []) + layers).filter { !$0.isForeign && seen.insert($0.digest).inserted }
    }

    /// The manifests that must be there before this index is, each once, in order.
    package var requiredManifests: [ImageDigest] {
        var seen: Set<ImageDigest> = []
        return children.map(\.digest).filter { seen.insert($0).inserted }
    }

    /// The size of an image that lists its own blobs: the sum of layers and configuration.
    /// An index is as large as its largest child, which only the registry knows.
    // AWS: doc — spec/ecr.md §E5, imageSizeInBytes.
    package var ownSize: Int64 { layers.reduce(config?.size ?? 0) { $0 &+ $1.size } }

    /// What kind of artifact this is: its own word, else its configuration's media type.
    // AWS: doc — OCI distribution 1.1, referrers; spec/ecr.md §E11.
    package var effectiveArtifactType: String? { artifactType ?? config?.mediaType }

    /// What DescribeImages calls `artifactMediaType`.
    // AWS: sdk — spec/ecr.md §E5.
    package var artifactMediaType: String? { config?.mediaType ?? artifactType }
}
