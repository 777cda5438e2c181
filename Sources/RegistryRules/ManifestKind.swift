/// The media types of manifests that a registry tells apart.
package enum ManifestKind: String, CaseIterable, Sendable {
    case dockerSchema1 = "application/vnd.docker.distribution.manifest.v1+json"
    case dockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    case dockerSchema2 = "application/vnd.docker.distribution.manifest.v2+json"
    case dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    case ociManifest = "application/vnd.oci.image.manifest.v1+json"
    case ociIndex = "application/vnd.oci.image.index.v1+json"

    /// The kind of a Content-Type, parameters aside; nil for any other type.
    // AWS: doc — spec/ecr.md §E5, accepted media types.
    package init?(contentType: String) {
        let type = contentType.prefix { $0 != ";" }
        let bare = type.drop { $0 == " " }.lowercased()
        let end = bare.lastIndex { $0 != " " }
        guard let end, let kind = ManifestKind(rawValue: String(bare[...end])) else { return nil }
        self = kind
    }

    /// Whether it lists other manifests instead of layers.
    package var isIndex: Bool { self == .dockerList || self == .ociIndex }
}

/// Media types of layers and configurations.
package enum LayerMediaType {
    /// What ECR says of every layer, whatever the manifest says.
    // AWS: doc — spec/ecr.md §E6.
    package static let shown = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    /// Layers that are fetched from elsewhere (`urls`), so that the registry need not hold them.
    package static func isForeign(_ mediaType: String) -> Bool {
        mediaType.contains(".foreign.") || mediaType.contains(".nondistributable.")
    }
}
