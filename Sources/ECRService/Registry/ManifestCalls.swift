import AWSModel
import AWSProtocols
import HTTPServer
import RegistryRules
import Store
import Timeline
import Vocabulary

/// GET, HEAD, PUT and DELETE of manifests.
extension ECRService {
    /// What follows `/manifests/`: a digest if it holds a colon, else a tag.
    private func imageID(_ reference: String) throws -> ImageID {
        if reference.utf8.contains(UInt8(ascii: ":")) {
            guard ImageDigest(reference) != nil else {
                throw ECRFault.invalidParameter("imageDigest", "must satisfy regular expression 'sha256:[0-9a-f]{64}'")
            }
            return ImageID(digest: reference)
        }
        guard ImageTag(reference) != nil else {
            throw ECRFault.invalidParameter("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'")
        }
        return ImageID(tag: reference)
    }

    func pullManifest(_ name: String, _ reference: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        if request.http.method == "HEAD", (try? imageID(reference)) == nil { return RegistryAnswer.make(400) }
        let id = try imageID(reference)
        try await fetchFromUpstream(name, id, in: request.realm, for: request.principal)
        let repository = try await repository(name, request, action: "ecr:BatchGetImage")
        let (image, bytes) = try store.read { reader in
            let image = try self.image(id, in: repository, reader)
            return (image, try ImageTable.manifest(of: image, reader))
        }
        guard image.status == .active else { throw ImageFailure.archived }
        guard let answer = ManifestChoice(image, bytes, AcceptedTypes(request.http.headers.values("Accept")), byTag: id.tag != nil)
        else { throw ImageFailure.notFound }
        let headers: HTTPHeaders = ["Content-Type": answer.mediaType, "Docker-Content-Digest": answer.digest.text]
        if request.http.method == "HEAD" {
            return RegistryAnswer.make(200, headers, body: .headOnly(length: answer.bytes.count))
        }
        try await recordPull(of: image, by: request.principal, in: repository)
        return RegistryAnswer.make(200, headers, body: .bytes(answer.bytes))
    }

    func putManifest(_ name: String, _ reference: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let id = try imageID(reference)
        let repository = try await repositoryForPush(name, request, action: "ecr:PutImage")
        let bytes: [UInt8]
        do { bytes = try await request.http.body.collect(limitBytes: PreparedManifest.bytesMax) } catch RequestBodyError.tooLarge {
            throw ECRFault.invalidParameter(
                "imageManifest", "Member must have length less than or equal to \(PreparedManifest.bytesMax)")
        }
        let prepared = try PreparedManifest(bytes, mediaType: request.http.headers["Content-Type"])
        let principal = request.principal
        let image = try await timeline.turn { turn in
            let current = try RepositoryTable.get(repository.name, in: repository.realm, turn.transaction)
                .checked(for: principal, action: "ecr:PutImage", turn.transaction)
            return try self.push(
                prepared, tag: id.tag.flatMap { ImageTag($0) }, expected: id.digest, to: current, in: turn).image
        }
        var headers: HTTPHeaders = [
            "Location": "/v2/\(repository.name)/manifests/\(image.digest)", "Docker-Content-Digest": image.digest.text,
        ]
        if let subject = image.subject { headers.add("OCI-Subject", subject.text) }
        return RegistryAnswer.make(201, headers)
    }

    // AWS: doc/inferred — spec/ecr.md §E11: by tag as BatchDeleteImage does.
    func deleteManifest(_ name: String, _ reference: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let id = try imageID(reference)
        let repository = try await repository(name, request, action: "ecr:BatchDeleteImage")
        try await timeline.turn { turn in
            let current = try RepositoryTable.get(repository.name, in: repository.realm, turn.transaction)
            _ = try self.delete(id, in: current, turn)
        }
        return RegistryAnswer.make(202)
    }
}

/// Which bytes answer a pull: the stored ones, or a translation for a client that does not know their type.
// AWS: doc/inferred — spec/ecr.md §E5, E12: translation by tag only.
struct ManifestChoice {
    let bytes: [UInt8]
    let mediaType: String
    let digest: ImageDigest

    /// Nil when nothing acceptable can be made.
    init?(_ image: ImageRecord, _ bytes: [UInt8], _ accepted: AcceptedTypes, byTag: Bool) {
        if !byTag || accepted.contains(image.mediaType) {
            (self.bytes, mediaType, digest) = (bytes, image.mediaType, image.digest)
            return
        }
        let schema2 = ManifestKind.dockerSchema2
        guard image.mediaType == ManifestKind.ociManifest.rawValue, accepted.contains(schema2.rawValue),
              let document = DocumentValue(parsing: bytes), let translated = ManifestTranslation.dockerSchema2(of: document)
        else { return nil }
        self.bytes = JSON.write(translated.json)
        mediaType = schema2.rawValue
        digest = PreparedManifest.digest(of: self.bytes)
    }
}
