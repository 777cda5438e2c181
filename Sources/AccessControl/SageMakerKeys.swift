import AWSModel
import Gateway
import PolicyRules

/// The sagemaker: condition keys of a request.
/// AWS: doc — Service Authorization Reference, condition keys of Amazon SageMaker.
enum SageMakerKeys {
    /// Keys that hold what certain members say, wherever in the input they stand.
    private static let byMember: [(key: String, members: Set<String>)] = [
        ("InstanceTypes", ["InstanceType"]),
        ("VpcSubnets", ["Subnets", "SubnetIds", "SubnetId"]),
        ("VpcSecurityGroupIds", ["SecurityGroupIds", "SecurityGroups"]),
        ("VolumeKmsKey", ["VolumeKmsKeyId"]),
        ("DomainSharingOutputKmsKey", ["S3KmsKeyId"]),
        ("HomeEfsFileSystemKmsKey", ["HomeEfsFileSystemKmsKeyId"]),
        ("AppNetworkAccessType", ["AppNetworkAccessType"]),
        ("ImageArns", ["SageMakerImageArn"]),
        ("ImageVersionArns", ["SageMakerImageVersionArn"]),
        ("NetworkIsolation", ["EnableNetworkIsolation"]),
        ("InterContainerTrafficEncryption", ["EnableInterContainerTrafficEncryption"]),
        ("RootAccess", ["RootAccess"]),
        ("DirectInternetAccess", ["DirectInternetAccess"]),
        ("AcceleratorTypes", ["AcceleratorType", "AcceleratorTypes"]),
        ("MinimumInstanceMetadataServiceVersion", ["MinimumInstanceMetadataServiceVersion"]),
        ("TargetModel", ["TargetModel"]),
        ("ServerlessMaxConcurrency", ["MaxConcurrency"]),
        ("ServerlessMemorySize", ["MemorySizeInMB"]),
        ("SpaceSharingType", ["SharingType"]),
        ("FileSystemId", ["FileSystemId"]),
        ("MaxRuntimeInSeconds", ["MaxRuntimeInSeconds"]),
        ("FeatureGroupOnlineStoreKmsKey", ["OnlineStoreKmsKeyId"]),
        ("ModelApprovalStatus", ["ModelApprovalStatus"]),
    ]

    static func add(to question: inout AccessQuestion, _ operation: String, _ input: AWSObject, base: String) {
        for row in byMember {
            let found = texts(ofMembers: row.members, in: .object(input))
            if !found.isEmpty { question.keys["sagemaker:\(row.key)"] = found }
        }
        if ["CreateEndpointConfig", "CreateTransformJob"].contains(operation) {
            let models = texts(ofMembers: ["ModelName"], in: .object(input)).map { base + "model/" + $0 }
            if !models.isEmpty { question.keys["sagemaker:ModelArn"] = models }
        }
        switch operation {
        case "CreateEndpointConfig", "CreateNotebookInstance":
            if let key = input["KmsKeyId"]?.string { question.keys["sagemaker:VolumeKmsKey"] = [key] }
        case "CreateDomain":
            if let key = input["KmsKeyId"]?.string { question.keys["sagemaker:HomeEfsFileSystemKmsKey"] = [key] }
        default:
            let keys = texts(ofMembers: ["KmsKeyId"], in: .object(input))
            if !keys.isEmpty { question.keys["sagemaker:OutputKmsKey"] = keys }
        }
        let owner = texts(ofMembers: ["OwnerUserProfileName"], in: .object(input)).first
        if let owner, let domain = input["DomainId"]?.string {
            question.keys["sagemaker:OwnerUserProfileArn"] = ["\(base)user-profile/\(domain)/\(owner.lowercased())"]
        }
        if let user = input["UserProfileName"]?.string { question.keys["sagemaker:UserProfileName"] = [user] }
    }
}
