import AWSModel
import SimTime
import Store
import Vocabulary
import WorkspaceRules

/// A SageMaker image as it is stored. Its name is unique without regard to case.
// AWS: inferred — spec/studio.md §A2: the ARN's name is lower-case.
struct ImageRecord: ShelvedRecord {
    static let type = "image"

    let realm: Realm
    /// As the client spelled it.
    let name: String
    var displayName: String?
    var details: String?
    var roleARN: String
    /// The number the next version gets; never used twice.
    var nextVersion = 1
    var track: StatusTrack<ImageStatus>

    var documentName: String { name.lowercased() }
    var changesAt: SimInstant? { track.pending?.at }
    var arn: String { ARN(service: "sagemaker", realm: realm, resource: "image/\(name.lowercased())").description }

    /// An entry of ListImages; DescribeImage adds the role.
    // AWS: sdk — spec/studio.md §A7.
    var summary: AWSObject {
        [
            "CreationTime": .timestamp(track.createdAt), "Description": details.map { .string($0) },
            "DisplayName": displayName.map { .string($0) }, "FailureReason": track.failureReason.map { .string($0) },
            "ImageArn": .string(arn), "ImageName": .string(name), "ImageStatus": .string(track.status.rawValue),
            "LastModifiedTime": .timestamp(track.modifiedAt),
        ]
    }

    var description: AWSObject {
        var output = summary
        output.append("RoleArn", .string(roleARN))
        return output
    }
}

/// A version of an image as it is stored.
struct ImageVersionRecord: ShelvedRecord {
    static let type = "image-version"

    let realm: Realm
    /// The image's name as the client spelled it.
    let imageName: String
    let number: Int
    /// BaseImage and what else Create and Update say of the version; shown by Describe as it is.
    var members: AWSObject
    /// `…/repository@sha256:…`: what BaseImage meant when the version was made; nil when it meant nothing.
    let containerImage: String?
    var aliases: [String]
    /// The token and the input of the call that made it: the same call again means the same version.
    let clientToken: String
    let createdFrom: AWSObject
    var track: StatusTrack<ImageVersionStatus>

    var documentName: String { "\(imageName.lowercased())/\(number)" }
    var changesAt: SimInstant? { track.pending?.at }
    var arn: String {
        ARN(service: "sagemaker", realm: realm, resource: "image-version/\(imageName.lowercased())/\(number)").description
    }
    var imageARN: String {
        ARN(service: "sagemaker", realm: realm, resource: "image/\(imageName.lowercased())").description
    }

    /// An entry of ListImageVersions.
    var summary: AWSObject {
        [
            "CreationTime": .timestamp(track.createdAt), "FailureReason": track.failureReason.map { .string($0) },
            "ImageArn": .string(imageARN), "ImageVersionArn": .string(arn),
            "ImageVersionStatus": .string(track.status.rawValue), "LastModifiedTime": .timestamp(track.modifiedAt),
            "Version": .integer(Int64(number)),
        ]
    }

    /// DescribeImageVersion's answer.
    var description: AWSObject {
        var output: AWSObject = [
            "BaseImage": members["BaseImage"], "ContainerImage": containerImage.map { .string($0) },
        ]
        for (member, value) in summary.entries { output.append(member, value) }
        for (member, value) in members.entries where member != "BaseImage" { output.append(member, value) }
        return output
    }
}

extension Workspaces {
    /// The image of that name. Throws the not-found fault.
    // AWS: inferred — spec/studio.md §A7; clients look for "does not exist".
    func image(_ name: String, in realm: Realm, _ reader: StoreReader) throws -> ImageRecord {
        guard let image = try imageShelf.find(name.lowercased(), in: realm, reader) else {
            throw AWSFault(
                "ResourceNotFound", "The Image with ImageName \(name) does not exist. Please provide a valid ImageName.",
                status: 400)
        }
        return image
    }

    /// The versions of an image: as they are stored, and as the rules see them.
    func versions(
        of name: String, in realm: Realm, _ reader: StoreReader
    ) throws -> (records: [ImageVersionRecord], ordered: ImageVersions) {
        let records = try versions.all(in: realm, reader).filter { $0.imageName.lowercased() == name.lowercased() }
        return (records, ImageVersions(records.map {
            ImageVersions.Version(number: $0.number, status: $0.track.status, aliases: $0.aliases)
        }))
    }

    /// Whether a domain, profile or space has the image in one of its lists.
    func isAttached(_ image: String, in realm: Realm, _ reader: StoreReader) throws -> Bool {
        let settings = try domains.all(in: realm, reader).map { $0.members["DefaultUserSettings"] }
            + domains.all(in: realm, reader).map { $0.members["DefaultSpaceSettings"] }
            + profiles.all(in: realm, reader).map { $0.members["UserSettings"] }
        return settings.contains { settings in
            customImageSettings.contains { member in
                (settings?[member]?["CustomImages"]?.list ?? []).contains {
                    $0["ImageName"]?.string?.lowercased() == image.lowercased()
                }
            }
        }
    }
}
