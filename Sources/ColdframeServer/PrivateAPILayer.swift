import APIGatewayService
import Vocabulary

/// The private API of `coldframe.yaml`. Everything has a default: `privateApi: {}` is a whole one.
package struct PrivateAPILayer: Codable, Sendable {
    /// Ten small letters and digits.
    package var id: String?
    package var stage: String?
    package var account: String?
    package var region: String?
    package var vpcEndpoints: [String]?
    /// A pool's id or name.
    package var userPool: String?
    /// A client's id or name.
    package var userPoolClient: String?
    /// A domain's id or name.
    package var domain: String?
    /// The name of the role that makes links.
    package var role: String?
    /// The named network that the presigning function runs in.
    package var functionNetwork: String?
    /// `link`, or `redirect` to it.
    package var answer: String?
    /// Functions of templates that are built in, by ARN or name: `jwt-authorizer` or `presigned-url`.
    package var builtInFunctions: [String: String]?

    static let keys: Set<String> = [
        "id", "stage", "account", "region", "vpcEndpoints", "userPool", "userPoolClient", "domain", "role", "functionNetwork",
        "answer", "builtInFunctions",
    ]

    /// Throws `SettingsProblem`.
    func settings(_ networks: [String]) throws -> PrivateAPISettings {
        var settings = PrivateAPISettings()
        if let id {
            guard id.utf8.count == 10, id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }) else {
                throw SettingsProblem("privateApi.id is \(id); it must be ten small letters and digits.")
            }
            settings.id = id
        }
        if let stage { settings.stage = stage }
        guard let account = AccountID(account ?? AccountID.fallback.digits) else {
            throw SettingsProblem("privateApi.account is \(account ?? ""); it must be 12 digits.")
        }
        guard let region = RegionName(region ?? RegionName.fallback.name) else {
            throw SettingsProblem("privateApi.region is \(region ?? ""), which is not the name of a region.")
        }
        settings.realm = Realm(account: account, region: region)
        settings.vpcEndpoints = vpcEndpoints ?? []
        (settings.userPool, settings.userPoolClient) = (userPool, userPoolClient)
        (settings.domain, settings.role) = (domain, role)
        if let functionNetwork {
            guard networks.contains(functionNetwork) else {
                throw SettingsProblem("privateApi.functionNetwork is \(functionNetwork), which is not one of the networks.")
            }
            settings.functionNetwork = functionNetwork
        }
        switch answer {
        case nil, "link": break
        case "redirect": settings.isRedirecting = true
        case let other?: throw SettingsProblem("privateApi.answer is \(other); it must be \"link\" or \"redirect\".")
        }
        for (name, function) in builtInFunctions ?? [:] {
            guard let known = BuiltInFunction(rawValue: function) else {
                throw SettingsProblem(
                    "privateApi.builtInFunctions: \(function) must be \"jwt-authorizer\" or \"presigned-url\".")
            }
            settings.builtInFunctions[name] = known
        }
        return settings
    }
}
