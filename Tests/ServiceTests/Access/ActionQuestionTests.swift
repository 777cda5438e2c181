@testable import AccessControl
import AWSModel
import ColdframeServer
import Gateway
import HTTPServer
import PolicyRules
import SimTime
import Testing
import Vocabulary

/// Which actions and resources a call needs: the tables of `AccessControl`.
@Suite struct ActionQuestionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var service: String
        var operation: String
        var input: AWSObject = [:]
        var method = "POST"
        var target = "/"
        /// `action resource`, in the order asked.
        var asked: [String]

        var testDescription: String { "\(service):\(operation)" }
    }

    private static let sageMaker = "arn:aws:sagemaker:us-east-1:123456789012"

    static let rows: [Row] = [
        Row(service: "sagemaker", operation: "DescribeTrainingJob", input: ["TrainingJobName": "t"], asked: [
            "sagemaker:DescribeTrainingJob \(sageMaker):training-job/t",
        ]),
        Row(service: "sagemaker", operation: "CreateUserProfile", input: ["DomainId": "d-1", "UserProfileName": "Ann"], asked: [
            "sagemaker:CreateUserProfile \(sageMaker):user-profile/d-1/ann",
        ]),
        Row(service: "sagemaker", operation: "CreateApp", input: [
            "DomainId": "d-1", "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default",
            "Tags": [["Key": "a", "Value": "b"]],
        ], asked: [
            "sagemaker:CreateApp \(sageMaker):app/d-1/s/jupyterlab/default",
            "sagemaker:AddTags \(sageMaker):app/d-1/s/jupyterlab/default",
        ]),
        Row(service: "sagemaker", operation: "ListAppImageConfigs", asked: [
            "sagemaker:ListAppImageConfigs \(sageMaker):app-image-config/*",
        ]),
        Row(service: "sagemaker", operation: "CreateDomain", input: [
            "DomainName": "lab", "DefaultUserSettings": ["ExecutionRole": "arn:aws:iam::123456789012:role/r"],
        ], asked: [
            "sagemaker:CreateDomain \(sageMaker):domain/*", "iam:PassRole arn:aws:iam::123456789012:role/r",
        ]),
        Row(service: "sagemaker-runtime", operation: "InvokeEndpoint", input: ["EndpointName": "e"], asked: [
            "sagemaker:InvokeEndpoint \(sageMaker):endpoint/e",
        ]),
        Row(service: "s3", operation: "GetObject", input: ["Bucket": "b", "Key": "a/b", "VersionId": "v"], asked: [
            "s3:GetObjectVersion arn:aws:s3:::b/a/b",
        ]),
        Row(service: "s3", operation: "CopyObject", input: ["Bucket": "b", "Key": "k", "CopySource": "/c/x%20y"], asked: [
            "s3:PutObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::c/x y",
        ]),
        Row(service: "s3", operation: "DeleteObjects", input: [
            "Bucket": "b", "Delete": ["Objects": [["Key": "1"], ["Key": "2"]]],
        ], asked: ["s3:DeleteObject arn:aws:s3:::b/1", "s3:DeleteObject arn:aws:s3:::b/2"]),
        Row(service: "s3", operation: "ListObjectsV2", input: ["Bucket": "b"], asked: ["s3:ListBucket arn:aws:s3:::b"]),
        Row(service: "cloudwatch", operation: "DeleteAlarms", input: ["AlarmNames": ["a", "b"]], asked: [
            "cloudwatch:DeleteAlarms arn:aws:cloudwatch:us-east-1:123456789012:alarm:a",
            "cloudwatch:DeleteAlarms arn:aws:cloudwatch:us-east-1:123456789012:alarm:b",
        ]),
        Row(service: "cloudwatch", operation: "PutDashboard", input: ["DashboardName": "d"], asked: [
            "cloudwatch:PutDashboard arn:aws:cloudwatch::123456789012:dashboard/d",
        ]),
        Row(service: "cloudwatch", operation: "PutMetricData", asked: ["cloudwatch:PutMetricData *"]),
        Row(service: "ecr", operation: "PutImage", input: ["registryId": "210987654321", "repositoryName": "r"], asked: [
            "ecr:PutImage arn:aws:ecr:us-east-1:210987654321:repository/r",
        ]),
        Row(service: "cognito-idp", operation: "AdminCreateUser", input: ["UserPoolId": "us-east-1_a"], asked: [
            "cognito-idp:AdminCreateUser arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a",
        ]),
        Row(service: "iam", operation: "CreateRole", input: ["RoleName": "r", "Path": "/p/"], asked: [
            "iam:CreateRole arn:aws:iam::123456789012:role/p/r",
        ]),
        Row(service: "iam", operation: "CreateAccessKey", asked: ["iam:CreateAccessKey arn:aws:iam::123456789012:user/ann"]),
        Row(service: "sts", operation: "GetCallerIdentity", asked: []),
        Row(service: "logs", operation: "PutLogEvents", input: ["logGroupName": "/a", "logStreamName": "s"], asked: [
            "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/a:log-stream:s",
        ]),
        Row(service: "apigateway", operation: "CreateResource", method: "POST", target: "/restapis/a/resources/b?x=1", asked: [
            "apigateway:POST arn:aws:apigateway:us-east-1::/restapis/a/resources/b",
        ]),
        Row(service: "application-autoscaling", operation: "DescribeScalableTargets", asked: [
            "application-autoscaling:DescribeScalableTargets *",
        ]),
    ]

    static func questions(_ row: Row) throws -> [AccessQuestion] {
        let model = try #require(ModelCatalog.shared.model(ServiceID(row.service)))
        let context = RequestContext(
            requestID: "r", caller: Caller(
                account: .fallback, principalARN: "arn:aws:iam::123456789012:user/team/ann", userID: "AIDA", accessKeyID: "AKIA"),
            region: .fallback, now: SimInstant(millisecondsSinceEpoch: 0),
            clockShift: .none,
            service: model.id, operation: row.operation, method: row.method, target: row.target, headers: [:])
        return ServiceActions.questions(
            OperationRequest(input: row.input, payload: RequestBody(bytes: []), context: context), of: model)
    }

    @Test(arguments: rows)
    func `a call needs`(_ row: Row) throws {
        #expect(try Self.questions(row).map { "\($0.action) \($0.resource)" } == row.asked)
    }

    @Test func `SageMaker's condition keys come from wherever they stand in the input`() throws {
        let questions = try Self.questions(Row(service: "sagemaker", operation: "CreateEndpointConfig", input: [
            "EndpointConfigName": "c", "KmsKeyId": "k", "ProductionVariants": [
                ["ModelName": "m", "InstanceType": "ml.t2.medium"], ["ModelName": "n", "InstanceType": "ml.m5.large"],
            ],
            "VpcConfig": ["Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]], "EnableNetworkIsolation": true,
        ], asked: []))
        let keys = try #require(questions.first).keys
        #expect(keys["sagemaker:InstanceTypes"] == ["ml.t2.medium", "ml.m5.large"])
        #expect(keys["sagemaker:ModelArn"] == ["\(Self.sageMaker):model/m", "\(Self.sageMaker):model/n"])
        #expect(keys["sagemaker:VpcSubnets"] == ["subnet-1"])
        #expect(keys["sagemaker:VpcSecurityGroupIds"] == ["sg-1", "sg-2"])
        #expect(keys["sagemaker:NetworkIsolation"] == ["true"])
        #expect(keys["sagemaker:VolumeKmsKey"] == ["k"])
    }

    /// Whatever is modelled can be asked about, with an action of its own service.
    @Test func `every modelled operation has its questions`() throws {
        let known: Set = [
            "sagemaker", "s3", "cloudwatch", "ecr", "cognito-idp", "cognito-identity", "iam", "sts", "logs",
            "application-autoscaling", "apigateway",
        ]
        for id in ModelCatalog.shared.serviceIDs {
            for name in ModelCatalog.shared.model(id)?.operationNames ?? [] {
                for question in try Self.questions(Row(service: id.name, operation: name, asked: [])) {
                    #expect(known.contains(String(question.action.prefix { $0 != ":" })), "\(id):\(name)")
                    #expect(question.resource == "*" || question.resource.hasPrefix("arn:aws:"), "\(id):\(name)")
                }
            }
        }
    }
}
