import AWSModel
import HTTPServer
import SimTime
import Vocabulary

/// What policies hang on: a role, a user or a group. Each keeps its inline policies and attachments in its own record.
protocol PolicyHolder: Codable, Sendable {
    /// The stored document type, and the noun in messages: `role`, `user`, `group`.
    static var noun: String { get }
    /// The noun in operation and member names: `Role`, `User`, `Group`.
    static var label: String { get }
    /// The limit on the characters of all inline policies together, white space not counted.
    static var inlineCharactersMax: Int { get }

    var name: String { get }
    var inlinePolicies: [InlinePolicy] { get set }
    /// ARNs of attached managed policies.
    var attachedPolicies: [String] { get set }
}

extension PolicyHolder {
    /// The input member that names the holder, e.g. `RoleName`.
    static var nameMember: String { label + "Name" }

    /// AWS: doc — IAM quotas, managed policies attached to a role or user.
    static var attachmentsMax: Int { 10 }

    func inlinePolicy(_ name: String) throws -> InlinePolicy {
        guard let policy = inlinePolicies.first(where: { $0.name == name }) else {
            throw AWSFault.noSuchEntity("The \(Self.noun) policy with name \(name) cannot be found.")
        }
        return policy
    }

    /// Throws `DeleteConflict` while anything hangs on the holder. Attachments are looked at first.
    func checkBare() throws {
        guard attachedPolicies.isEmpty else {
            throw AWSFault.deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        guard inlinePolicies.isEmpty else {
            throw AWSFault.deleteConflict("Cannot delete entity, must delete policies first.")
        }
    }
}

struct InlinePolicy: Codable, Sendable, Equatable {
    let name: String
    var document: String
}

/// A role, as stored.
struct Role: PolicyHolder {
    static let noun = "role"
    static let label = "Role"
    /// AWS: doc — IAM quotas.
    static let inlineCharactersMax = 10_240
    /// AWS: doc — IAM quotas, role trust policy length.
    static let trustCharactersMax = 2_048

    let account: AccountID
    let name: String
    let path: String
    let id: String
    let createdAt: SimInstant
    var trustPolicy: String
    var description: String?
    var maxSessionSeconds: Int
    var tags: [Tag]
    var inlinePolicies: [InlinePolicy] = []
    var attachedPolicies: [String] = []
    var permissionsBoundary: String?

    var arn: String { "arn:aws:iam::\(account):role\(path)\(name)" }

    /// Which answer shows the role: each leaves out other members.
    enum Showing { case created, listed, full }

    /// AWS: recorded — spec/support-services.md §F3: CreateRole's answer lacks MaxSessionDuration, GetRole's has an
    /// empty RoleLastUsed. AWS: doc — ListRoles leaves out tags and last use.
    func output(_ showing: Showing) -> AWSValue {
        var role: AWSObject = [
            "Path": .string(path), "RoleName": .string(name), "RoleId": .string(id), "Arn": .string(arn),
            "CreateDate": .timestamp(createdAt), "AssumeRolePolicyDocument": .string(PercentCoding.percentEncoded(trustPolicy)),
            "Description": description.map { .string($0) },
        ]
        if showing != .created { role.append("MaxSessionDuration", .integer(Int64(maxSessionSeconds))) }
        if showing != .listed, let tags = tags.output { role.append("Tags", tags) }
        if showing != .listed, let boundary = boundaryOutput { role.append("PermissionsBoundary", boundary) }
        if showing == .full { role.append("RoleLastUsed", .object([:])) }
        return .object(role)
    }
}

/// A user, as stored.
struct User: PolicyHolder {
    static let noun = "user"
    static let label = "User"
    /// AWS: doc — IAM quotas.
    static let inlineCharactersMax = 2_048

    let account: AccountID
    let name: String
    let path: String
    let id: String
    let createdAt: SimInstant
    var tags: [Tag]
    var inlinePolicies: [InlinePolicy] = []
    var attachedPolicies: [String] = []
    var permissionsBoundary: String?
    /// Names of the groups the user is in; nil for none.
    var groups: [String]?

    var arn: String { "arn:aws:iam::\(account):user\(path)\(name)" }

    /// AWS: doc — ListUsers leaves out tags.
    func output(listed: Bool) -> AWSValue {
        var user: AWSObject = [
            "Path": .string(path), "UserName": .string(name), "UserId": .string(id), "Arn": .string(arn),
            "CreateDate": .timestamp(createdAt),
        ]
        if !listed, let tags = tags.output { user.append("Tags", tags) }
        if !listed, let boundary = boundaryOutput { user.append("PermissionsBoundary", boundary) }
        return .object(user)
    }
}
