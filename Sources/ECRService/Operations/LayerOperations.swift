import AWSModel
import Gateway
import HTTPServer
import RegistryRules
import SimTime
import Store
import Timeline

/// The low-level layer API: the same uploads as the registry's, in parts.
// AWS: doc/sdk/inferred — spec/ecr.md §E6.
extension ECRService {
    private static let partSize: Int64 = 10_485_760

    var layerOperations: [Operation] {
        [
            Operation("InitiateLayerUpload") { [self] request in
                let call = try ECRRequest(request)
                let repository = try store.read { try call.repository($0) }
                let id = try await beginUpload(in: repository, isInParts: true)
                return OperationResponse(["uploadId": .string(id), "partSize": .integer(Self.partSize)])
            },
            Operation("UploadLayerPart", behavior: uploadLayerPart),
            Operation("CompleteLayerUpload", behavior: completeLayerUpload),
            reading("BatchCheckLayerAvailability", batchCheckLayerAvailability),
            Operation("GetDownloadUrlForLayer", behavior: getDownloadURLForLayer),
        ]
    }

    private func uploadLayerPart(_ request: OperationRequest) async throws -> OperationResponse {
        let call = try ECRRequest(request)
        let repository = try store.read { try call.repository($0) }
        let id = call["uploadId"]?.string ?? ""
        let bytes = call["layerPartBlob"]?.blob ?? []
        let first = Int64(call["partFirstByte"]?.int ?? 0), last = Int64(call["partLastByte"]?.int ?? 0)
        guard let session = uploads.session(id, in: repository) else { throw ECRFault.uploadNotFound(id, repository) }
        let received = session.receivedBytes
        guard first == received else {
            throw ECRFault.invalidLayerPart(first: first, expected: received, upload: id, repository)
        }
        guard last >= first, last - first == Int64(bytes.count) - 1 else {
            throw ECRFault.invalidLayerPart(
                first: first, last: last, byteCount: Int64(bytes.count), received: received, upload: id, repository)
        }
        do {
            let after = try await uploads.receive(
                id, in: repository, bounds: first...last, body: RequestBody(bytes: bytes), at: timeline.now)
            try await noteUpload(id)
            return OperationResponse([
                "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
                "uploadId": .string(id), "lastByteReceived": .integer(after.lastByteShown),
            ])
        } catch let refusal as LayerUploads.Refusal {
            throw ECRFault.upload(refusal.rejection, id: id, received: refusal.received, repository)
        }
    }

    private func completeLayerUpload(_ request: OperationRequest) async throws -> OperationResponse {
        let call = try ECRRequest(request)
        let repository = try store.read { try call.repository($0) }
        let id = call["uploadId"]?.string ?? ""
        let digests = (call["layerDigests"]?.list ?? []).compactMap { $0.string?.lowercased() }
        let (digest, isNew) = try await completeUpload(
            id, in: repository, digests: digests, allowsEmpty: false, enforcesPartSizes: true)
        guard isNew else { throw ECRFault.layerExists(digest, repository) }
        return OperationResponse([
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "uploadId": .string(id), "layerDigest": .string(digest),
        ])
    }

    private func batchCheckLayerAvailability(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        var (layers, failures): ([AWSValue], [AWSValue]) = ([], [])
        for digest in (call["layerDigests"]?.list ?? []).compactMap(\.string) {
            guard ImageDigest.isWellFormed(digest) else {
                failures.append([
                    "layerDigest": .string(digest),
                    "failureCode": digest.isEmpty ? "MissingLayerDigest" : "InvalidLayerDigest",
                    "failureReason": digest.isEmpty
                        ? "Requested layer digest is missing" : .string(ImageFailure.invalidDigest.reason),
                ])
                continue
            }
            let size = try LayerTable.size(digest.lowercased(), in: repository, reader)
            let isArchived = try LayerTable.isArchived(digest.lowercased(), in: repository, reader)
            layers.append([
                "layerDigest": .string(digest),
                "layerAvailability": size == nil ? "UNAVAILABLE" : isArchived ? "ARCHIVED" : "AVAILABLE",
                "layerSize": size.map { .integer(Int64($0)) },
                "mediaType": size.map { _ in .string(LayerMediaType.shown) },
            ])
        }
        return ["layers": .list(layers), "failures": .list(failures)]
    }

    private func getDownloadURLForLayer(_ request: OperationRequest) async throws -> OperationResponse {
        let call = try ECRRequest(request)
        let digest = call["layerDigest"]?.string ?? ""
        try store.read { reader in
            let repository = try call.repository(reader)
            guard try LayerTable.size(digest, in: repository, reader) != nil else {
                throw ECRFault.layerNotFound(digest, repository)
            }
            guard try LayerTable.isReferenced(digest, in: repository, reader),
                  try !LayerTable.isArchived(digest, in: repository, reader) else {
                throw ECRFault.layerInaccessible(digest, repository)
            }
        }
        let target = LayerLink.target(digest, expires: timeline.now + LayerLink.lifetime, try await secret.take())
        return OperationResponse([
            "downloadUrl": .string("http://\(call.host)\(target)"), "layerDigest": .string(digest),
        ])
    }
}
