import AWSModel
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// A rule that fills repositories under a prefix from an upstream registry.
struct PullThroughRule: Codable, Sendable, Equatable {
    var prefix: String
    var upstreamURL: String
    /// The model's name; nil for a registry that only `coldframe.yaml` names.
    var upstream: String?
    var credentialARN: String?
    var customRoleARN: String?
    var upstreamPrefix: String?
    var created: SimInstant
    var updated: SimInstant

    func output(_ realm: Realm) -> AWSObject {
        [
            "ecrRepositoryPrefix": .string(prefix), "upstreamRegistryUrl": .string(upstreamURL),
            "createdAt": .timestamp(created), "registryId": .string(realm.account.digits),
            "upstreamRegistry": upstream.map { .string($0) }, "credentialArn": credentialARN.map { .string($0) },
            "customRoleArn": customRoleARN.map { .string($0) },
            "upstreamRepositoryPrefix": upstreamPrefix.map { .string($0) }, "updatedAt": .timestamp(updated),
        ]
    }

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: "ecr", type: "pull-through-rule")
    }
}

extension ECRService {
    private static let rulesMax = 50

    /// Upstreams by host: the model's name, and whether they want a credential.
    // AWS: doc/sdk — spec/ecr.md §E9.
    private func kind(of host: String) -> (name: String?, wantsCredential: Bool)? {
        switch host {
        case "public.ecr.aws": ("ecr-public", false)
        case "quay.io": ("quay", false)
        case "registry.k8s.io": ("k8s", false)
        case "registry-1.docker.io": ("docker-hub", true)
        case "ghcr.io": ("github-container-registry", true)
        case "registry.gitlab.com": ("gitlab-container-registry", true)
        case "cgr.dev": ("chainguard", true)
        default:
            if host.hasSuffix(".azurecr.io") { ("azure-container-registry", true) }
            else if case .registry? = RegistryHost(host) { ("ecr", false) }
            else { settings.upstreams[host].map { _ in (nil, false) } }
        }
    }

    var pullThroughOperations: [Operation] {
        [
            writing("CreatePullThroughCacheRule", createRule),
            writing("UpdatePullThroughCacheRule") { call, turn in
                var rule = try Self.rule(call, turn.transaction)
                if let arn = call["credentialArn"]?.string { rule.credentialARN = arn }
                if let arn = call["customRoleArn"]?.string { rule.customRoleARN = arn }
                rule.updated = turn.now
                try turn.transaction.put(PullThroughRule.collection(call.realm).key(rule.prefix), rule)
                var output = rule.output(call.realm)
                for name in ["createdAt", "upstreamRegistryUrl", "upstreamRegistry"] { output[name] = nil }
                return output
            },
            writing("DeletePullThroughCacheRule") { call, turn in
                let rule = try Self.rule(call, turn.transaction)
                try turn.transaction.delete(PullThroughRule.collection(call.realm).key(rule.prefix))
                var output = rule.output(call.realm)
                for name in ["updatedAt", "upstreamRegistry"] { output[name] = nil }
                return output
            },
            reading("DescribePullThroughCacheRules", describeRules),
            Operation("ValidatePullThroughCacheRule") { [self] request in
                let call = try ECRRequest(request)
                let rule = try store.read { try Self.rule(call, $0) }
                var output = rule.output(call.realm)
                for name in ["createdAt", "updatedAt", "upstreamRegistry"] { output[name] = nil }
                let failure = await obstacle(to: rule)
                output["isValid"] = .boolean(failure == nil)
                output["failure"] = failure.map { .string($0) }
                return OperationResponse(output)
            },
        ]
    }

    /// Why nothing can be pulled by a rule, in words for its owner; nil when all is well.
    private func obstacle(to rule: PullThroughRule) async -> String? {
        switch upstream(of: rule) {
        case .emulated: return nil
        case nil:
            return "The upstream registry cannot be reached: name its address under ecr.upstreams in coldframe.yaml."
        case .remote(let registry):
            do {
                try await registry.check()
                return nil
            } catch {
                return "The upstream registry cannot be used: \(error)."
            }
        }
    }

    private static func rule(_ call: ECRRequest, _ reader: StoreReader) throws -> PullThroughRule {
        let prefix = call["ecrRepositoryPrefix"]?.string ?? ""
        guard let rule = try reader.document(PullThroughRule.collection(call.realm).key(prefix), as: PullThroughRule.self) else {
            throw ECRFault.named(
                "PullThroughCacheRuleNotFound",
                "The Pull Through Cache rule with prefix '\(prefix)' does not exist in the registry with id '\(call.realm.account)'")
        }
        return rule
    }

    private func createRule(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let prefix = call["ecrRepositoryPrefix"]?.string ?? ""
        let url = call["upstreamRegistryUrl"]?.string ?? ""
        guard let upstream = kind(of: url), call["upstreamRegistry"].map({ $0.string == upstream.name }) ?? true else {
            throw ECRFault.named("UnsupportedUpstreamRegistry", "The specified upstream registry '\(url)' is not supported.")
        }
        if upstream.wantsCredential, call["credentialArn"] == nil {
            throw ECRFault.invalidParameter("credentialArn", "A credential is required for the upstream registry \(url)")
        }
        let collection = PullThroughRule.collection(call.realm)
        let rules = try turn.transaction.documents(collection, as: PullThroughRule.self)
        guard !rules.contains(where: { $0.name == prefix }) else {
            throw ECRFault.named(
                "PullThroughCacheRuleAlreadyExists",
                "A pull through cache rule with prefix '\(prefix)' already exists in the registry with id '\(call.realm.account)'")
        }
        guard rules.count < Self.rulesMax else {
            throw ECRFault.limitExceeded("A registry may have at most \(Self.rulesMax) pull through cache rules.")
        }
        let rule = PullThroughRule(
            prefix: prefix, upstreamURL: url, upstream: upstream.name, credentialARN: call["credentialArn"]?.string,
            customRoleARN: call["customRoleArn"]?.string, upstreamPrefix: call["upstreamRepositoryPrefix"]?.string,
            created: turn.now, updated: turn.now)
        try turn.transaction.put(collection.key(prefix), rule)
        var output = rule.output(call.realm)
        output["updatedAt"] = nil
        return output
    }

    private func describeRules(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let rules = try reader.documents(PullThroughRule.collection(call.realm), as: PullThroughRule.self)
        if let prefixes = call["ecrRepositoryPrefixes"]?.list?.compactMap(\.string) {
            let found = try prefixes.map { prefix in
                guard let rule = rules.first(where: { $0.name == prefix }) else {
                    throw ECRFault.named(
                        "PullThroughCacheRuleNotFound",
                        "The Pull Through Cache rule with prefix '\(prefix)' does not exist in the registry with id '\(call.realm.account)'")
                }
                return AWSValue.object(rule.value.output(call.realm))
            }
            return ["pullThroughCacheRules": .list(found)]
        }
        let after = try call.cursor() ?? ""
        let rest = rules.filter { $0.name > after }
        let page = rest.prefix(call.pageSize())
        return [
            "pullThroughCacheRules": .list(page.map { .object($0.value.output(call.realm)) }),
            "nextToken": rest.count > page.count ? call.token(page.last?.name) : nil,
        ]
    }
}
