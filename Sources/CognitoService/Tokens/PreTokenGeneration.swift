import AWSModel
import IdentityRules

extension CognitoService {
    /// Asks the pre-token-generation trigger, in the version of its event that the pool wants.
    // AWS: doc — spec/cognito.md §D16 for version 1; versions 2 and 3 also change access tokens and take claims of any kind.
    func preTokenGeneration(_ issue: TokenIssue) async throws -> ClaimOverrides {
        guard let (_, version) = Trigger.preTokenGeneration.function(of: issue.pool) else { return ClaimOverrides() }
        let groups = issue.subject.rankedGroups
        let details = version == "1" ? "claimsOverrideDetails" : "claimsAndScopeOverrideDetails"
        let answer = try await fire(
            .preTokenGeneration, issue.source, pool: issue.pool, clientID: issue.client.id, username: issue.user.username,
            attributes: issue.user.shownAttributes,
            request: [
                "groupConfiguration": [
                    "groupsToOverride": .list(ofTexts: groups.map(\.name)),
                    "iamRolesToOverride": .list(ofTexts: groups.compactMap(\.roleARN)),
                    "preferredRole": issue.subject.preferredRole.map { .string($0) } ?? .null,
                ],
                "scopes": version == "1" ? nil : .list(ofTexts: issue.occasion.scopes),
            ],
            response: AWSObject(dictionaryLiteral: (details, .null)), metadata: issue.metadata)
        return Self.overrides(answer?[details], version: version)
    }

    /// The same for a machine's token, which only version 3 asks about.
    func preTokenGeneration(
        machine client: Client, _ pool: Pool, scopes: [String], metadata: [String: String]
    ) async throws -> ClaimOverrides {
        guard let (_, version) = Trigger.preTokenGeneration.function(of: pool), version == "3" else { return ClaimOverrides() }
        let answer = try await fire(
            .preTokenGeneration, "TokenGeneration_ClientCredentials", pool: pool, clientID: client.id, username: client.id,
            attributes: [], request: ["scopes": .list(ofTexts: scopes)],
            response: ["claimsAndScopeOverrideDetails": .null], metadata: metadata)
        return Self.overrides(answer?["claimsAndScopeOverrideDetails"], version: version)
    }

    private static func overrides(_ details: AWSValue?, version: String) -> ClaimOverrides {
        var overrides = ClaimOverrides()
        guard let details else { return overrides }
        let id = version == "1" ? details : details["idTokenGeneration"], access = details["accessTokenGeneration"]
        // Version 1 takes texts only.
        overrides.added = claims(id).filter { version != "1" || $0.value.isText }
        overrides.suppressed = id?["claimsToSuppress"]?.texts ?? []
        if version != "1" {
            overrides.accessAdded = claims(access)
            overrides.accessSuppressed = access?["claimsToSuppress"]?.texts ?? []
            overrides.scopesAdded = access?["scopesToAdd"]?.texts ?? []
            overrides.scopesSuppressed = access?["scopesToSuppress"]?.texts ?? []
        }
        let groups = details["groupOverrideDetails"]
        overrides.groups = groups?["groupsToOverride"]?.texts
        overrides.roles = groups?["iamRolesToOverride"]?.texts
        overrides.preferredRole = groups?["preferredRole"]?.string
        return overrides
    }

    private static func claims(_ generation: AWSValue?) -> [(name: String, value: ClaimValue)] {
        (generation?["claimsToAddOrOverride"]?.object?.entries ?? []).compactMap { entry in
            entry.value.claim.map { (entry.key, $0) }
        }
    }
}

extension ClaimValue {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
}
