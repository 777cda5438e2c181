import AWSModel
import HostingRules
import SimTime
import Store
import Vocabulary

/// Which inference component: names are unique within an account and region.
struct ComponentKey: Hashable, Sendable {
    let realm: Realm
    let name: String

    /// Reads `owner`; nil when it is not the text of one.
    init?(owner: String) {
        let parts = owner.split(separator: "/", maxSplits: 2).map(String.init)
        guard parts.count == 3, let account = AccountID(parts[0]), let region = RegionName(parts[1]) else { return nil }
        self.init(Realm(account: account, region: region), parts[2])
    }

    init(_ realm: Realm, _ name: String) {
        self.realm = realm
        self.name = name
    }

    /// The owner of the component's timers.
    var owner: String { "\(realm)/\(name)" }

    var document: DocumentKey { Self.collection(in: realm).key(name) }

    static func collection(in realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: "sagemaker", type: "inference-component")
    }
}

/// What a copy of a component runs and needs.
struct ComponentSpecification: Codable, Sendable, Equatable {
    /// As the client gave it, with defaults filled in.
    var members: AWSObject
    var container: ContainerIdentity
    /// The image's tag and digest; nil for an adapter, which runs in its base's container.
    var image: ImagePlan?
    var imageResolvedAt: SimInstant
    /// Nil for an adapter: it needs nothing beside its base.
    var demand: ComponentDemand?
    var strategy: ComponentPlacement.Strategy
}

/// An inference component as it is stored.
struct ComponentRecord: Codable, Sendable, Equatable {
    let name: String
    let arn: String
    let realm: Realm
    /// As the client spelled it.
    let endpointName: String
    /// Tells the endpoint from a later one of the same name.
    let endpointCreatedAt: SimInstant
    let variantName: String
    /// The component that an adapter belongs to.
    let baseName: String?
    var component: InferenceComponent
    /// By revision; those that no copy runs any more are forgotten.
    var specifications: [Int: ComponentSpecification]

    var key: ComponentKey { ComponentKey(realm, name) }
    var endpointKey: EndpointKey { EndpointKey(realm, endpointName) }
    var endpointARN: String { EndpointFaults.arn(endpointName, in: realm) }

    /// The specification that serves, or is to serve.
    var current: ComponentSpecification? { specifications[component.revision] }

    func belongs(to endpoint: EndpointRecord) -> Bool {
        endpoint.key == endpointKey && endpoint.endpoint.createdAt == endpointCreatedAt
    }

    mutating func forgetUnusedSpecifications() {
        let used = component.revisionsInUse
        specifications = specifications.filter { used.contains($0.key) }
    }
}
