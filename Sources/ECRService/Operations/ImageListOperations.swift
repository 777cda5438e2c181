import AWSModel
import Gateway
import RegistryRules
import Store
import Timeline

extension ECRService {
    var imageListOperations: [Operation] {
        [
            reading("DescribeImages", describeImages), reading("ListImages", listImages),
            reading("ListImageReferrers", listImageReferrers),
        ]
    }

    private func describeImages(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        if call["imageIds"] != nil {
            let images = try call.imageIDs.map { try requiredImage($0, in: repository, reader) }
            return ["imageDetails": .list(try images.map { try detail(of: $0, in: repository, reader) })]
        }
        let size = call.pageSize()
        let after = try call.cursor().map { text in
            guard let id = Int64(text) else { throw PageToken.invalid }
            return id
        }
        let filter = ImageFilter(call["filter"])
        let images = try ImageTable.list(
            """
            SELECT \(ImageTable.columns) FROM ecr_image AS i
            WHERE i.repository = ? AND i.id > ? AND \(filter.condition) ORDER BY i.id LIMIT ?
            """,
            [.integer(repository.id), .integer(after ?? 0)] + filter.arguments + [.integer(Int64(size + 1))], reader)
        let page = images.prefix(size)
        return [
            "imageDetails": .list(try page.map { try detail(of: $0, in: repository, reader) }),
            "nextToken": images.count > size ? call.token(page.last.map { String($0.id) }) : nil,
        ]
    }

    // AWS: doc/sdk — spec/ecr.md §E5, imageDetails.
    private func detail(
        of image: ImageRecord, in repository: RepositoryRecord, _ reader: StoreReader
    ) throws -> AWSValue {
        let tags = try ImageTable.tags(of: image, reader)
        let body = image.body
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageDigest": .string(image.digest.text), "imageTags": tags.isEmpty ? nil : .list(tags.map { .string($0) }),
            "imageSizeInBytes": .integer(image.size), "imagePushedAt": .timestamp(image.pushed),
            "imageScanStatus": body.scan?.statusOutput, "imageScanFindingsSummary": body.scan?.summaryOutput,
            "imageManifestMediaType": .string(image.mediaType),
            "artifactMediaType": body.artifactMediaType.map { .string($0) },
            "lastRecordedPullTime": body.lastPulled.map { .timestamp($0) },
            "subjectManifestDigest": image.subject.map { .string($0.text) },
            "imageStatus": .string(image.status.rawValue), "lastArchivedAt": body.lastArchived.map { .timestamp($0) },
            "lastActivatedAt": body.lastActivated.map { .timestamp($0) },
        ]
    }

    /// One entry for each tag, and one for each image without any.
    private func listImages(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        let size = call.pageSize()
        // What was shown last: the image's row and, after a space, its tag.
        let last = try call.cursor().map { text -> (Int64, String) in
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2, let id = Int64(parts[0]) else { throw PageToken.invalid }
            return (id, String(parts[1]))
        } ?? (0, "")
        let filter = ImageFilter(call["filter"])
        var found: [(id: Int64, digest: String, tag: String?)] = []
        try reader.query(
            """
            SELECT i.id, i.digest, t.tag FROM ecr_image AS i LEFT JOIN ecr_tag AS t ON t.image = i.id
            WHERE i.repository = ? AND (i.id > ? OR (i.id = ? AND t.tag > ?)) AND \(filter.condition)
            ORDER BY i.id, t.tag LIMIT ?
            """,
            [.integer(repository.id), .integer(last.0), .integer(last.0), .text(last.1)] + filter.arguments
                + [.integer(Int64(size + 1))]
        ) { row in found.append((row.integer(0), row.text(1), row.isNull(2) ? nil : row.text(2))) }
        let page = found.prefix(size)
        return [
            "imageIds": .list(page.map { ImageID(digest: $0.digest, tag: $0.tag).output }),
            "nextToken": found.count > size ? call.token(page.last.map { "\($0.id) \($0.tag ?? "")" }) : nil,
        ]
    }

    private func listImageReferrers(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        guard let subject = ImageDigest(call["subjectId"]?["imageDigest"]?.string ?? "") else {
            throw ECRFault.invalidParameter("subjectId", ImageFailure.invalidDigest.reason)
        }
        let after = try call.cursor().flatMap { Int64($0) } ?? 0
        let types = (call["filter"]?["artifactTypes"]?.list ?? []).compactMap(\.string)
        let status = call["filter"]?["artifactStatus"]?.string ?? ImageStatus.active.rawValue
        let size = call.pageSize(default: 50)
        let found = try ImageTable.referrers(of: subject, in: repository, reader).filter { image in
            image.id > after && (status == "ANY" || image.status.rawValue == status)
                && (types.isEmpty || image.body.artifactType.map(types.contains) == true)
        }
        let page = found.prefix(size)
        return [
            "referrers": .list(page.map { image in
                [
                    "digest": .string(image.digest.text), "mediaType": .string(image.mediaType),
                    "artifactType": image.body.artifactType.map { .string($0) },
                    "size": .integer(Int64(image.manifestByteCount)), "annotations": image.annotationsOutput,
                    "artifactStatus": .string(image.status.rawValue),
                ]
            }),
            "nextToken": found.count > size ? call.token(page.last.map { String($0.id) }) : nil,
        ]
    }
}

/// The `filter` of DescribeImages and ListImages as an SQL condition on `ecr_image AS i`.
struct ImageFilter {
    let condition: String
    let arguments: [SQLValue]

    // AWS: sdk — spec/ecr.md §E5; without a status only active images are listed.
    init(_ filter: AWSValue?) {
        let hasTag = "EXISTS (SELECT 1 FROM ecr_tag WHERE image = i.id)"
        var conditions = ["1 = 1"]
        switch filter?["tagStatus"]?.string {
        case "TAGGED": conditions.append(hasTag)
        case "UNTAGGED": conditions.append("NOT " + hasTag)
        default: break
        }
        let status = filter?["imageStatus"]?.string ?? ImageStatus.active.rawValue
        if status != "ANY" { conditions.append("i.status = ?") }
        condition = conditions.joined(separator: " AND ")
        arguments = status == "ANY" ? [] : [.text(status)]
    }
}
