import AWSModel
import SimTime
import Vocabulary
import WorkspaceRules

/// A Studio domain as it is stored.
struct DomainRecord: ShelvedRecord {
    static let type = "domain"

    let realm: Realm
    /// `d-` and twelve letters or digits.
    let id: String
    let name: String
    /// What Create was given and Update changed, with defaults, without name and tags; shown by Describe as it is.
    var members: AWSObject
    let homeFileSystemID: String
    /// The security group at the domain's boundary; nil where there is none.
    let boundarySecurityGroupID: String?
    /// What Identity Center calls the domain's application; nil unless it manages the sign-in.
    let application: String?
    /// The POSIX user id of the next profile or space.
    // AWS: documented example 200001, else inferred — spec/studio.md §A2.
    var nextUserID = 200_001
    var track: StatusTrack<WorkspaceStatus>

    var documentName: String { id }
    var changesAt: SimInstant? { track.pending?.at }
    var arn: String { ARN(service: "sagemaker", realm: realm, resource: "domain/\(id)").description }

    // AWS: documented — spec/studio.md §A2.
    var url: String { "https://\(id).studio.\(realm.region).sagemaker.aws" }

    /// RStudio's settings; nil when the domain has none.
    var rStudio: AWSValue? { members["DomainSettings"]?["RStudioServerProDomainSettings"] }

    var usesSingleSignOn: Bool { members["AuthMode"]?.string == "SSO" }

    mutating func drawUserID() -> String {
        defer { nextUserID += 1 }
        return String(nextUserID)
    }

    /// Throws unless things can be made in the domain.
    // AWS: inferred.
    func requireInService(for noun: String) throws {
        guard track.status == .inService || track.status == .updating || track.status == .updateFailed else {
            throw AWSFault.validation(
                "Unable to create \(noun) because Domain [\(arn)] is not InService; its status is \(track.status.rawValue).")
        }
    }

    /// DescribeDomain's answer.
    // AWS: sdk — spec/studio.md §A3.
    var description: AWSObject {
        var output: AWSObject = [
            "DomainArn": .string(arn), "DomainId": .string(id), "DomainName": .string(name),
            "HomeEfsFileSystemId": .string(homeFileSystemID),
            "SingleSignOnManagedApplicationInstanceId": application.map { .string("ins-\($0)") },
            "SingleSignOnApplicationArn": application.map {
                .string("arn:aws:sso::\(realm.account):application/ssoins-\($0)/apl-\($0)")
            },
            "Status": .string(track.status.rawValue), "CreationTime": .timestamp(track.createdAt),
            "LastModifiedTime": .timestamp(track.modifiedAt), "FailureReason": track.failureReason.map { .string($0) },
            "SecurityGroupIdForDomainBoundary": boundarySecurityGroupID.map { .string($0) },
        ]
        for (member, value) in members.entries { output.append(member, value) }
        output.append("Url", .string(url))
        return output
    }

    /// An entry of ListDomains.
    var summary: AWSObject {
        [
            "DomainArn": .string(arn), "DomainId": .string(id), "DomainName": .string(name),
            "Status": .string(track.status.rawValue), "CreationTime": .timestamp(track.createdAt),
            "LastModifiedTime": .timestamp(track.modifiedAt), "Url": .string(url),
        ]
    }
}
