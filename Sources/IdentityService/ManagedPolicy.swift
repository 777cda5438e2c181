import AWSModel
import HTTPServer
import SimTime
import Vocabulary

/// A managed policy with its versions: a customer's, as stored, or one of AWS's own.
struct ManagedPolicy: Codable, Sendable {
    /// AWS: doc — spec/support-services.md §F3.
    static let versionsMax = 5
    /// AWS: doc — IAM quotas, managed policy length; white space not counted.
    static let charactersMax = 6_144

    struct Version: Codable, Sendable {
        let number: Int
        let document: String
        let createdAt: SimInstant

        var id: String { "v\(number)" }
    }

    /// Nil for AWS's own.
    let account: AccountID?
    let name: String
    let path: String
    let id: String
    let description: String?
    let createdAt: SimInstant
    var updatedAt: SimInstant
    /// In order of creation; the default version is always among them.
    var versions: [Version]
    var defaultNumber: Int
    var nextNumber: Int
    let tags: [Tag]

    /// A new policy with its first version.
    init(
        account: AccountID?, name: String, path: String, id: String, description: String?, document: String,
        tags: [Tag] = [], createdAt: SimInstant
    ) {
        self.account = account
        self.name = name
        self.path = path
        self.id = id
        self.description = description
        self.createdAt = createdAt
        updatedAt = createdAt
        versions = [Version(number: 1, document: document, createdAt: createdAt)]
        defaultNumber = 1
        nextNumber = 2
        self.tags = tags
    }

    var arn: String { "arn:aws:iam::\(account?.digits ?? "aws"):policy\(path)\(name)" }

    func version(_ id: String) throws -> Version {
        guard let version = versions.first(where: { $0.id == id }) else {
            // AWS: inferred.
            throw AWSFault.noSuchEntity("Policy \(arn) version \(id) does not exist or is not attachable.")
        }
        return version
    }

    /// AWS: doc — the list leaves out description and tags.
    func output(listed: Bool, attachmentCount: Int) -> AWSValue {
        var policy: AWSObject = [
            "PolicyName": .string(name), "PolicyId": .string(id), "Arn": .string(arn), "Path": .string(path),
            "DefaultVersionId": .string("v\(defaultNumber)"), "AttachmentCount": .integer(Int64(attachmentCount)),
            "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
            "CreateDate": .timestamp(createdAt), "UpdateDate": .timestamp(updatedAt),
        ]
        if !listed {
            if let description { policy.append("Description", .string(description)) }
            if let tags = tags.output { policy.append("Tags", tags) }
        }
        return .object(policy)
    }

    /// GetPolicyVersion alone shows the document.
    func output(_ version: Version, showingDocument: Bool) -> AWSValue {
        [
            "VersionId": .string(version.id), "IsDefaultVersion": .boolean(version.number == defaultNumber),
            "CreateDate": .timestamp(version.createdAt),
            "Document": showingDocument ? .string(PercentCoding.percentEncoded(version.document)) : nil,
        ]
    }
}

/// How often an account uses a managed policy, kept beside the policy because AWS's own have no record to keep it in.
struct PolicyUse: Codable, Sendable {
    var attachmentCount: Int
}
