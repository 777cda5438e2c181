import AWSModel
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// What repositories get that are created by a push, a replication or a pull.
struct CreationTemplate: Codable, Sendable, Equatable {
    var prefix: String
    var description: String?
    var appliedFor: [String]
    var customRoleARN: String?
    var repositoryPolicy: String?
    var lifecyclePolicy: String?
    /// Mutability, encryption and tags.
    var body: RepositoryBody
    var hasMutability: Bool
    var encryption: AWSObject?
    var created: SimInstant
    var updated: SimInstant

    var output: AWSValue {
        [
            "prefix": .string(prefix), "description": description.map { .string($0) },
            "encryptionConfiguration": .object(encryption ?? ["encryptionType": "AES256"]),
            "resourceTags": body.tags.isEmpty ? nil : ResourceTags.output(body.tags),
            "imageTagMutability": .string(body.mutability), "imageTagMutabilityExclusionFilters": body.filtersOutput,
            "repositoryPolicy": repositoryPolicy.map { .string($0) }, "lifecyclePolicy": lifecyclePolicy.map { .string($0) },
            "appliedFor": .list(appliedFor.map { .string($0) }), "customRoleArn": customRoleARN.map { .string($0) },
            "createdAt": .timestamp(created), "updatedAt": .timestamp(updated),
        ]
    }

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: "ecr", type: "creation-template")
    }

    /// Takes over the members that an input has. Throws InvalidParameterException.
    mutating func apply(_ input: AWSObject, in realm: Realm) throws {
        if let text = input["description"]?.string { description = text }
        if let list = input["appliedFor"]?.list { appliedFor = list.compactMap(\.string) }
        if let text = input["customRoleArn"]?.string { customRoleARN = text }
        if input["imageTagMutability"] != nil || input["imageTagMutabilityExclusionFilters"] != nil {
            try body.setMutability(input)
            hasMutability = true
        }
        if let encryption = input["encryptionConfiguration"]?.object {
            self.encryption = encryption
            body.setEncryption(.object(encryption), in: realm)
        }
        if input["resourceTags"] != nil { body.tags = try ResourceTags.adding(input["resourceTags"], to: []) }
        if let text = input["repositoryPolicy"]?.string {
            if !text.isEmpty {
                try ECRService.check(text, .repository, named: "repositoryPolicy", "Invalid repository policy provided")
            }
            repositoryPolicy = text.isEmpty ? nil : text
        }
        if let text = input["lifecyclePolicy"]?.string {
            if !text.isEmpty { _ = try ECRService.lifecyclePolicy(text) }
            lifecyclePolicy = text.isEmpty ? nil : text
        }
    }
}

// AWS: doc/sdk — spec/ecr.md §E4.
extension ECRService {
    var templateOperations: [Operation] {
        [
            writing("CreateRepositoryCreationTemplate") { call, turn in
                let prefix = call["prefix"]?.string ?? ""
                let key = CreationTemplate.collection(call.realm).key(prefix)
                guard try turn.transaction.document(key, as: CreationTemplate.self) == nil else {
                    throw ECRFault.named(
                        "TemplateAlreadyExists",
                        "The Template with prefix '\(prefix)' already exists in the registry with id '\(call.realm.account)'")
                }
                var template = CreationTemplate(
                    prefix: prefix, appliedFor: [], body: RepositoryBody(), hasMutability: false, created: turn.now, updated: turn.now)
                try template.apply(call.input, in: call.realm)
                try turn.transaction.put(key, template)
                return Self.output(template, call)
            },
            writing("UpdateRepositoryCreationTemplate") { call, turn in
                var template = try Self.template(call, turn.transaction)
                try template.apply(call.input, in: call.realm)
                template.updated = turn.now
                try turn.transaction.put(CreationTemplate.collection(call.realm).key(template.prefix), template)
                return Self.output(template, call)
            },
            writing("DeleteRepositoryCreationTemplate") { call, turn in
                let template = try Self.template(call, turn.transaction)
                try turn.transaction.delete(CreationTemplate.collection(call.realm).key(template.prefix))
                return Self.output(template, call)
            },
            reading("DescribeRepositoryCreationTemplates") { call, reader in
                let named = call["prefixes"]?.list?.compactMap(\.string)
                let after = try call.cursor() ?? ""
                let all = try reader.documents(CreationTemplate.collection(call.realm), as: CreationTemplate.self)
                    .filter { $0.name > after && named?.contains($0.name) ?? true }
                let page = all.prefix(call.pageSize())
                return [
                    "registryId": .string(call.realm.account.digits),
                    "repositoryCreationTemplates": .list(page.map(\.value.output)),
                    "nextToken": all.count > page.count ? call.token(page.last?.name) : nil,
                ]
            },
        ]
    }

    private static func output(_ template: CreationTemplate, _ call: ECRRequest) -> AWSObject {
        ["registryId": .string(call.realm.account.digits), "repositoryCreationTemplate": template.output]
    }

    private static func template(_ call: ECRRequest, _ reader: StoreReader) throws -> CreationTemplate {
        let prefix = call["prefix"]?.string ?? ""
        guard let template = try reader.document(CreationTemplate.collection(call.realm).key(prefix), as: CreationTemplate.self) else {
            throw ECRFault.named(
                "TemplateNotFound",
                "The Template with prefix '\(prefix)' does not exist in the registry with id '\(call.realm.account)'")
        }
        return template
    }

    /// The best template for a repository that is to be made for `reason`; nil when there is none.
    static func template(
        for name: RepositoryName, in realm: Realm, reason: String, _ reader: StoreReader
    ) throws -> CreationTemplate? {
        let templates = try reader.documents(CreationTemplate.collection(realm), as: CreationTemplate.self)
            .map(\.value).filter { $0.appliedFor.contains(reason) }
        let best = PrefixChoice.best(for: name.text, among: templates.map(\.prefix))
        return templates.first { $0.prefix == best }
    }

    /// Creates a repository that nobody created, as the best template for `reason` says. Without one, with default
    /// settings if it `isRequired`, else not at all.
    func createFromTemplate(
        _ name: RepositoryName, in realm: Realm, for reason: String, isRequired: Bool, _ turn: Turn
    ) throws -> RepositoryRecord? {
        let template = try Self.template(for: name, in: realm, reason: reason, turn.transaction)
        guard template != nil || isRequired else { return nil }
        var body = template?.body ?? RepositoryBody()
        body.policy = template?.repositoryPolicy
        body.lifecyclePolicy = template?.lifecyclePolicy
        return try RepositoryTable.insert(name, in: realm, created: turn.now, body, turn.transaction)
    }
}
