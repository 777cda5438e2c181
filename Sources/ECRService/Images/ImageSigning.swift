import AWSModel
import AWSProtocols
import BlobStore
import Crypto
import RegistryRules
import SimTime
import Store
import Timeline
import TokenCrypto
import Vocabulary

/// The state of an image's signature by one profile.
struct SigningRecord: Codable, Sendable, Equatable {
    var profileARN: String
    var status: Status

    enum Status: String, Codable { case inProgress = "IN_PROGRESS", complete = "COMPLETE" }

    var output: AWSValue { ["signingProfileArn": .string(profileARN), "status": .string(status.rawValue)] }
}

/// Managed signing: a pushed image gets a signature as a referrer, one for each profile whose rule applies.
// AWS: doc — ECR user guide, managed signing: new images are signed as they are pushed; Notary Project signatures.
extension ECRService {
    /// Sets the timer for the signatures that a new image is to get.
    func armSigning(of image: ImageRecord, in repository: RepositoryRecord, _ turn: Turn) throws {
        // A signature is not signed in its turn.
        guard image.body.artifactType != ImageSignature.artifactType else { return }
        let profiles = try RegistryRecord.load(repository.realm, turn.transaction).signingProfiles(of: repository)
        guard !profiles.isEmpty else { return }
        var image = try ImageTable.find(id: image.id, turn.transaction) ?? image
        image.body.signings = profiles.map { SigningRecord(profileARN: $0, status: .inProgress) }
        try ImageTable.update(image, turn.transaction)
        try turn.arm(
            TimerID(kind: TimerKind.signing, owner: repository.timerOwner, name: String(image.id)),
            at: turn.now + settings.signingDuration)
    }

    /// Signs the image whose timer rang.
    func signImage(_ turn: Turn, _ timer: TimerID) throws {
        guard let id = Int64(timer.name), let image = try ImageTable.find(id: id, turn.transaction),
              let repository = try RepositoryTable.find(id: image.repository, turn.transaction) else { return }
        for record in image.body.signings ?? [] where record.status == .inProgress {
            let key = try SigningProfileKey.take(record.profileARN, in: repository.realm, turn)
            let signature = try ImageSignature(of: image, profileARN: record.profileARN, key)
            for bytes in [signature.envelope, ImageSignature.config] {
                let lease = try storeBlob(bytes)
                try LayerTable.put(
                    lease.digest.description, size: bytes.count, at: turn.now, in: repository, turn.transaction)
                turn.afterCommit { lease.end() }
            }
            let manifest = try PreparedManifest(signature.manifest, mediaType: ManifestKind.ociManifest.rawValue)
            _ = try push(manifest, tag: nil, expected: nil, to: repository, in: turn)
        }
        guard var signed = try ImageTable.find(id: id, turn.transaction) else { return }
        signed.body.signings = image.body.signings?.map { SigningRecord(profileARN: $0.profileARN, status: .complete) }
        try ImageTable.update(signed, turn.transaction)
    }

    private func storeBlob(_ bytes: [UInt8]) throws -> BlobLease {
        let upload = try blobs.beginUpload()
        try upload.append(bytes[...])
        return try upload.commitAtOnce()
    }
}

extension RegistryRecord {
    /// The profiles whose rules apply to a repository, each once, in the order of the rules.
    func signingProfiles(of repository: RepositoryRecord) -> [String] {
        var profiles: [String] = []
        for rule in signing?["rules"]?.list ?? [] {
            let filters = (rule["repositoryFilters"]?.list ?? []).compactMap { $0["filter"]?.string }
            guard filters.isEmpty || filters.contains(where: { WildcardPattern($0).matches(repository.name.text) }),
                  let profile = rule["signingProfileArn"]?.string, !profiles.contains(profile) else { continue }
            profiles.append(profile)
        }
        return profiles
    }
}

/// The key that stands for a signing profile of AWS Signer: made at its first use, and kept with the registry.
private enum SigningProfileKey {
    private struct Record: Codable { var key: [UInt8] }

    static func take(_ profileARN: String, in realm: Realm, _ turn: Turn) throws -> P384.Signing.PrivateKey {
        let key = DocumentCollection(realm, service: "ecr", type: "signing-key").key(profileARN)
        if let record = try turn.transaction.document(key, as: Record.self) {
            return try P384.Signing.PrivateKey(rawRepresentation: record.key)
        }
        let fresh = P384.Signing.PrivateKey()
        try turn.transaction.put(key, Record(key: Array(fresh.rawRepresentation)))
        return fresh
    }
}

/// A Notary Project signature of an image: a JWS envelope as the only layer of a referrer. In place of a certificate
/// chain, which only a certificate authority could give it, the envelope holds the public key.
// AWS: doc — Notary Project specifications, signature manifest and JWS envelope.
struct ImageSignature {
    static let artifactType = "application/vnd.cncf.notary.signature"
    static let config = Array("{}".utf8)

    let envelope: [UInt8]
    let manifest: [UInt8]

    init(of image: ImageRecord, profileARN: String, _ key: P384.Signing.PrivateKey) throws {
        let target: AWSValue = [
            "mediaType": .string(image.mediaType), "digest": .string(image.digest.text),
            "size": .integer(Int64(image.manifestByteCount)),
        ]
        let scheme = "io.cncf.notary.signingScheme"
        let header = Base64URL.encode(JSON.write([
            "alg": "ES384", "crit": [.string(scheme)], "cty": "application/vnd.cncf.notary.payload.v1+json",
            scheme: "notary.x509.signingAuthority",
        ]))
        let payload = Base64URL.encode(JSON.write(["targetArtifact": target]))
        let signature = try key.signature(for: Array("\(header).\(payload)".utf8)).rawRepresentation
        let point = Array(key.publicKey.rawRepresentation)
        envelope = JSON.write([
            "payload": .string(payload), "protected": .string(header),
            "header": ["jwk": [
                "kty": "EC", "crv": "P-384", "x": .string(Base64URL.encode(Array(point.prefix(48)))),
                "y": .string(Base64URL.encode(Array(point.suffix(48)))),
            ]],
            "signature": .string(Base64URL.encode(Array(signature))),
        ])
        manifest = JSON.write([
            "schemaVersion": 2, "mediaType": .string(ManifestKind.ociManifest.rawValue),
            "artifactType": .string(Self.artifactType),
            "config": Self.descriptor("application/vnd.oci.empty.v1+json", Self.config),
            "layers": [Self.descriptor("application/jose+json", envelope)], "subject": target,
            "annotations": ["com.amazonaws.signer.profileArn": .string(profileARN)],
        ])
    }

    private static func descriptor(_ mediaType: String, _ bytes: [UInt8]) -> AWSValue {
        [
            "mediaType": .string(mediaType), "digest": .string(PreparedManifest.digest(of: bytes).text),
            "size": .integer(Int64(bytes.count)),
        ]
    }
}
