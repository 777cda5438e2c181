import AWSModel
import SimTime
import Vocabulary
import WorkspaceRules

/// A notebook instance as it is stored. Its name is unique without regard to case.
struct NotebookRecord: ShelvedRecord {
    static let type = "notebook-instance"

    let realm: Realm
    let name: String
    /// Everything DescribeNotebookInstance shows besides identity and status, under its names there, with defaults.
    var members: AWSObject
    var track: StatusTrack<NotebookStatus>

    var documentName: String { name.lowercased() }
    var changesAt: SimInstant? { track.pending?.at }
    var arn: String {
        ARN(service: "sagemaker", realm: realm, resource: "notebook-instance/\(name.lowercased())").description
    }

    /// The host of the instance's Jupyter server, without a scheme.
    // AWS: documented form — spec/studio.md §A11.
    var host: String { "\(name.lowercased()).notebook.\(realm.region).sagemaker.aws" }

    /// DescribeNotebookInstance's answer.
    // AWS: sdk.
    var description: AWSObject {
        var output: AWSObject = [
            "NotebookInstanceArn": .string(arn), "NotebookInstanceName": .string(name),
            "NotebookInstanceStatus": .string(track.status.rawValue),
            "FailureReason": track.failureReason.map { .string($0) }, "Url": .string(host),
            "LastModifiedTime": .timestamp(track.modifiedAt), "CreationTime": .timestamp(track.createdAt),
        ]
        for (member, value) in members.entries { output.append(member, value) }
        return output
    }

    /// An entry of ListNotebookInstances.
    var summary: AWSObject {
        [
            "NotebookInstanceName": .string(name), "NotebookInstanceArn": .string(arn),
            "NotebookInstanceStatus": .string(track.status.rawValue), "Url": .string(host),
            "InstanceType": members["InstanceType"], "CreationTime": .timestamp(track.createdAt),
            "LastModifiedTime": .timestamp(track.modifiedAt),
            "NotebookInstanceLifecycleConfigName": members["NotebookInstanceLifecycleConfigName"],
            "DefaultCodeRepository": members["DefaultCodeRepository"],
            "AdditionalCodeRepositories": members["AdditionalCodeRepositories"],
        ]
    }
}
