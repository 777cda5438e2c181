import HostingRules
import SimTime
import Store
import Vocabulary

/// Which endpoint: SageMaker compares names of endpoints without regard to case when it creates one, and keeps the case.
// AWS: doc — spec/hosting.md §0.
struct EndpointKey: Hashable, Sendable {
    let realm: Realm
    /// The name in lower case.
    let foldedName: String

    init(_ realm: Realm, _ name: String) {
        self.realm = realm
        foldedName = name.lowercased()
    }

    /// Reads `owner`; nil when it is not the text of one.
    init?(owner: String) {
        let parts = owner.split(separator: "/", maxSplits: 2).map(String.init)
        guard parts.count == 3, let account = AccountID(parts[0]), let region = RegionName(parts[1]) else { return nil }
        self.init(Realm(account: account, region: region), parts[2])
    }

    /// The owner of the endpoint's timers.
    var owner: String { "\(realm)/\(foldedName)" }

    var document: DocumentKey { DocumentCollection(realm, service: "sagemaker", type: "endpoint").key(foldedName) }
}

/// An endpoint as it is stored: the machine of the rules, and which container each of its fleets runs.
struct EndpointRecord: Codable, Sendable, Equatable {
    /// As the client spelled it.
    let name: String
    let arn: String
    let realm: Realm
    var endpoint: Endpoint
    /// By fleet number: a fleet keeps its container when the model behind it is deleted or made anew.
    var containers: [Int: ContainerIdentity]
    /// By fleet number: what the configuration that a fleet came with says of the endpoint as a whole.
    var features: [Int: EndpointFeatures]?
    /// By variant: since when managed scaling has had machines to spare.
    var idleSince: [String: SimInstant]?
    /// True while machines for copies of inference components are on their way.
    var awaitsMachines: Bool?

    var key: EndpointKey { EndpointKey(realm, name) }

    /// What holds for the endpoint now: the configuration that serves, or is being created, decides.
    var currentFeatures: EndpointFeatures? {
        endpoint.fleets.first.flatMap { features?[$0.id.number] }
    }

    /// Gives the fleets that have none yet what their configuration means, and forgets that of fleets that are gone.
    mutating func assign(_ config: ResolvedConfig) {
        let fleets = endpoint.fleets + endpoint.greenFleets
        var features = features ?? [:]
        for fleet in fleets where containers[fleet.id.number] == nil {
            containers[fleet.id.number] = config.containers[fleet.plan.modelName?.text ?? ""]
            features[fleet.id.number] = config.features
        }
        let living = Set(fleets.map(\.id.number))
        containers = containers.filter { living.contains($0.key) }
        self.features = features.filter { living.contains($0.key) }
    }
}
