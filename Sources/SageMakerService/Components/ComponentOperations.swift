import AWSModel
import DeclaredResources
import Gateway
import HostingRules
import SimTime
import Store
import Timeline
import Vocabulary

/// The operations on inference components.
struct ComponentOperations: Sendable {
    let timeline: Timeline
    let shell: EndpointShell
    let tags: TagLedger
    let images: (any ImageResolver)?
    let settings: HostingSettings

    private var components: ComponentShell { shell.housing.shell }

    var operations: [Operation] {
        let partial = Operation.Coverage.partial("Specifications by instance type, availability zone balance")
        return [
            Operation("CreateInferenceComponent", coverage: partial, behavior: create),
            Operation("DescribeInferenceComponent", behavior: describe),
            Operation("ListInferenceComponents", behavior: list),
            Operation("UpdateInferenceComponent", coverage: partial, behavior: update),
            Operation("UpdateInferenceComponentRuntimeConfig", behavior: updateRuntimeConfig),
            Operation("DeleteInferenceComponent", behavior: delete),
        ]
    }

    private func name(in request: OperationRequest) -> String { request.input["InferenceComponentName"]?.string ?? "" }

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (name, realm, input) = (name(in: request), request.context.realm, request.input)
        let (shell, components, tags, images, profile) = (shell, components, tags, images, settings.provisioning)
        let arn = ComponentFaults.arn(name, in: realm)
        try await timeline.turn { turn in
            let key = ComponentKey(realm, name)
            let endpoint = try shell.record(input["EndpointName"]?.string ?? "", in: realm, turn)
            guard try turn.transaction.document(key.document, as: ComponentRecord.self) == nil else {
                throw ComponentFaults.alreadyExists(name, in: realm)
            }
            guard endpoint.endpoint.status.isInvocable else {
                throw EndpointFaults.fault(EndpointRejection.busy(endpoint.endpoint.status), on: endpoint.arn)
            }
            let specification = try ComponentInput(realm: realm, images: images).specification(
                input, of: name, operation: "CreateInferenceComponent", at: turn.now, turn.transaction)
            let base = try specification.members["BaseInferenceComponentName"]?.string.map {
                try components.record($0, in: realm, turn)
            }
            let variant = try variant(input, of: endpoint, base: base)
            guard base != nil || input["RuntimeConfig"] != nil else {
                throw AWSFault.validation("Specify a RuntimeConfig for the inference component \(name).")
            }
            do {
                let (component, actions) = try InferenceComponent.create(
                    ComponentName(name), copyCount: input["RuntimeConfig"]?["CopyCount"]?.int ?? 1, profile: profile,
                    at: turn.now)
                let record = ComponentRecord(
                    name: name, arn: arn, realm: realm, endpointName: endpoint.name,
                    endpointCreatedAt: endpoint.endpoint.createdAt, variantName: variant, baseName: base?.name,
                    component: component, specifications: [1: specification])
                try tags.set(input["Tags"], on: arn, in: turn)
                try components.perform(actions, on: record, in: turn)
            } catch let rejection as ComponentRejection {
                throw ComponentFaults.fault(rejection, on: arn)
            }
            try shell.lookAtComponents(of: endpoint.key, in: turn)
        }
        return OperationResponse(["InferenceComponentArn": .string(arn)])
    }

    /// The variant that the copies are for: the base's for an adapter, else the one that is named.
    // AWS: inferred texts.
    private func variant(_ input: AWSObject, of endpoint: EndpointRecord, base: ComponentRecord?) throws -> String {
        if let base {
            guard base.belongs(to: endpoint), base.baseName == nil else {
                throw AWSFault.validation(
                    "The base inference component \(base.name) does not serve on the endpoint \(endpoint.name).")
            }
            guard base.component.status == .inService else {
                throw AWSFault.validation("The base inference component \(base.name) is not in service.")
            }
            return base.variantName
        }
        guard let name = input["VariantName"]?.string else {
            throw AWSFault.validation("Specify the VariantName that hosts the inference component.")
        }
        guard let plan = endpoint.endpoint.fleets.first(where: { $0.variant.text == name })?.plan else {
            throw AWSFault.validation("The endpoint has no production variant named \(name).")
        }
        guard plan.modelName == nil else {
            throw AWSFault.validation(
                "The production variant \(name) serves a model; inference components need a variant without ModelName.")
        }
        return name
    }

    /// Held for the next status change like DescribeEndpoint (DESIGN §3).
    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let key = ComponentKey(request.context.realm, name(in: request))
        guard var hosted = components.directory.component(key) else {
            throw ComponentFaults.notFound(key.name, in: key.realm)
        }
        if settings.describeWaitsSeconds > 0, timeline.clock.mode == .follow,
           let change = hosted.record.component.nextStatusChange(
            at: timeline.now, notAfter: timeline.now + SimDuration(
                milliseconds: Int64(settings.describeWaitsSeconds * 1000 * timeline.clock.scale)))
        {
            await timeline.wait(until: change, atMostRealSeconds: settings.describeWaitsSeconds)
            guard let later = components.directory.component(key) else {
                throw ComponentFaults.notFound(key.name, in: key.realm)
            }
            hosted = later
        }
        return OperationResponse(ComponentOutput.describe(hosted.record))
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        var records = components.directory.components(in: request.context.realm)
        if let endpoint = input["EndpointNameEquals"]?.string { records.removeAll { $0.endpointName != endpoint } }
        if let variant = input["VariantNameEquals"]?.string { records.removeAll { $0.variantName != variant } }
        let page = try Listing(input, operation: "ListInferenceComponents").page(records.map { record in
            Listing.Item(
                name: record.name, creationTime: record.component.createdAt,
                lastModifiedTime: record.component.lastModifiedAt, status: record.component.status.rawValue,
                summary: ComponentOutput.summary(record))
        })
        return OperationResponse([
            "InferenceComponents": .list(page.summaries), "NextToken": page.nextToken.map { .string($0) },
        ])
    }

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm, images) = (request.input, request.context.realm, images)
        let count = input["RuntimeConfig"]?["CopyCount"]?.int
        let config = input["DeploymentConfig"].map { ComponentDeploymentConfig($0) }
        let hasSpecification = input["Specification"] != nil || input["Specifications"] != nil
        return try await change(request) { record, turn in
            if record.baseName != nil, count != nil { throw Self.adapterHasNoCopies(record.name) }
            guard hasSpecification else {
                guard let count else { throw ComponentRejection.noChanges }
                return try record.component.setCopyCount(count, at: turn.now)
            }
            let specification = try ComponentInput(realm: realm, images: images).specification(
                input, of: record.name, operation: "UpdateInferenceComponent", former: record.current, at: turn.now,
                turn.transaction)
            guard specification.members["BaseInferenceComponentName"]?.string == record.baseName else {
                throw AWSFault.validation("The base of an inference component cannot be changed.")
            }
            let revision = (record.specifications.keys.max() ?? 0) + 1
            let actions = try record.component.update(to: revision, copyCount: count, config: config, at: turn.now)
            record.specifications[revision] = specification
            return actions
        }
    }

    private func updateRuntimeConfig(_ request: OperationRequest) async throws -> OperationResponse {
        try await setCopyCount(
            request.input["DesiredRuntimeConfig"]?["CopyCount"]?.int ?? 0, of: name(in: request), request.context.realm)
    }

    private func setCopyCount(_ count: Int, of name: String, _ realm: Realm) async throws -> OperationResponse {
        try await change(name, realm) { record, turn in
            if record.baseName != nil { throw Self.adapterHasNoCopies(record.name) }
            return try record.component.setCopyCount(count, at: turn.now)
        }
    }

    // AWS: inferred — an adapter is wherever its base is.
    private static func adapterHasNoCopies(_ name: String) -> AWSFault {
        .validation("The copy count of the adapter inference component \(name) is that of its base.")
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let tags = tags
        _ = try await change(request) { record, turn in
            let adapters = try turn.transaction.documents(
                ComponentKey.collection(in: record.realm), as: ComponentRecord.self
            ).map(\.value).filter { $0.baseName == record.name }
            // AWS: inferred.
            if let adapter = adapters.first {
                throw AWSFault.validation(
                    "Cannot delete inference component \"\(record.arn)\": the adapter \(adapter.name) depends on it.")
            }
            let actions = try record.component.delete(at: turn.now)
            try tags.removeAll(of: record.arn, in: turn)
            return actions
        }
        return OperationResponse()
    }

    // MARK: One change

    private func change(
        _ request: OperationRequest,
        _ event: @escaping @Sendable (inout ComponentRecord, Turn) throws -> [ComponentAction]
    ) async throws -> OperationResponse {
        try await change(name(in: request), request.context.realm, event)
    }

    /// Loads the component, lets the rules decide, performs what they say, and finds machines for what is wanted.
    private func change(
        _ name: String, _ realm: Realm,
        _ event: @escaping @Sendable (inout ComponentRecord, Turn) throws -> [ComponentAction]
    ) async throws -> OperationResponse {
        let (shell, components) = (shell, components)
        let arn = try await timeline.turn { turn in
            var record = try components.record(name, in: realm, turn)
            do {
                let actions = try event(&record, turn)
                try components.perform(actions, on: record, in: turn)
            } catch let rejection as ComponentRejection {
                throw ComponentFaults.fault(rejection, on: record.arn)
            }
            try shell.lookAtComponents(of: record.endpointKey, in: turn)
            return record.arn
        }
        return OperationResponse(["InferenceComponentArn": .string(arn)])
    }
}
