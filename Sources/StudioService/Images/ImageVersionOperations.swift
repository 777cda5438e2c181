import AWSModel
import Crypto
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// The operations on image versions and their aliases.
// AWS: spec/studio.md §A7.
struct ImageVersionOperations: Sendable {
    let workspaces: Workspaces

    var operations: [Operation] {
        [
            Operation("CreateImageVersion", behavior: create),
            Operation("DescribeImageVersion", behavior: describe),
            Operation("ListImageVersions", behavior: list),
            Operation("UpdateImageVersion", behavior: update),
            Operation("DeleteImageVersion", behavior: delete),
            Operation("ListAliases", behavior: listAliases),
        ]
    }

    /// What Create stores and Update changes besides aliases.
    private static let details = [
        "VendorGuidance", "JobType", "MLFramework", "ProgrammingLang", "Processor", "Horovod", "ReleaseNotes",
    ]

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (name, token) = (input["ImageName"]?.string ?? "", input["ClientToken"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            var image = try workspaces.image(name, in: realm, turn.transaction)
            let present = try workspaces.versions(of: name, in: realm, turn.transaction)
            if let same = present.records.first(where: { $0.clientToken == token }) {
                guard same.createdFrom == input else {
                    // AWS: inferred — the same token with another input.
                    throw StudioFaults.inUse("The ClientToken \(token) was used with other parameters.")
                }
                return OperationResponse(["ImageVersionArn": .string(same.arn)])
            }
            guard image.track.status == .created else { throw ImageOperations.invalidState(name) }
            let base = input["BaseImage"]?.string ?? ""
            let (container, failure) = try resolve(base, in: realm, turn.transaction)
            var members: AWSObject = ["BaseImage": .string(base)]
            for member in Self.details { members[member] = input[member] }
            let version = ImageVersionRecord(
                realm: realm, imageName: image.name, number: image.nextVersion, members: members,
                containerImage: container, aliases: [], clientToken: token, createdFrom: input,
                track: .creating(failure: failure, times: workspaces.times.imageVersion, at: turn.now))
            image.nextVersion += 1
            try workspaces.imageShelf.save(image, in: turn)
            try workspaces.versions.save(version, in: turn)
            try add(input["Aliases"], to: version, in: turn)
            return OperationResponse(["ImageVersionArn": .string(version.arn)])
        }
    }

    /// The digest the base image means now, or why it means nothing.
    // AWS: inferred — spec/studio.md §A7: `…/repo@sha256:<digest>`; the reason is CreateModel's recorded text.
    private func resolve(
        _ base: String, in realm: Realm, _ reader: StoreReader
    ) throws -> (container: String?, failure: String?) {
        switch try workspaces.images?.resolve(base, in: realm, reader) ?? .notEmulated {
        case .resolved(let image): (image, nil)
        case .missing(let reason): (nil, reason)
        case .notEmulated: (Self.assumed(base), nil)
        }
    }

    /// An image of a registry elsewhere gets a digest made from its name: the same every time.
    private static func assumed(_ base: String) -> String {
        guard !base.contains("@") else { return base }
        let name = base.lastIndex(of: "/").map { base.index(after: $0) } ?? base.startIndex
        let repository = base[name...].firstIndex(of: ":").map { base[..<$0] } ?? base[...]
        let digest = SHA256.hash(data: Array(base.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(repository)@sha256:\(digest)"
    }

    /// Gives a version aliases and takes them from those that had them.
    private func add(_ aliases: AWSValue?, to version: ImageVersionRecord, in turn: Turn) throws {
        var (records, ordered) = try workspaces.versions(of: version.imageName, in: version.realm, turn.transaction)
        let changed = ordered.add(aliases?.list?.compactMap(\.string) ?? [], to: version.number)
        for index in records.indices where changed.contains(records[index].number) {
            records[index].aliases = ordered.version(number: records[index].number, alias: nil)?.aliases ?? []
            records[index].track.touch(at: turn.now)
            try workspaces.versions.save(records[index], in: turn)
        }
    }

    // MARK: Reading

    /// The version the call names by number or alias. Throws the not-found faults.
    private func version(
        in input: AWSObject, _ realm: Realm, _ reader: StoreReader, orLatest: Bool
    ) throws -> ImageVersionRecord {
        let name = input["ImageName"]?.string ?? ""
        let image = try workspaces.image(name, in: realm, reader)
        let (number, alias) = (input["Version"]?.int, input["Alias"]?.string)
        // AWS: inferred — spec/studio.md §A7.
        if number != nil, alias != nil { throw AWSFault.validation("Only one of Version or Alias can be specified.") }
        if number == nil, alias == nil, !orLatest {
            throw AWSFault.validation("One of Version or Alias must be specified.")
        }
        let (records, ordered) = try workspaces.versions(of: image.name, in: realm, reader)
        if let found = ordered.version(number: number, alias: alias),
           let record = records.first(where: { $0.number == found.number }) {
            return record
        }
        // AWS: recorded for the latest, inferred for the others — spec/studio.md §A7.
        let which = if let number { "ImageVersion with ImageName \(name) and Version \(number)" }
            else if let alias { "ImageVersion with ImageName \(name) and Alias \(alias)" }
            else { "Latest ImageVersion with ImageName \(name)" }
        let wanted = number != nil ? "Version" : alias != nil ? "Alias" : "ImageName"
        throw AWSFault("ResourceNotFound", "\(which) does not exist. Please provide a valid \(wanted).", status: 400)
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm) = (request.input, request.context.realm)
        let found = try await workspaces.settled { try version(in: input, realm, $0, orLatest: true) }
        return OperationResponse(found.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        let records = try workspaces.store.read { reader in
            let image = try workspaces.image(request.input["ImageName"]?.string ?? "", in: realm, reader)
            return try workspaces.versions(of: image.name, in: realm, reader).records
        }
        return try StudioListing.answer(request, "ImageVersions", records.map { version in
            Listing.Item(
                // Sorting by version is sorting by this text.
                name: String(repeating: "0", count: max(0, 12 - String(version.number).count)) + String(version.number),
                creationTime: version.track.createdAt, lastModifiedTime: version.track.modifiedAt, status: nil,
                summary: version.summary)
        })
    }

    // AWS: sdk — aliases of an image, or of one version; Alias asks whether there is such a one.
    private func listAliases(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm) = (request.input, request.context.realm)
        let aliases = try workspaces.store.read { reader in
            if input["Version"] != nil {
                return try version(in: ["ImageName": input["ImageName"], "Version": input["Version"]], realm, reader, orLatest: false).aliases
            }
            let image = try workspaces.image(input["ImageName"]?.string ?? "", in: realm, reader)
            return try workspaces.versions(of: image.name, in: realm, reader).records.flatMap(\.aliases)
        }.filter { alias in input["Alias"]?.string.map { $0 == alias } ?? true }
        let page = try Listing(
            ["SortBy": "Name", "SortOrder": "Ascending", "MaxResults": input["MaxResults"], "NextToken": input["NextToken"]],
            operation: "ListAliases"
        ).page(aliases.map { alias in
            Listing.Item(
                name: alias, creationTime: request.context.now, lastModifiedTime: nil, status: nil,
                summary: ["Alias": .string(alias)])
        })
        return OperationResponse([
            "SageMakerImageVersionAliases": .list(page.summaries.compactMap { $0["Alias"] }),
            "NextToken": page.nextToken.map { .string($0) },
        ])
    }

    // MARK: Changing

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        return try await workspaces.timeline.turn { turn in
            var version = try version(in: input, realm, turn.transaction, orLatest: false)
            guard version.track.status == .created else {
                // AWS: inferred from the recorded sibling.
                throw AWSFault.validation("ImageVersion \(version.number) of Image \(version.imageName) is in an invalid state.")
            }
            for member in Self.details { if let value = input[member] { version.members[member] = value } }
            let removed = input["AliasesToDelete"]?.list?.compactMap(\.string) ?? []
            version.aliases.removeAll { removed.contains($0) }
            version.track.touch(at: turn.now)
            try workspaces.versions.save(version, in: turn)
            try add(input["AliasesToAdd"], to: version, in: turn)
            return OperationResponse(["ImageVersionArn": .string(version.arn)])
        }
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        return try await workspaces.timeline.turn { turn in
            var version = try version(in: input, realm, turn.transaction, orLatest: false)
            do throws(StatusRejection) {
                try version.track.delete(times: workspaces.times.imageVersion, at: turn.now)
            } catch {
                throw AWSFault.validation("ImageVersion \(version.number) of Image \(version.imageName) is in an invalid state.")
            }
            try workspaces.versions.save(version, in: turn)
            return OperationResponse()
        }
    }

    /// A version's timer is due.
    func settle(_ documentName: String, in realm: Realm, _ turn: Turn) throws {
        guard var version = try workspaces.versions.find(documentName, in: realm, turn.transaction) else { return }
        if version.track.settle(at: turn.now) {
            try workspaces.versions.remove(version, in: turn)
        } else {
            try workspaces.versions.save(version, in: turn)
        }
    }
}
