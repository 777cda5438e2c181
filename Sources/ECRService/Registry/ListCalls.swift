import AWSModel
import AWSProtocols
import HTTPServer
import RegistryRules
import Store
import Vocabulary

/// tags/list, _catalog and referrers.
extension ECRService {
    // AWS: inferred/recorded — spec/ecr.md §E11.
    private static let pageDefault = 100
    private static let pageMax = 1_000

    private func pageSize(_ request: RegistryRequest) throws -> Int {
        guard let text = request.query["n"] else { return Self.pageDefault }
        guard let count = Int(text), count >= 0 else {
            throw ECRFault.invalidParameter("maxResults", "Member must have value greater than or equal to 0")
        }
        guard count <= Self.pageMax else {
            throw ECRFault.invalidParameter("maxResults", "Member must have value less than or equal to 1000")
        }
        return count
    }

    func tagList(_ name: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let count = try pageSize(request)
        let repository = try await repository(name, request, action: "ecr:ListImages")
        let last = request.query["last"] ?? ""
        let tags = try store.read { try ImageTable.tags(in: repository, after: last, limit: count + 1, $0) }
        return list("tags", tags, count, path: "/v2/\(repository.name)/tags/list", with: ["name": .string(name)])
    }

    func catalog(_ request: RegistryRequest) async throws -> HTTPResponse {
        let count = try pageSize(request)
        let (action, all) = ("ecr:DescribeRepositories", Self.arn(of: "*", in: request.realm))
        try await authorize(request.principal, action, on: all)
        guard request.principal.account == request.realm.account.digits else {
            throw ECRFault.accessDenied(request.principal, action: action, resource: all)
        }
        let last = request.query["last"] ?? ""
        let names = try store.read { try RepositoryTable.list(in: request.realm, after: last, limit: count + 1, $0) }
        return list("repositories", names.map(\.name.text), count, path: "/v2/_catalog", with: [:])
    }

    /// `items` holds one more than the page if there is another page.
    private func list(
        _ member: String, _ items: [String], _ count: Int, path: String, with members: AWSObject
    ) -> HTTPResponse {
        var document = members
        document[member] = .list(items.prefix(count).map { .string($0) })
        // AWS: doc — spec/ecr.md §E11: the list is JSON and says that it is text.
        var headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
        if count > 0, items.count > count {
            let last = PercentCoding.percentEncoded(items[count - 1])
            headers.add("Link", "<\(path)?last=\(last)&n=\(count)>; rel=\"next\"")
        }
        return RegistryAnswer.make(200, headers, body: .bytes(JSON.write(.object(document))))
    }

    func referrers(_ name: String, _ digest: String, _ request: RegistryRequest) async throws -> HTTPResponse {
        let repository = try await repository(name, request, action: "ecr:BatchGetImage")
        guard let subject = ImageDigest(digest) else {
            return RegistryAnswer.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        let filter = request.query["artifactType"]
        let images = try store.read { try ImageTable.referrers(of: subject, in: repository, $0) }
        let descriptors = images.filter { filter == nil || $0.body.artifactType == filter }.map(\.descriptor)
        let document: AWSValue = [
            "schemaVersion": 2, "mediaType": .string(ManifestKind.ociIndex.rawValue), "manifests": .list(descriptors),
        ]
        var headers: HTTPHeaders = ["Content-Type": ManifestKind.ociIndex.rawValue]
        if filter != nil { headers.add("OCI-Filters-Applied", "artifactType") }
        return RegistryAnswer.make(200, headers, body: .bytes(JSON.write(document)))
    }
}

extension ImageRecord {
    /// The descriptor of a referrers list.
    // AWS: doc — OCI distribution 1.1, spec/ecr.md §E11.
    fileprivate var descriptor: AWSValue {
        [
            "mediaType": .string(mediaType), "digest": .string(digest.text), "size": .integer(Int64(manifestByteCount)),
            "artifactType": body.artifactType.map { .string($0) }, "annotations": annotationsOutput,
        ]
    }

    /// Nil when there are none.
    var annotationsOutput: AWSValue? {
        guard !body.annotations.isEmpty else { return nil }
        var object = AWSObject()
        for annotation in body.annotations { object.append(annotation.key, .string(annotation.value)) }
        return .object(object)
    }
}
