import AWSModel
import SimTime
import Store
import Vocabulary

/// A REST API with everything that belongs to it, as stored: one document.
struct RestAPI: Codable, Sendable {
    /// AWS: doc — spec/studio.md §C1: ten letters and digits.
    let id: String
    let realm: Realm
    let createdAt: SimInstant
    let rootResourceID: String
    /// What CreateRestApi and UpdateRestApi were given, as GetRestApi shows it.
    var members: AWSObject
    /// With abbreviated resources written out.
    var policy: String?
    var tags: [String: String]
    var resources: [APIResource]
    var authorizers: [AWSObject] = []
    var deployments: [APIDeployment] = []
    var stages: [APIStage] = []

    static let collection = DocumentCollection(.shared, service: "apigateway", type: "rest-api")

    var key: DocumentKey { Self.collection.key(id) }

    var arn: String { "arn:aws:apigateway:\(realm.region)::/restapis/\(id)" }

    /// `EDGE`, `REGIONAL` or `PRIVATE`.
    var isPrivate: Bool {
        members["endpointConfiguration"]?["types"]?.list?.contains(.string("PRIVATE")) ?? false
    }

    func resource(_ id: String) -> APIResource? { resources.first { $0.id == id } }

    /// What a deployment keeps of the API as it is now.
    var snapshot: APISnapshot { APISnapshot(resources: resources, authorizers: authorizers, policy: policy) }

    /// AWS: doc — the create and get calls of REST APIs.
    var output: AWSObject {
        var output: AWSObject = ["id": .string(id), "createdDate": .timestamp(createdAt)]
        for entry in members.entries { output.append(entry.key, entry.value) }
        output.append("rootResourceId", .string(rootResourceID))
        if let policy { output.append("policy", .string(policy)) }
        if !tags.isEmpty { output.append("tags", .object(texts: tags)) }
        return output
    }
}

/// One path of an API.
struct APIResource: Codable, Sendable {
    let id: String
    /// Nil for `/`.
    let parentID: String?
    var pathPart: String?
    /// E.g. `/{user_id+}`.
    var path: String
    /// By HTTP method, `ANY` included; as GetMethod shows them.
    var methods: [String: AWSObject] = [:]

    var output: AWSObject {
        var output: AWSObject = [
            "id": .string(id), "parentId": parentID.map { .string($0) }, "pathPart": pathPart.map { .string($0) },
            "path": .string(path),
        ]
        if !methods.isEmpty {
            output.append("resourceMethods", .object(AWSObject(methods.sorted { $0.key < $1.key }.map { ($0.key, [:]) })))
        }
        return output
    }
}

/// An API as it was deployed: later changes do not reach callers before the next deployment.
struct APISnapshot: Codable, Sendable {
    var resources: [APIResource]
    var authorizers: [AWSObject]
    var policy: String?
}

struct APIDeployment: Codable, Sendable {
    let id: String
    var description: String?
    let createdAt: SimInstant
    let snapshot: APISnapshot

    var output: AWSObject {
        [
            "id": .string(id), "description": description.map { .string($0) }, "createdDate": .timestamp(createdAt),
        ]
    }
}

/// A name under which a deployment is called.
struct APIStage: Codable, Sendable {
    let name: String
    var deploymentID: String
    var description: String?
    var variables: [String: String]
    var tags: [String: String]
    let createdAt: SimInstant
    var updatedAt: SimInstant

    var output: AWSObject {
        [
            "stageName": .string(name), "deploymentId": .string(deploymentID),
            "description": description.map { .string($0) }, "cacheClusterEnabled": false,
            "cacheClusterStatus": "NOT_AVAILABLE", "methodSettings": [:],
            "variables": variables.isEmpty ? nil : .object(texts: variables), "tracingEnabled": false,
            "tags": tags.isEmpty ? nil : .object(texts: tags), "createdDate": .timestamp(createdAt),
            "lastUpdatedDate": .timestamp(updatedAt),
        ]
    }
}

extension AWSObject {
    init(_ entries: [(String, AWSValue)]) {
        self.init()
        for entry in entries { append(entry.0, entry.1) }
    }

    /// A map of texts, ordered by key.
    init(texts: [String: String]) { self.init(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }) }

    /// A member that is a map of texts.
    func texts(_ member: String) -> [String: String] {
        Dictionary((self[member]?.object?.entries ?? []).compactMap { entry in
            entry.value.string.map { (entry.key, $0) }
        }, uniquingKeysWith: { $1 })
    }
}

extension AWSValue {
    static func object(texts: [String: String]) -> AWSValue { .object(AWSObject(texts: texts)) }
}
