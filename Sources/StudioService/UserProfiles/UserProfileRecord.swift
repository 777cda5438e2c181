import AWSModel
import SimTime
import Vocabulary
import WorkspaceRules

/// A user profile as it is stored. Its name is unique without regard to case.
// AWS: documented — spec/studio.md §A2.
struct UserProfileRecord: ShelvedRecord {
    static let type = "user-profile"

    let realm: Realm
    let domainID: String
    /// As the client spelled it.
    let name: String
    /// SingleSignOnUserIdentifier, SingleSignOnUserValue and UserSettings, as far as given.
    var members: AWSObject
    /// POSIX user id on the domain's file system.
    let userID: String
    var track: StatusTrack<WorkspaceStatus>

    static func documentName(_ domainID: String, _ name: String) -> String { "\(domainID)/\(name.lowercased())" }

    var documentName: String { Self.documentName(domainID, name) }
    var changesAt: SimInstant? { track.pending?.at }
    // AWS: inferred lower case — spec/studio.md §A2.
    var arn: String {
        ARN(service: "sagemaker", realm: realm, resource: "user-profile/\(domainID)/\(name.lowercased())").description
    }

    /// DescribeUserProfile's answer.
    var description: AWSObject {
        var output: AWSObject = [
            "DomainId": .string(domainID), "UserProfileArn": .string(arn), "UserProfileName": .string(name),
            "HomeEfsFileSystemUid": .string(userID), "Status": .string(track.status.rawValue),
            "LastModifiedTime": .timestamp(track.modifiedAt), "CreationTime": .timestamp(track.createdAt),
            "FailureReason": track.failureReason.map { .string($0) },
        ]
        for (member, value) in members.entries { output.append(member, value) }
        return output
    }

    /// An entry of ListUserProfiles.
    var summary: AWSObject {
        [
            "DomainId": .string(domainID), "UserProfileName": .string(name), "Status": .string(track.status.rawValue),
            "CreationTime": .timestamp(track.createdAt), "LastModifiedTime": .timestamp(track.modifiedAt),
        ]
    }
}
