/// The translation of manifests for clients that know only older media types.
package enum ManifestTranslation {
    private static let types = [
        "application/vnd.oci.image.manifest.v1+json": ManifestKind.dockerSchema2.rawValue,
        "application/vnd.oci.image.config.v1+json": "application/vnd.docker.container.image.v1+json",
        "application/vnd.oci.image.layer.v1.tar": "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip": LayerMediaType.shown,
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip":
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ]

    /// An OCI image's manifest as docker's schema 2: the same blobs under docker's names.
    /// Nil when a part has no counterpart there. The answer has another digest than the stored manifest.
    // AWS: doc — spec/ecr.md §E5, tag pulls only.
    package static func dockerSchema2(of document: DocumentValue) -> DocumentValue? {
        guard let config = document["config"].flatMap(renamed), let layers = document["layers"]?.list else { return nil }
        let translated = layers.compactMap(renamed)
        guard translated.count == layers.count else { return nil }
        return .object([
            .init("schemaVersion", .integer(2)), .init("mediaType", .text(ManifestKind.dockerSchema2.rawValue)),
            .init("config", config), .init("layers", .list(translated)),
        ])
    }

    private static func renamed(_ descriptor: DocumentValue) -> DocumentValue? {
        guard let type = descriptor["mediaType"]?.text, let counterpart = types[type],
              let size = descriptor["size"], let digest = descriptor["digest"] else { return nil }
        var members: [DocumentValue.Member] = [
            .init("mediaType", .text(counterpart)), .init("size", size), .init("digest", digest),
        ]
        if let urls = descriptor["urls"] { members.append(.init("urls", urls)) }
        return .object(members)
    }
}
