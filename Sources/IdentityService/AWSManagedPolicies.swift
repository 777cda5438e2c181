import SimTime

/// The policies AWS provides that every account finds ready to attach.
///
/// Names and paths are AWS's. The documents are cut down to the services this emulator answers and the ids are its own:
/// AWS changes both documents and versions at will, and permissions are not evaluated from them here.
enum AWSManagedPolicies {
    static let all: [ManagedPolicy] = [
        policy("AdministratorAccess", id: "ADMINISTRATORACCE", allowing: ["*"]),
        policy("AmazonEC2ContainerRegistryFullAccess", id: "CONTAINERREGISTRY", allowing: [
            "ecr:*", "cloudtrail:LookupEvents",
        ]),
        policy("AmazonElasticContainerRegistryPublicReadOnly", id: "PUBLICREGISTRYREA", allowing: [
            "ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken",
            "ecr-public:BatchCheckLayerAvailability", "ecr-public:GetRepositoryPolicy",
            "ecr-public:DescribeRepositories", "ecr-public:DescribeRegistries", "ecr-public:DescribeImages",
            "ecr-public:DescribeImageTags", "ecr-public:GetRepositoryCatalogData", "ecr-public:GetRegistryCatalogData",
        ]),
        policy("AmazonS3FullAccess", id: "SIMPLESTORAGEFULL", allowing: ["s3:*", "s3-object-lambda:*"]),
        policy("AmazonS3ReadOnlyAccess", id: "SIMPLESTORAGEREAD", allowing: [
            "s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*",
        ]),
        policy("AmazonSageMakerFullAccess", id: "SAGEMAKERFULLACCE", allowing: [
            "sagemaker:*", "cloudwatch:*", "logs:*", "ecr:*", "cognito-idp:*", "s3:GetObject", "s3:PutObject",
            "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:CreateBucket", "s3:GetBucketLocation", "s3:ListBucket",
            "s3:ListAllMyBuckets", "iam:GetRole", "iam:ListRoles", "iam:PassRole",
        ]),
        policy("AWSLambdaBasicExecutionRole", path: "/service-role/", id: "LAMBDABASICEXECUT", allowing: logging),
        policy("AWSLambdaVPCAccessExecutionRole", path: "/service-role/", id: "LAMBDANETWORKACCE", allowing: logging + [
            "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
        ]),
    ]

    private static let byARN = Dictionary(uniqueKeysWithValues: all.map { ($0.arn, $0) })
    private static let logging = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    /// 2015-02-06T18:40:00Z: older than anything a client creates, and the same in every run.
    private static let createdAt = SimInstant(millisecondsSinceEpoch: 1_423_248_000_000)

    static func policy(arn: String) -> ManagedPolicy? { byARN[arn] }

    private static func policy(
        _ name: String, path: String = "/", id suffix: String, allowing actions: [String]
    ) -> ManagedPolicy {
        let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
        return ManagedPolicy(
            account: nil, name: name, path: path, id: IdentityMint.Kind.managedPolicy.rawValue + suffix,
            description: nil,
            document: #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(list)],"Resource":"*"}]}"#,
            createdAt: createdAt)
    }
}
