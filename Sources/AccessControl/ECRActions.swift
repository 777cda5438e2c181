/// AWS: doc — Service Authorization Reference, Amazon ECR.
enum ECRActions {
    static let table = ActionTable(prefix: "ecr", lines: """
        GetAuthorizationToken *
        TagResource !resourceArn
        UntagResource !resourceArn
        ListTagsForResource !resourceArn
        """ + "\n" + onRepositories.map { "\($0) repository/{repositoryName}" }.joined(separator: "\n")
        + "\nDescribeRepositories repository/{repositoryNames}")

    private static let onRepositories = [
        "BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage", "BatchGetRepositoryScanningConfiguration",
        "CompleteLayerUpload", "CreateRepository", "DeleteLifecyclePolicy", "DeleteRepository", "DeleteRepositoryPolicy",
        "DescribeImageReplicationStatus", "DescribeImages", "DescribeImageScanFindings", "GetDownloadUrlForLayer",
        "GetLifecyclePolicy", "GetLifecyclePolicyPreview", "GetRepositoryPolicy", "InitiateLayerUpload", "ListImages",
        "PutImage", "PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy", "SetRepositoryPolicy",
        "StartImageScan", "StartLifecyclePolicyPreview", "UploadLayerPart",
    ]
}
