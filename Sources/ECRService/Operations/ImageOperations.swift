import AWSModel
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

extension ECRService {
    var imageOperations: [Operation] {
        [
            Operation("PutImage", behavior: putImage), Operation("BatchGetImage", behavior: batchGetImage),
            writing("BatchDeleteImage", batchDeleteImage), writing("UpdateImageStorageClass", updateImageStorageClass),
        ]
    }

    private func putImage(_ request: OperationRequest) async throws -> OperationResponse {
        let call = try ECRRequest(request)
        let repository = try store.read { try call.repository($0) }
        let text = call["imageManifest"]?.string ?? ""
        let prepared = try PreparedManifest(Array(text.utf8), mediaType: call["imageManifestMediaType"]?.string)
        let tag = try call["imageTag"]?.string.map { text in
            guard let tag = ImageTag(text) else {
                throw ECRFault.invalidParameter("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'")
            }
            return tag
        }
        let expected = call["imageDigest"]?.string
        let image = try await timeline.turn { turn in
            let current = try RepositoryTable.get(repository.name, in: repository.realm, turn.transaction)
            let holder = try tag.flatMap { try ImageTable.find(tag: $0.text, in: current, turn.transaction) }
            let exists = ECRFault.imageExists(prepared.digest.text, tag: tag?.text, current)
            // AWS: recorded, reports differ — spec/ecr.md §E4: the same digest on a fixed tag already exists as an image.
            if let tag, holder?.digest == prepared.digest, try current.tagMutability().isFixed(tag.text) { throw exists }
            let pushed = try self.push(prepared, tag: tag, expected: expected, to: current, in: turn)
            guard pushed.isChanged else { throw exists }
            return pushed.image
        }
        return OperationResponse([
            "image": Self.output(
                image, in: repository, id: ImageID(digest: image.digest.text, tag: tag?.text), manifest: text,
                mediaType: image.mediaType),
        ])
    }

    private static func output(
        _ image: ImageRecord, in repository: RepositoryRecord, id: ImageID, manifest: String, mediaType: String
    ) -> AWSValue {
        [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageId": id.output, "imageManifest": .string(manifest), "imageManifestMediaType": .string(mediaType),
        ]
    }

    private func batchGetImage(_ request: OperationRequest) async throws -> OperationResponse {
        let call = try ECRRequest(request)
        if let name = call["repositoryName"]?.string {
            for id in call.imageIDs where id.digest != nil || id.tag != nil {
                try await fetchFromUpstream(name, id, in: call.realm, for: call.principal)
            }
        }
        let accepted = AcceptedTypes((call["acceptedMediaTypes"]?.list ?? []).compactMap(\.string))
        var pulled: [ImageRecord] = []
        var repository: RepositoryRecord?
        let (images, failures) = try store.read { reader in
            let found = try call.repository(reader)
            repository = found
            var (images, failures): ([AWSValue], [AWSValue]) = ([], [])
            for id in call.imageIDs {
                do {
                    let image = try self.image(id, in: found, reader)
                    guard image.status == .active else { throw ImageFailure.archived }
                    guard let choice = ManifestChoice(
                        image, try ImageTable.manifest(of: image, reader), accepted, byTag: id.digest == nil)
                    else { throw ImageFailure.notFound }
                    images.append(Self.output(
                        image, in: found, id: ImageID(digest: choice.digest.text, tag: id.tag),
                        manifest: String(decoding: choice.bytes, as: UTF8.self), mediaType: choice.mediaType))
                    pulled.append(image)
                } catch let failure as ImageFailure {
                    failures.append(failure.output(id))
                }
            }
            return (images, failures)
        }
        if let repository { for image in pulled { try await recordPull(of: image, by: call.principal, in: repository) } }
        return OperationResponse(["images": .list(images), "failures": .list(failures)])
    }

    private func batchDeleteImage(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let repository = try call.repository(turn.transaction)
        var (ids, failures): ([AWSValue], [AWSValue]) = ([], [])
        for id in call.imageIDs {
            do { ids += try delete(id, in: repository, turn).map(\.output) } catch let failure as ImageFailure {
                failures.append(failure.output(id))
            }
        }
        return ["imageIds": .list(ids), "failures": .list(failures)]
    }

    // MARK: Storage classes

    /// Archives at once; the way back takes a while, during which the image cannot be pulled.
    private func updateImageStorageClass(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let repository = try call.repository(turn.transaction)
        var image = try requiredImage(call.imageID, in: repository, turn.transaction)
        let isToArchive = call["targetStorageClass"]?.string == "ARCHIVE"
        guard try ImageTable.parents(of: image, turn.transaction).isEmpty,
              image.status == (isToArchive ? .active : .archived) else {
            throw ECRFault.named(
                "ImageStorageClassUpdateNotSupported", "The requested image storage class update is not supported.")
        }
        if isToArchive {
            try archive(&image, turn)
        } else {
            image.status = .activating
            try ImageTable.update(image, turn.transaction)
            try turn.arm(
                TimerID(kind: TimerKind.activation, owner: repository.timerOwner, name: String(image.id)),
                at: turn.now + settings.activationDuration)
        }
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageId": ImageID(digest: image.digest.text, tag: call.imageID.tag).output,
            "imageStatus": .string(image.status.rawValue),
        ]
    }

    func archive(_ image: inout ImageRecord, _ turn: Turn) throws {
        image.status = .archived
        image.body.lastArchived = turn.now
        try ImageTable.update(image, turn.transaction)
    }

    func activate(_ turn: Turn, _ timer: TimerID) throws {
        guard let id = Int64(timer.name), var image = try ImageTable.find(id: id, turn.transaction),
              image.status == .activating else { return }
        image.status = .active
        image.body.lastActivated = turn.now
        try ImageTable.update(image, turn.transaction)
    }
}
