import SimTime

/// A long-term key of a user or of the account's root, as stored.
struct AccessKey: Codable, Sendable {
    enum Status: String, Codable, Sendable {
        case active = "Active"
        case inactive = "Inactive"
    }

    let id: String
    let secret: Secret
    /// Nil for a key of root.
    let userName: String?
    let principalARN: String
    /// IAM's unique id of the user, or the account id for root.
    let userID: String
    var status: Status
    let createdAt: SimInstant
}

/// A temporary key with its session, as stored. Sessions outlive the role or user they came from.
struct Session: Codable, Sendable {
    let id: String
    let secret: Secret
    let token: Secret
    let principalARN: String
    let userID: String
    let expiresAt: SimInstant
    /// The role's own ARN, path included, for the sessions of AssumeRole.
    var roleARN: String?
    /// Handed on to every session that is opened from this one.
    var sourceIdentity: String?
    /// The session policy's document.
    var policy: String?
    /// The managed policies that limit the session too.
    var policyARNs: [String]?
    /// The session tags.
    var tags: [Tag]?
}
