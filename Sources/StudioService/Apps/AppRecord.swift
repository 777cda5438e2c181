import AWSModel
import SimTime
import Vocabulary
import WorkspaceRules

/// Which app: its domain, the profile or space it belongs to, its type and its name.
struct AppKey: Codable, Sendable, Equatable {
    let domainID: String
    let place: AppPlace
    /// The profile's or space's name, as it is spelled there.
    let owner: String
    let type: AppType
    let name: String

    var documentName: String { "\(domainID)/\(place.rawValue)/\(owner.lowercased())/\(type.rawValue)/\(name)" }

    func arn(in realm: Realm) -> String {
        // AWS: inferred — spec/studio.md §A2.
        ARN(service: "sagemaker", realm: realm, resource: "app/\(domainID)/\(owner)/\(type.inARN)/\(name)").description
    }
}

/// An app as it is stored, from Pending until a day after it was deleted.
struct AppRecord: ShelvedRecord {
    static let type = "app"

    let realm: Realm
    let key: AppKey
    /// What it runs on, as resolved when it was launched.
    var plan: AppPlan
    var recoveryMode: Bool?
    var lastUserActivityAt: SimInstant?
    var track: StatusTrack<AppStatus>

    var documentName: String { key.documentName }
    var changesAt: SimInstant? { track.pending?.at }
    var arn: String { key.arn(in: realm) }

    private var ownerMember: (String, AWSValue) {
        (key.place == .userProfile ? "UserProfileName" : "SpaceName", .string(key.owner))
    }

    /// DescribeApp's answer.
    // AWS: sdk — spec/studio.md §A6.
    var description: AWSObject {
        var output: AWSObject = [
            "AppArn": .string(arn), "AppType": .string(key.type.rawValue), "AppName": .string(key.name),
            "DomainId": .string(key.domainID),
        ]
        output.append(ownerMember.0, ownerMember.1)
        output.append("Status", .string(track.status.rawValue))
        if let recoveryMode { output.append("RecoveryMode", .boolean(recoveryMode)) }
        if track.status == .inService {
            output.append("LastHealthCheckTimestamp", .timestamp(track.modifiedAt))
            output.append("LastUserActivityTimestamp", .timestamp(lastUserActivityAt ?? track.createdAt))
        }
        output.append("CreationTime", .timestamp(track.createdAt))
        if let reason = track.failureReason { output.append("FailureReason", .string(reason)) }
        output.append("ResourceSpec", .object(plan.spec.output))
        return output
    }

    /// An entry of ListApps.
    var summary: AWSObject {
        var summary: AWSObject = ["DomainId": .string(key.domainID)]
        summary.append(ownerMember.0, ownerMember.1)
        summary.append("AppType", .string(key.type.rawValue))
        summary.append("AppName", .string(key.name))
        summary.append("Status", .string(track.status.rawValue))
        summary.append("CreationTime", .timestamp(track.createdAt))
        summary.append("ResourceSpec", .object(plan.spec.output))
        return summary
    }
}

/// What an app is to run: its specification, the container image behind it, and why it cannot start.
struct AppPlan: Codable, Sendable, Equatable {
    var spec: ResourceSpec
    /// `…/repository@sha256:…` of a custom image; nil for AWS's own.
    var containerImage: String?
    /// Nil when it can start.
    var failure: String?
}

extension ResourceSpec {
    /// Reads `ResourceSpec` as the API spells it.
    init(_ value: AWSValue?) {
        self.init(
            imageARN: value?["SageMakerImageArn"]?.string, imageVersionARN: value?["SageMakerImageVersionArn"]?.string,
            imageVersionAlias: value?["SageMakerImageVersionAlias"]?.string,
            instanceType: value?["InstanceType"]?.string, lifecycleConfigARN: value?["LifecycleConfigArn"]?.string)
    }

    var output: AWSObject {
        [
            "SageMakerImageArn": imageARN.map { .string($0) },
            "SageMakerImageVersionArn": imageVersionARN.map { .string($0) },
            "SageMakerImageVersionAlias": imageVersionAlias.map { .string($0) },
            "InstanceType": instanceType.map { .string($0) },
            "LifecycleConfigArn": lifecycleConfigARN.map { .string($0) },
        ]
    }
}
