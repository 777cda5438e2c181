import RegistryRules
import SimTime
import Testing

/// Manifests and indexes of every kind, and what is refused.
@Suite struct ManifestTests {
    static let image: DocumentValue = [
        "schemaVersion": 2, "mediaType": .text(ManifestKind.ociManifest.rawValue),
        "config": ["mediaType": "application/vnd.oci.image.config.v1+json", "digest": .text(digest("c").text), "size": 163],
        "layers": [
            ["mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": .text(digest("1").text), "size": 12],
            ["mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": .text(digest("2").text), "size": 30],
            ["mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": .text(digest("1").text), "size": 12],
        ],
    ]

    static let index: DocumentValue = [
        "schemaVersion": 2, "mediaType": .text(ManifestKind.ociIndex.rawValue),
        "manifests": [
            ["mediaType": .text(ManifestKind.ociManifest.rawValue), "digest": .text(digest("a").text), "size": 400,
             "platform": ["os": "linux", "architecture": "arm64", "variant": "v8"]],
            ["mediaType": .text(ManifestKind.ociManifest.rawValue), "digest": .text(digest("b").text), "size": 401],
        ],
    ]

    @Test func anImageListsItsBlobsOnce() throws {
        let manifest = try Manifest(Self.image, mediaType: nil)
        #expect(manifest.kind == .ociManifest)
        #expect(manifest.requiredBlobs == [digest("c"), digest("1"), digest("2")])
        #expect(manifest.ownSize == 163 + 12 + 30 + 12)
        #expect(manifest.artifactMediaType == "application/vnd.oci.image.config.v1+json")
        #expect(manifest.requiredManifests.isEmpty)
    }

    @Test func anIndexListsItsChildren() throws {
        let manifest = try Manifest(Self.index, mediaType: ManifestKind.ociIndex.rawValue)
        #expect(manifest.requiredManifests == [digest("a"), digest("b")])
        #expect(manifest.children.map(\.platform) == ["linux/arm64/v8", nil])
        #expect(manifest.requiredBlobs.isEmpty)
    }

    @Test func foreignLayersNeedNotBeThere() throws {
        let foreign: DocumentValue = [
            "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": .text(digest("f").text), "size": 9,
        ]
        let fetched: DocumentValue = [
            "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": .text(digest("e").text), "size": 9,
            "urls": ["https://example.com/e"],
        ]
        let manifest = try Manifest(Self.image.setting("layers", [foreign, fetched]), mediaType: nil)
        #expect(manifest.requiredBlobs == [digest("c")])
    }

    @Test func artifactsSaySoThemselvesOrByTheirConfiguration() throws {
        let plain = try Manifest(Self.image, mediaType: nil)
        #expect(plain.effectiveArtifactType == "application/vnd.oci.image.config.v1+json")
        let signed = Self.image.setting("artifactType", "application/x-signature").setting("annotations", ["k": "v"])
            .setting("subject", ["mediaType": "m", "digest": .text(digest("a").text), "size": 1])
        let manifest = try Manifest(signed, mediaType: nil)
        #expect(manifest.effectiveArtifactType == "application/x-signature")
        #expect(manifest.subject?.digest == digest("a"))
        #expect(manifest.annotations.map(\.key) == ["k"])
    }

    @Test func schemaOneListsBlobSums() throws {
        let document: DocumentValue = ["schemaVersion": 1, "fsLayers": [["blobSum": .text(digest("1").text)]]]
        #expect(try Manifest(document, mediaType: nil).kind == .dockerSchema1)
        #expect(try Manifest(document, mediaType: ManifestKind.dockerSchema1Signed.rawValue).requiredBlobs == [digest("1")])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var change: String
        var document: DocumentValue
        var mediaType: String?
        var flaw: ManifestFlaw
        var testDescription: String { change }
    }

    @Test(arguments: [
        Refusal(change: "no media type at all", document: image.setting("mediaType", nil), flaw: .noMediaType),
        Refusal(change: "unknown media type", document: image.setting("mediaType", "text/plain"), flaw: .noMediaType),
        Refusal(change: "two media types", document: image, mediaType: ManifestKind.dockerSchema2.rawValue, flaw: .malformed(member: "mediaType")),
        Refusal(change: "a list", document: [], mediaType: ManifestKind.ociManifest.rawValue, flaw: .malformed(member: "manifest")),
        Refusal(change: "schema 3", document: image.setting("schemaVersion", 3), flaw: .malformed(member: "schemaVersion")),
        Refusal(change: "no config", document: image.setting("config", nil), flaw: .malformed(member: "config")),
        Refusal(change: "no layers", document: image.setting("layers", nil), flaw: .malformed(member: "layers")),
        Refusal(change: "layers are text", document: image.setting("layers", "x"), flaw: .malformed(member: "layers")),
        Refusal(change: "negative size", document: image.setting("config", ["mediaType": "m", "digest": .text(digest("c").text), "size": -1]), flaw: .malformed(member: "config")),
        Refusal(change: "short digest", document: image.setting("config", ["mediaType": "m", "digest": "sha256:1", "size": 1]), flaw: .malformed(member: "config")),
        Refusal(change: "subject without size", document: image.setting("subject", ["mediaType": "m", "digest": .text(digest("c").text)]), flaw: .malformed(member: "subject")),
        Refusal(change: "annotation is a number", document: image.setting("annotations", ["k": 1]), flaw: .malformed(member: "annotations")),
        Refusal(change: "index without manifests", document: index.setting("manifests", nil), flaw: .malformed(member: "manifests")),
    ])
    func refusals(_ refusal: Refusal) {
        #expect(throws: refusal.flaw) { try Manifest(refusal.document, mediaType: refusal.mediaType) }
    }

    @Test func aMissingMediaTypeIsCuredByTheRequest() throws {
        let manifest = try Manifest(Self.image.setting("mediaType", nil), mediaType: "application/vnd.oci.image.manifest.v1+json; charset=utf-8")
        #expect(manifest.kind == .ociManifest)
    }

    @Test func ociTranslatesToSchemaTwo() throws {
        let translated = try #require(ManifestTranslation.dockerSchema2(of: Self.image))
        let manifest = try Manifest(translated, mediaType: ManifestKind.dockerSchema2.rawValue)
        #expect(manifest.requiredBlobs == [digest("c"), digest("1"), digest("2")])
        #expect(manifest.config?.mediaType == "application/vnd.docker.container.image.v1+json")
        let odd: DocumentValue = ["mediaType": "application/x-odd", "digest": .text(digest("1").text), "size": 1]
        #expect(ManifestTranslation.dockerSchema2(of: Self.image.setting("layers", [odd])) == nil)
    }
}
