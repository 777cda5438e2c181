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
    var upstream: String
    var credentialARN: String?
    var customRoleARN: String?
    var upstreamPrefix: String?
    var created: SimInstant
    var updated: SimInstant

    func output(_ realm: Realm) -> AWSObject {
        [
            "ecrRepositoryPrefix": .string(prefix), "upstreamRegistryUrl": .string(upstreamURL),
            "createdAt": .timestamp(created), "registryId": .string(realm.account.digits),
            "upstreamRegistry": .string(upstream), "credentialArn": credentialARN.map { .string($0) },
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
    private static func upstream(of host: String) -> (name: String, wantsCredential: Bool)? {
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
            else { nil }
        }
    }

    var pullThroughOperations: [Operation] {
        let missing = "only upstreams that are registries of this emulator are pulled from; others answer as without a network"
        return [
            writing("CreatePullThroughCacheRule", coverage: .partial(missing), createRule),
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
            reading("ValidatePullThroughCacheRule") { call, reader in
                let rule = try Self.rule(call, reader)
                let source = Self.upstreamRealm(of: rule)
                var output = rule.output(call.realm)
                for name in ["createdAt", "updatedAt", "upstreamRegistry"] { output[name] = nil }
                output["isValid"] = .boolean(source != nil)
                if source == nil {
                    output["failure"] = "The upstream registry cannot be reached: Coldframe pulls only from registries it emulates."
                }
                return output
            },
        ]
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
        guard let upstream = Self.upstream(of: url), call["upstreamRegistry"].map({ $0.string == upstream.name }) ?? true else {
            throw ECRFault.named("UnsupportedUpstreamRegistry", "The specified upstream registry '\(url)' is not supported.")
        }
        if upstream.wantsCredential, call["credentialArn"] == nil {
            throw ECRFault.invalidParameter("credentialArn", "A credential is required for the upstream registry \(upstream.name)")
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

/// Pull-through at work, from registries of this emulator.
// AWS: doc — spec/ecr.md §E9: the repository is created, upstream is looked at again after 24 hours.
extension ECRService {
    private static let upstreamInterval = SimDuration.hours(24)

    /// Brings an image in from upstream when a rule covers the repository and the copy is missing or old.
    /// Where no rule applies, or upstream has no such image, nothing happens: the pull answers what it finds.
    func fetchFromUpstream(_ name: String, _ id: ImageID, in realm: Realm, for principal: Principal) async throws {
        guard let name = RepositoryName(name), principal.account == realm.account.digits else { return }
        let now = timeline.now
        let isNeeded = try store.read { reader in
            guard let rule = try rule(for: name, in: realm, reader), source(of: rule, name.text) != nil
            else { return false }
            guard let repository = try RepositoryTable.find(name, in: realm, reader),
                  let image = try? image(id, in: repository, reader) else { return true }
            return id.digest == nil && image.body.upstreamChecked.map { now - $0 >= Self.upstreamInterval } ?? true
        }
        guard isNeeded else { return }
        try await timeline.turn { turn in
            guard let rule = try self.rule(for: name, in: realm, turn.transaction),
                  let (sourceRealm, sourceName) = self.source(of: rule, name.text),
                  let source = try RepositoryTable.find(sourceName, in: sourceRealm, turn.transaction),
                  let image = try? self.image(id, in: source, turn.transaction), image.status == .active,
                  let target = try RepositoryTable.find(name, in: realm, turn.transaction)
                    ?? self.createFromTemplate(name, in: realm, for: "PULL_THROUGH_CACHE", isRequired: true, turn)
            else { return }
            var copied = try self.copy(image, to: target, in: turn)
            if let tag = id.tag { try ImageTable.setTag(tag, to: copied, turn.transaction) }
            copied = try ImageTable.find(id: copied.id, turn.transaction) ?? copied
            copied.body.upstreamChecked = turn.now
            try ImageTable.update(copied, turn.transaction)
        }
    }

    private func rule(for name: RepositoryName, in realm: Realm, _ reader: StoreReader) throws -> PullThroughRule? {
        let rules = try reader.documents(PullThroughRule.collection(realm), as: PullThroughRule.self)
        guard let prefix = PrefixChoice.best(for: name.text, among: rules.map(\.name)) else { return nil }
        return rules.first { $0.name == prefix }?.value
    }

    /// Where a repository comes from, if its upstream is a registry of this emulator.
    private func source(of rule: PullThroughRule, _ name: String) -> (Realm, RepositoryName)? {
        guard let realm = Self.upstreamRealm(of: rule) else { return nil }
        let bare = PrefixChoice.upstreamName(of: name, under: rule.prefix, upstreamPrefix: rule.upstreamPrefix)
        return RepositoryName(bare).map { (realm, $0) }
    }

    /// The registry of this emulator that a rule pulls from; nil for registries elsewhere.
    private static func upstreamRealm(of rule: PullThroughRule) -> Realm? {
        guard case .registry(let realm)? = RegistryHost(rule.upstreamURL), rule.upstream == "ecr" else { return nil }
        return realm
    }
}
