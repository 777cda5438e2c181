import AWSModel
import Crypto
import RegistryRules
import Vocabulary

/// A manifest on its way in: parsed and hashed before any turn is taken.
struct PreparedManifest: Sendable {
    // AWS: sdk — spec/ecr.md §E2, imageManifest.
    static let bytesMax = 4_194_304

    let bytes: [UInt8]
    let manifest: Manifest
    let digest: ImageDigest

    /// Throws InvalidParameterException for what is no manifest.
    // AWS: recorded — spec/ecr.md §E3, E5.
    init(_ bytes: [UInt8], mediaType: String?) throws {
        guard bytes.count <= Self.bytesMax else {
            throw ECRFault.invalidParameter(
                "imageManifest", "Member must have length less than or equal to \(Self.bytesMax)")
        }
        guard let document = DocumentValue(parsing: bytes) else { throw ECRFault.invalidManifest }
        do { manifest = try Manifest(document, mediaType: mediaType) } catch { throw ECRFault.invalidManifest }
        self.bytes = bytes
        digest = Self.digest(of: bytes)
    }

    static func digest(of bytes: [UInt8]) -> ImageDigest {
        guard let digest = ImageDigest("sha256:" + Hexadecimal.encode(SHA256.hash(data: bytes))) else { preconditionFailure("SHA-256 has sixty-four digits") }
        return digest
    }
}

extension ECRService {
    /// The digest of a manifest's or layer's bytes, as registries write it.
    package static func digest(of bytes: [UInt8]) -> String { PreparedManifest.digest(of: bytes).text }
}
