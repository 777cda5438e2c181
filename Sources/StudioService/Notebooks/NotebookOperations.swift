import AWSModel
import DeclaredResources
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// The operations on notebook instances.
struct NotebookOperations: Sendable {
    let workspaces: Workspaces

    var operations: [Operation] {
        [
            Operation("CreateNotebookInstance", behavior: create),
            Operation("DescribeNotebookInstance", behavior: describe),
            Operation("ListNotebookInstances", behavior: list),
            Operation("UpdateNotebookInstance", behavior: update),
            Operation("StartNotebookInstance") { try await change($0, { (track, times, now) throws(StatusRejection) in try track.start(times: times, at: now) }) },
            Operation("StopNotebookInstance") { try await change($0, { (track, times, now) throws(StatusRejection) in try track.stop(times: times, at: now) }) },
            Operation("DeleteNotebookInstance") { try await change($0, { (track, times, now) throws(StatusRejection) in try track.delete(times: times, at: now) }) },
        ]
    }

    /// Members that Describe shows under another name than Create takes.
    private static let shownAs = [
        "SecurityGroupIds": "SecurityGroups", "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    ]

    // AWS: documented defaults — the descriptions of CreateNotebookInstance's members.
    private static let defaults: AWSObject = [
        "DirectInternetAccess": "Enabled", "VolumeSizeInGB": 5, "RootAccess": "Enabled",
        "PlatformIdentifier": "notebook-al2-v2",
        "InstanceMetadataServiceConfiguration": ["MinimumInstanceMetadataServiceVersion": "1"],
    ]

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let name = input["NotebookInstanceName"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            if let present = try workspaces.notebooks.find(name.lowercased(), in: realm, turn.transaction) {
                // AWS: inferred from the recorded wording of SageMaker's other resources.
                throw AWSFault.validation("Cannot create already existing notebook instance \"\(present.arn)\".")
            }
            try Self.requireConfig(input, in: realm, turn.transaction)
            if input["DirectInternetAccess"]?.string == "Disabled", input["SubnetId"] == nil {
                // AWS: documented rule, inferred text.
                throw AWSFault.validation("DirectInternetAccess can only be Disabled for notebook instances with a SubnetId.")
            }
            var members = AWSObject()
            for (member, value) in input.entries where member != "NotebookInstanceName" && member != "Tags" {
                members.append(Self.shownAs[member] ?? member, value)
            }
            for (member, value) in Self.defaults.entries where members[member] == nil { members.append(member, value) }
            if input["SubnetId"] != nil { members["NetworkInterfaceId"] = .string(workspaces.ids.networkInterface()) }
            let notebook = NotebookRecord(
                realm: realm, name: name, members: members,
                track: .launching(times: workspaces.times.notebook, at: turn.now))
            try workspaces.notebooks.save(notebook, in: turn)
            try workspaces.tags.set(input["Tags"], on: notebook.arn, in: turn)
            return OperationResponse(["NotebookInstanceArn": .string(notebook.arn)])
        }
    }

    private static func requireConfig(_ input: AWSObject, in realm: Realm, _ reader: StoreReader) throws {
        guard let name = input["LifecycleConfigName"]?.string else { return }
        let configs = DeclaredResource.notebookLifecycleConfig
        guard try configs.exists(name, in: realm, reader) else { throw configs.notFound(name, in: realm) }
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (name, realm) = (request.input["NotebookInstanceName"]?.string ?? "", request.context.realm)
        return OperationResponse(try await workspaces.settled { try workspaces.notebook(name, in: realm, $0) }.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let notebooks = try workspaces.store.read { try workspaces.notebooks.all(in: request.context.realm, $0) }
        let items = notebooks.filter { notebook in
            let more = notebook.members["AdditionalCodeRepositories"]?.list ?? []
            return StudioListing.contains(
                notebook.members["NotebookInstanceLifecycleConfigName"]?.string ?? "",
                input["NotebookInstanceLifecycleConfigNameContains"])
                && StudioListing.contains(
                    notebook.members["DefaultCodeRepository"]?.string ?? "", input["DefaultCodeRepositoryContains"])
                && (input["AdditionalCodeRepositoryEquals"].map { more.contains($0) } ?? true)
        }.map { notebook in
            Listing.Item(
                name: notebook.name, creationTime: notebook.track.createdAt, lastModifiedTime: notebook.track.modifiedAt,
                status: notebook.track.status.rawValue, summary: notebook.summary)
        }
        // AWS: documented — sorted by name; the order is inferred.
        return try StudioListing.answer(request, "NotebookInstances", sortBy: "Name", isAscending: true, items)
    }

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let name = input["NotebookInstanceName"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            var notebook = try workspaces.notebook(name, in: realm, turn.transaction)
            try Self.requireConfig(input, in: realm, turn.transaction)
            if let gigabytes = input["VolumeSizeInGB"]?.int, gigabytes < notebook.members["VolumeSizeInGB"]?.int ?? 0 {
                // AWS: documented that a volume only grows; the text is inferred.
                throw AWSFault.validation("VolumeSizeInGB cannot be smaller than the present volume.")
            }
            do throws(StatusRejection) {
                try notebook.track.update(times: workspaces.times.notebook, at: turn.now)
            } catch {
                throw StudioFaults.notebook(error, notebook.arn)
            }
            let removed = [
                "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
                "DisassociateAcceleratorTypes": "AcceleratorTypes",
                "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
                "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
            ]
            for (member, value) in input.entries where member != "NotebookInstanceName" {
                if let other = removed[member] {
                    if value.bool == true { notebook.members[other] = nil }
                } else {
                    notebook.members[Self.shownAs[member] ?? member] = value
                }
            }
            try workspaces.notebooks.save(notebook, in: turn)
            return OperationResponse()
        }
    }

    private typealias Step = @Sendable (
        inout StatusTrack<NotebookStatus>, StepTimes, SimInstant
    ) throws(StatusRejection) -> Void

    /// Starts, stops or deletes.
    private func change(_ request: OperationRequest, _ step: @escaping Step) async throws -> OperationResponse {
        let (workspaces, realm) = (workspaces, request.context.realm)
        let name = request.input["NotebookInstanceName"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            var notebook = try workspaces.notebook(name, in: realm, turn.transaction)
            do throws(StatusRejection) {
                try step(&notebook.track, workspaces.times.notebook, turn.now)
            } catch {
                throw StudioFaults.notebook(error, notebook.arn)
            }
            try workspaces.notebooks.save(notebook, in: turn)
            return OperationResponse()
        }
    }

    /// A notebook instance's timer is due.
    func settle(_ documentName: String, in realm: Realm, _ turn: Turn) throws {
        guard var notebook = try workspaces.notebooks.find(documentName, in: realm, turn.transaction) else { return }
        guard notebook.track.settle(at: turn.now) else { return try workspaces.notebooks.save(notebook, in: turn) }
        try workspaces.tags.removeAll(of: notebook.arn, in: turn)
        try workspaces.notebooks.remove(notebook, in: turn)
    }
}

extension Workspaces {
    /// The notebook instance of that name. Throws the not-found fault.
    // AWS: recorded — the known text of a missing notebook instance; the stock waiter for deletion takes its code.
    func notebook(_ name: String, in realm: Realm, _ reader: StoreReader) throws -> NotebookRecord {
        guard let notebook = try notebooks.find(name.lowercased(), in: realm, reader) else {
            throw AWSFault.validation("RecordNotFound")
        }
        return notebook
    }
}
