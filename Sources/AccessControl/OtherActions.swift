import AWSModel
import Gateway
import PolicyRules

/// AWS: doc — Service Authorization Reference, Amazon CloudWatch. What is not here is on no particular resource.
enum CloudWatchActions {
    static let table = ActionTable(prefix: "cloudwatch", lines: """
        PutMetricAlarm alarm:{AlarmName}
        PutCompositeAlarm alarm:{AlarmName}
        DeleteAlarms alarm:{AlarmNames}
        DescribeAlarms alarm:{AlarmNames}
        DescribeAlarmHistory alarm:{AlarmName}
        DescribeAlarmContributors alarm:{AlarmName}
        SetAlarmState alarm:{AlarmName}
        EnableAlarmActions alarm:{AlarmNames}
        DisableAlarmActions alarm:{AlarmNames}
        PutAlarmMuteRule alarm-mute-rule:{Name}
        GetAlarmMuteRule alarm-mute-rule:{AlarmMuteRuleName}
        DeleteAlarmMuteRule alarm-mute-rule:{AlarmMuteRuleName}
        PutDashboard arn:aws:cloudwatch::{@account}:dashboard/{DashboardName}
        GetDashboard arn:aws:cloudwatch::{@account}:dashboard/{DashboardName}
        DeleteDashboards arn:aws:cloudwatch::{@account}:dashboard/{DashboardNames}
        PutInsightRule insight-rule/{RuleName}
        DeleteInsightRules insight-rule/{RuleNames}
        EnableInsightRules insight-rule/{RuleNames}
        DisableInsightRules insight-rule/{RuleNames}
        GetInsightRuleReport insight-rule/{RuleName}
        PutMetricStream metric-stream/{Name}
        GetMetricStream metric-stream/{Name}
        DeleteMetricStream metric-stream/{Name}
        StartMetricStreams metric-stream/{Names}
        StopMetricStreams metric-stream/{Names}
        TagResource !ResourceARN
        UntagResource !ResourceARN
        ListTagsForResource !ResourceARN
        """)
}

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

/// AWS: doc — Service Authorization Reference, Amazon Cognito user pools and identity pools. Operations that take a
/// user's token or a client id instead of a signature are not asked at all.
enum CognitoActions {
    static let userPools = ActionTable(prefix: "cognito-idp", lines: """
        TagResource !ResourceArn
        UntagResource !ResourceArn
        ListTagsForResource !ResourceArn
        CreateUserPool *
        ListUserPools *
        DescribeUserPoolDomain *
        """ + "\n" + (ModelCatalog.shared.model(ServiceID("cognito-idp")).map(onPools) ?? ""))

    static let identityPools = ActionTable(prefix: "cognito-identity", lines: """
        TagResource !ResourceArn
        UntagResource !ResourceArn
        ListTagsForResource !ResourceArn
        CreateIdentityPool *
        ListIdentityPools *
        """ + "\n" + (ModelCatalog.shared.model(ServiceID("cognito-identity")).map(onIdentityPools) ?? ""))

    private static func onPools(_ model: ServiceModel) -> String {
        lines(model, member: "UserPoolId", template: "userpool/{UserPoolId}")
    }

    private static func onIdentityPools(_ model: ServiceModel) -> String {
        lines(model, member: "IdentityPoolId", template: "identitypool/{IdentityPoolId}")
    }

    /// A line for every operation whose input names a pool.
    private static func lines(_ model: ServiceModel, member: String, template: String) -> String {
        model.operationNames.filter { name in
            model.operations[name]?.input.flatMap { model[$0].structure }?.member(member) != nil
        }.map { "\($0) \(template)" }.joined(separator: "\n")
    }
}

/// AWS: doc — Service Authorization Reference, CloudWatch Logs.
/// AWS: inferred — log groups are named with an empty stream, as refusals show them.
enum LogsActions {
    static let table = ActionTable(prefix: "logs", lines: """
        PutLogEvents log-group:{logGroupName}:log-stream:{logStreamName}
        GetLogEvents log-group:{logGroupName}:log-stream:{logStreamName}
        DeleteLogStream log-group:{logGroupName}:log-stream:{logStreamName}
        DescribeLogGroups log-group:{logGroupNamePrefix=}:log-stream:
        TagResource !resourceArn
        UntagResource !resourceArn
        ListTagsForResource !resourceArn
        StartQuery log-group:{logGroupName}:log-stream:
        StopQuery *
        GetQueryResults *
        DescribeQueries *
        """ + "\n" + onGroups.map { "\($0) log-group:{logGroupName}:log-stream:" }.joined(separator: "\n"))

    private static let onGroups = [
        "CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteMetricFilter", "DeleteRetentionPolicy",
        "DeleteSubscriptionFilter", "DescribeLogStreams", "DescribeMetricFilters", "DescribeSubscriptionFilters",
        "FilterLogEvents", "PutMetricFilter", "PutRetentionPolicy", "PutSubscriptionFilter", "TagLogGroup",
        "UntagLogGroup", "ListTagsLogGroup", "AssociateKmsKey", "DisassociateKmsKey",
    ]
}

/// IAM's resources are named by path and name. The path of a resource that exists is found by the directory.
/// AWS: doc — Service Authorization Reference, IAM.
enum IAMActions {
    static let table = ActionTable(prefix: "iam", lines: """
        CreateUser user{Path=/}{UserName}
        CreateRole role{Path=/}{RoleName}
        CreateGroup group{Path=/}{GroupName}
        CreatePolicy policy{Path=/}{PolicyName}
        CreateInstanceProfile instance-profile{Path=/}{InstanceProfileName}
        SimulatePrincipalPolicy !PolicySourceArn
        SimulateCustomPolicy *
        GetPolicy !PolicyArn
        GetPolicyVersion !PolicyArn
        CreatePolicyVersion !PolicyArn
        DeletePolicyVersion !PolicyArn
        DeletePolicy !PolicyArn
        ListPolicyVersions !PolicyArn
        SetDefaultPolicyVersion !PolicyArn
        ListEntitiesForPolicy !PolicyArn
        TagPolicy !PolicyArn
        UntagPolicy !PolicyArn
        ListPolicyTags !PolicyArn
        ListUsers user/*
        ListRoles role/*
        ListGroups group/*
        ListPolicies policy/*
        """ + "\n" + (ModelCatalog.shared.model(ServiceID("iam")).map(byName) ?? ""))

    private static let created: Set = ["CreateUser", "CreateRole", "CreateGroup", "CreatePolicy", "CreateInstanceProfile"]

    /// A line for every other operation whose input names a user, role or group.
    private static func byName(_ model: ServiceModel) -> String {
        model.operationNames.filter { !created.contains($0) }.compactMap { name in
            guard let members = model.operations[name]?.input.flatMap({ model[$0].structure })?.members.map(\.name)
            else { return nil }
            // AWS: doc — membership is a matter of the group.
            let kinds = [("GroupName", "group"), ("RoleName", "role"), ("UserName", "user")]
            guard let (member, kind) = kinds.first(where: { members.contains($0.0) }) else { return nil }
            return "\(name) \(kind)/{\(member)}"
        }.joined(separator: "\n")
    }
}

/// STS asks for little: GetCallerIdentity and GetSessionToken need no permission.
/// AWS: doc — spec/support-services.md §F2.
enum STSActions {
    static func questions(_ builder: QuestionBuilder) -> [AccessQuestion] {
        let input = builder.input
        switch builder.context.operation {
        case "GetCallerIdentity", "GetSessionToken": return []
        case "AssumeRole":
            var actions = ["sts:AssumeRole"]
            if input["SourceIdentity"] != nil { actions.append("sts:SetSourceIdentity") }
            if !builder.requestTags.isEmpty { actions.append("sts:TagSession") }
            return actions.map { action in
                var question = builder.question(action, input["RoleArn"]?.string ?? "*")
                // AWS: recorded — spec/support-services.md §F2: a missing role and a refusal read the same.
                question.detail = .nothing
                for (member, key) in [
                    "ExternalId": "sts:ExternalId", "RoleSessionName": "sts:RoleSessionName",
                    "SourceIdentity": "sts:SourceIdentity",
                ] {
                    if let text = input[member]?.string { question.keys[key] = [text] }
                }
                return question
            }
        default: return [builder.question("sts:\(builder.context.operation)", "*")]
        }
    }
}

/// Condition keys of the services besides SageMaker and S3.
/// AWS: doc — Service Authorization Reference.
enum ServiceKeys {
    static func add(to question: inout AccessQuestion, _ service: String, _ operation: String, _ input: AWSObject) {
        switch service {
        case "cloudwatch":
            // AWS: inferred — widely known wording: no resource is named for actions on none.
            if question.resource == "*" { question.resourceForm = .absent }
            if operation == "PutMetricData", let name = input["Namespace"]?.string {
                question.keys["cloudwatch:namespace"] = [name]
            }
            let actions = (input["AlarmActions"]?.list ?? []).compactMap(\.string)
            if !actions.isEmpty { question.keys["cloudwatch:AlarmActions"] = actions }
        case "iam":
            if let arn = input["PolicyArn"]?.string { question.keys["iam:PolicyARN"] = [arn] }
            if let arn = input["PermissionsBoundary"]?.string { question.keys["iam:PermissionsBoundary"] = [arn] }
        case "application-autoscaling":
            for (member, key) in [("ServiceNamespace", "service-namespace"), ("ScalableDimension", "scalable-dimension")] {
                if let text = input[member]?.string { question.keys["application-autoscaling:\(key)"] = [text] }
            }
        default: return
        }
    }
}
