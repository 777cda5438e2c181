import AWSModel
import SimTime
import Store
import Vocabulary

/// A log group as it is stored.
struct LogGroup: Codable, Sendable, Equatable {
    let name: String
    let created: SimInstant
    /// Events older than so many days are gone; nil keeps them for ever.
    var retentionDays: Int?
    var logClass: String
    var kmsKeyID: String?
    var isProtected: Bool
    var tags: [Tag]

    struct Tag: Codable, Sendable, Equatable {
        var key: String
        var value: String
    }

    static let defaultClass = "STANDARD"
    static let tagsMax = 50
    /// AWS: doc — PutRetentionPolicy.
    static let retentionDaysAllowed = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]

    /// The ARN without the trailing `:*`.
    func arn(in realm: Realm) -> String { Self.arn(name, in: realm) }

    static func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: "logs", realm: realm, resource: "log-group:\(name)").description
    }

    /// The earliest instant whose events are kept at `now`.
    func keptSince(_ now: SimInstant) -> SimInstant? { retentionDays.map { now - .days(Int64($0)) } }

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: "logs", type: "group")
    }

    /// The group that a `logGroupIdentifier` names: a name or an ARN; nil for an ARN of something else.
    static func name(ofIdentifier identifier: String) -> String? {
        guard identifier.hasPrefix("arn:") else { return identifier }
        guard let arn = ARN(identifier), arn.service == "logs" else { return nil }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts.count <= 3, parts[0] == "log-group", parts.count == 2 || parts[2] == "*" else { return nil }
        return String(parts[1])
    }
}
