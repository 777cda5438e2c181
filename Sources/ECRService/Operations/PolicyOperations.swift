import AWSModel
import Gateway
import RegistryRules
import Store
import Timeline
import Vocabulary

/// Policies of repositories and of the registry.
// AWS: doc — spec/ecr.md §E4.
extension ECRService {
    var policyOperations: [Operation] {
        [
            writing("SetRepositoryPolicy", setRepositoryPolicy),
            reading("GetRepositoryPolicy") { call, reader in
                let repository = try call.repository(reader)
                return try Self.output(of: repository, policy: repository.body.policy)
            },
            writing("DeleteRepositoryPolicy") { call, turn in
                var repository = try call.repository(turn.transaction)
                let output = try Self.output(of: repository, policy: repository.body.policy)
                repository.body.policy = nil
                try RepositoryTable.update(repository, turn.transaction)
                return output
            },
            writing("PutRegistryPolicy") { call, turn in
                let text = call["policyText"]?.string ?? ""
                try Self.check(text, .registry, named: "PolicyText", "Invalid registry policy provided")
                var registry = try RegistryRecord.load(call.realm, turn.transaction)
                registry.policy = text
                try registry.save(call.realm, turn.transaction)
                return ["registryId": .string(call.realm.account.digits), "policyText": .string(text)]
            },
            reading("GetRegistryPolicy") { call, reader in
                try Self.output(of: try RegistryRecord.load(call.realm, reader), call)
            },
            writing("DeleteRegistryPolicy") { call, turn in
                var registry = try RegistryRecord.load(call.realm, turn.transaction)
                let output = try Self.output(of: registry, call)
                registry.policy = nil
                try registry.save(call.realm, turn.transaction)
                return output
            },
        ]
    }

    private func setRepositoryPolicy(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        var repository = try call.repository(turn.transaction)
        let text = call["policyText"]?.string ?? ""
        try Self.check(text, .repository, named: "PolicyText", "Invalid repository policy provided")
        repository.body.policy = text
        try RepositoryTable.update(repository, turn.transaction)
        return try Self.output(of: repository, policy: text)
    }

    /// Throws InvalidParameterException for a text that is no policy of that kind.
    static func check(_ text: String, _ kind: ResourcePolicy.Kind, named name: String, _ constraint: String) throws {
        guard let document = DocumentValue(parsing: Array(text.utf8)), (try? ResourcePolicy.check(document, as: kind)) != nil
        else { throw ECRFault.invalidParameter(name, constraint) }
    }

    private static func output(of repository: RepositoryRecord, policy: String?) throws -> AWSObject {
        guard let policy else { throw ECRFault.repositoryPolicyNotFound(repository) }
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "policyText": .string(policy),
        ]
    }

    private static func output(of registry: RegistryRecord, _ call: ECRRequest) throws -> AWSObject {
        guard let policy = registry.policy else { throw ECRFault.registryPolicyNotFound(call.realm.account.digits) }
        return ["registryId": .string(call.realm.account.digits), "policyText": .string(policy)]
    }
}
