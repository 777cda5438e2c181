import AWSModel
import BlobStore
import HTTPServer
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// POST, PATCH, PUT, GET and DELETE of uploads.
// AWS: doc/recorded — spec/ecr.md §E11.
extension ECRService {
    func startUpload(_ name: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repositoryForPush(name, request, action: "ecr:InitiateLayerUpload")
        let query = request.query
        if let digest = query["mount"], let source = query["from"],
           try await mount(digest, from: source, into: repository, request)
        {
            return created(digest, in: repository)
        }
        guard let digest = query["digest"] else {
            let id = try await beginUpload(in: repository, isInParts: false)
            return RegistryAnswer.make(202, position(id, UploadSession(), in: repository))
        }
        // Nobody could resume an upload of one request: its id is never told.
        let (id, dropped) = try uploads.begin(in: repository, isInParts: false, at: timeline.now)
        if !dropped.isEmpty { try await noteUpload(id, dropping: dropped) }
        return try await finish(id, digest: digest, in: repository, request)
    }

    func lookAtUpload(_ name: String, _ id: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:InitiateLayerUpload")
        guard let session = uploads.session(id, in: repository) else { throw ECRFault.uploadNotFound(id, repository) }
        return RegistryAnswer.make(204, position(id, session, in: repository))
    }

    func continueUpload(_ name: String, _ id: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:UploadLayerPart")
        do {
            let session = try await take(id, in: repository, request)
            try await noteUpload(id)
            return RegistryAnswer.make(settings.isFaithful ? 201 : 202, position(id, session, in: repository))
        } catch let refusal as LayerUploads.Refusal {
            return refuse(refusal, id, in: repository)
        }
    }

    func finishUpload(_ name: String, _ id: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:CompleteLayerUpload")
        guard let digest = request.query["digest"], ImageDigest.isWellFormed(digest) else {
            throw ECRFault.invalidParameter("LayerDigests", "Layer digest invalid")
        }
        return try await finish(id, digest: digest, in: repository, request)
    }

    func cancelUpload(_ name: String, _ id: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:UploadLayerPart")
        guard try await cancelUpload(id, in: repository) else { throw ECRFault.uploadNotFound(id, repository) }
        return RegistryAnswer.make(204)
    }

    // MARK: Steps

    /// Takes the last bytes, if there are any, and makes the upload a layer.
    private func finish(
        _ id: String, digest: String, in repository: RepositoryRecord, _ request: RegistryRequest
    ) async throws -> HTTPResponse {
        if request.http.body.contentLength != 0 {
            do { _ = try await take(id, in: repository, request) } catch let refusal as LayerUploads.Refusal {
                return refuse(refusal, id, in: repository)
            }
        }
        let (stored, _) = try await completeUpload(
            id, in: repository, digests: [digest], allowsEmpty: true, enforcesPartSizes: settings.isFaithful)
        return created(stored, in: repository)
    }

    private func take(
        _ id: String, in repository: RepositoryRecord, _ request: RegistryRequest
    ) async throws -> UploadSession {
        var bounds: ClosedRange<Int64>?
        if let text = request.http.headers["Content-Range"] {
            guard let range = ChunkRange(text) else {
                throw ECRFault.invalidParameter("Content-Range", "must have the form <first byte>-<last byte>")
            }
            bounds = range.bounds
        }
        return try await uploads.receive(
            id, in: repository, bounds: bounds, body: request.http.body, at: timeline.now)
    }

    private func refuse(_ refusal: LayerUploads.Refusal, _ id: String, in repository: RepositoryRecord) -> HTTPResponse {
        let fault = ECRFault.upload(refusal.rejection, id: id, received: refusal.received, repository)
        guard let session = uploads.session(id, in: repository) else { return RegistryAnswer.fault(fault) }
        return RegistryAnswer.fault(fault, position(id, session, in: repository))
    }

    private func position(_ id: String, _ session: UploadSession, in repository: RepositoryRecord) -> HTTPHeaders {
        [
            "Location": "/v2/\(repository.name)/blobs/uploads/\(id)", "Range": "0-\(session.lastByteShown)",
            "Docker-Upload-UUID": id,
        ]
    }

    private func created(_ digest: String, in repository: RepositoryRecord) -> HTTPResponse {
        RegistryAnswer.make(
            201, ["Location": "/v2/\(repository.name)/blobs/\(digest)", "Docker-Content-Digest": digest])
    }

    /// Shares a layer of another repository. False when it may not be shared, so that the client uploads it.
    // AWS: doc/recorded — spec/ecr.md §E11: the setting on, same encryption, readable there, and referenced by a manifest.
    private func mount(
        _ digest: String, from source: String, into target: RepositoryRecord, _ request: RegistryRequest
    ) async throws -> Bool {
        guard let name = RepositoryName(source) else { return false }
        let (realm, principal, action) = (request.realm, request.principal, "ecr:GetDownloadUrlForLayer")
        do { try await authorize(principal, action, on: Self.arn(of: source, in: realm)) } catch is AWSFault { return false }
        return try await timeline.turn { turn in
            guard try RegistryRecord.load(realm, turn.transaction).accountSetting("BLOB_MOUNTING") == "ENABLED",
                  let origin = try RepositoryTable.find(name, in: realm, turn.transaction),
                  (try? origin.checked(for: principal, action: action, turn.transaction)) != nil,
                  origin.body.encryptionType == target.body.encryptionType, origin.body.kmsKey == target.body.kmsKey,
                  try LayerTable.isReferenced(digest, in: origin, turn.transaction),
                  let size = try LayerTable.size(digest, in: origin, turn.transaction),
                  try RepositoryTable.find(id: target.id, turn.transaction) != nil else { return false }
            try LayerTable.put(digest, size: size, at: turn.now, in: target, turn.transaction)
            return true
        }
    }

    /// The repository of a push; made by a CREATE_ON_PUSH template when it is missing.
    // AWS: doc — spec/ecr.md §E4.
    func repositoryForPush(_ text: String, _ request: RegistryRequest, action: String) async throws -> RepositoryRecord {
        do { return try await repository(text, request, action: action) } catch let missing as AWSFault
        where missing.code == "RepositoryNotFoundException" {
            guard let name = RepositoryName(text), request.principal.account == request.realm.account.digits else { throw missing }
            let realm = request.realm
            let template = try store.read { try Self.template(for: name, in: realm, reason: "CREATE_ON_PUSH", $0) }
            guard template != nil else { throw missing }
            try await authorize(request.principal, "ecr:CreateRepository", on: Self.arn(of: name.text, in: realm))
            let made = try await timeline.turn { turn in
                try RepositoryTable.find(name, in: realm, turn.transaction)
                    ?? self.createFromTemplate(name, in: realm, for: "CREATE_ON_PUSH", isRequired: false, turn)
            }
            guard let made else { throw missing }
            return made
        }
    }
}
