import AWSModel
import Gateway
import IdentityRules
import SimTime

/// What threat protection does, for one client or for all that have none of their own.
struct RiskConfiguration: Stored {
    static let allClients = "ALL"

    let poolID: String
    let clientID: String
    var settings: AWSObject
    var modified: SimInstant

    static func type(_ poolID: String) -> String { "risk/\(poolID)" }
    var storedName: String { clientID }

    var output: AWSValue {
        var output: AWSObject = ["UserPoolId": .string(poolID)]
        if clientID != Self.allClients { output["ClientId"] = .string(clientID) }
        for (name, value) in settings.entries { output.append(name, value) }
        output["LastModifiedDate"] = .timestamp(modified)
        return .object(output)
    }

    func blocks(_ address: String) -> Bool {
        (settings["RiskExceptionConfiguration"]?["BlockedIPRangeList"]?.texts ?? []).contains {
            AddressRange($0)?.contains(address) ?? false
        }
    }

    /// Whether the user is told of a blocked attempt.
    var notifiesOfBlocks: Bool {
        let takeover = settings["AccountTakeoverRiskConfiguration"]
        return takeover?["NotifyConfiguration"] != nil && takeover?["Actions"]?["HighAction"]?["Notify"]?.bool == true
    }
}

extension CognitoService {
    private static let riskMembers = [
        "CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration",
    ]

    /// SetRiskConfiguration and DescribeRiskConfiguration.
    var riskOperations: [Operation] {
        [
            writing(
                "SetRiskConfiguration",
                coverage: .partial(
                    "blocked address ranges and the passwords that coldframe.yaml lists block; no risk is found in anything else")
            ) { edit, input in
                let pool = try edit.directory.pool(input)
                try pool.requireThreatProtection()
                let id = try input.optionalText("ClientId").map { _ in try edit.directory.client(input, of: pool).id }
                var settings = AWSObject()
                for member in Self.riskMembers { settings[member] = input.object[member] }
                for range in ["BlockedIPRangeList", "SkippedIPRangeList"].flatMap({
                    settings["RiskExceptionConfiguration"]?[$0]?.texts ?? []
                }) where AddressRange(range) == nil {
                    throw AWSFault.invalidParameter("Invalid IP range: \(range).")
                }
                let risk = RiskConfiguration(
                    poolID: pool.id, clientID: id ?? RiskConfiguration.allClients, settings: settings, modified: edit.now)
                try edit.save(risk)
                return ["RiskConfiguration": risk.output]
            },
            reading("DescribeRiskConfiguration") { directory, input in
                let pool = try directory.pool(input)
                try pool.requireThreatProtection()
                let id = try input.optionalText("ClientId").map { _ in try directory.client(input, of: pool).id }
                let risk = try directory.risk(id, in: pool)
                return ["RiskConfiguration": risk?.output ?? ["UserPoolId": .string(pool.id)]]
            },
        ]
    }

    /// Refuses a sign-in from an address the pool blocks, keeps the event, and tells the user where that is wanted.
    func checkRisk(_ user: User?, _ client: Client, _ pool: Pool, _ input: CognitoInput) async throws {
        guard pool.threatProtection == "ENFORCED", let address = Self.callerAddress(input),
              let risk = try directory.risk(client.id, in: pool), risk.blocks(address) else { return }
        if let event = try await record(.signIn, of: user, in: pool, isPassed: false, isBlocked: true, input), risk.notifiesOfBlocks,
           let user, let contact = user.contact(among: ["email"], verifiedOnly: false) {
            let token = try await feedbackToken(event.id, pool)
            try await turn { edit in Self.post(.accountTakeoverNotification, token, to: contact, of: user, in: edit) }
        }
        // AWS: recorded — widely known wording.
        throw AWSFault.notAuthorized("Unable to login because of security reasons.")
    }
}

extension Directory {
    func risk(_ clientID: String?, in pool: Pool) throws -> RiskConfiguration? {
        try clientID.flatMap { try one(RiskConfiguration.self, $0, of: pool) }
            ?? one(RiskConfiguration.self, RiskConfiguration.allClients, of: pool)
    }
}
