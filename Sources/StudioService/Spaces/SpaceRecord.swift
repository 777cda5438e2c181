import AWSModel
import SimTime
import Vocabulary
import WorkspaceRules

/// A space as it is stored.
struct SpaceRecord: ShelvedRecord {
    static let type = "space"

    let realm: Realm
    let domainID: String
    let name: String
    /// SpaceSettings, OwnershipSettings, SpaceSharingSettings and SpaceDisplayName, as far as given.
    var members: AWSObject
    /// POSIX user id on the domain's file system.
    let userID: String
    var track: StatusTrack<WorkspaceStatus>

    static func documentName(_ domainID: String, _ name: String) -> String { "\(domainID)/\(name.lowercased())" }

    var documentName: String { Self.documentName(domainID, name) }
    var changesAt: SimInstant? { track.pending?.at }
    var arn: String { ARN(service: "sagemaker", realm: realm, resource: "space/\(domainID)/\(name)").description }

    /// The user profile that owns the space; nil for spaces without an owner.
    var owner: String? { members["OwnershipSettings"]?["OwnerUserProfileName"]?.string }
    var isPrivate: Bool { members["SpaceSharingSettings"]?["SharingType"]?.string == "Private" }

    /// DescribeSpace's answer.
    var description: AWSObject {
        var output: AWSObject = [
            "DomainId": .string(domainID), "SpaceArn": .string(arn), "SpaceName": .string(name),
            "HomeEfsFileSystemUid": .string(userID), "Status": .string(track.status.rawValue),
            "LastModifiedTime": .timestamp(track.modifiedAt), "CreationTime": .timestamp(track.createdAt),
            "FailureReason": track.failureReason.map { .string($0) },
        ]
        for (member, value) in members.entries { output.append(member, value) }
        // AWS: sdk that there is one — spec/studio.md §A5; its path is inferred.
        output.append("Url", .string("https://\(domainID).studio.\(realm.region).sagemaker.aws/spaces/\(name)"))
        return output
    }

    /// An entry of ListSpaces.
    // AWS: sdk — SpaceDetails.
    var summary: AWSObject {
        let settings = members["SpaceSettings"]
        var shown = AWSObject()
        for member in ["AppType", "RemoteAccess", "SpaceStorageSettings"] { shown[member] = settings?[member] }
        return [
            "DomainId": .string(domainID), "SpaceName": .string(name), "Status": .string(track.status.rawValue),
            "CreationTime": .timestamp(track.createdAt), "LastModifiedTime": .timestamp(track.modifiedAt),
            "SpaceSettingsSummary": shown.isEmpty ? nil : .object(shown),
            "SpaceSharingSettingsSummary": members["SpaceSharingSettings"],
            "OwnershipSettingsSummary": members["OwnershipSettings"],
            "SpaceDisplayName": members["SpaceDisplayName"],
        ]
    }
}
