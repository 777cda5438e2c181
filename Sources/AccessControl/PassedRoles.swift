/// Which members of a service's requests hand it a role, and in which operations.
struct PassedRoles {
    var principal: String
    /// Beginnings of operation names.
    var operations: [String]
    var members: Set<String>

    static let byService: [String: PassedRoles] = [
        "sagemaker": PassedRoles(
            principal: "sagemaker.amazonaws.com", operations: ["Create", "Update", "Start"],
            members: ["RoleArn", "ExecutionRoleArn", "ExecutionRole", "DefaultExecutionRole", "DomainExecutionRoleArn",
                      "SageMakerImageRoleArn", "AmazonBedrockRoleArn"]),
        "cloudwatch": PassedRoles(
            principal: "streams.metrics.cloudwatch.amazonaws.com", operations: ["PutMetricStream"], members: ["RoleArn"]),
        "application-autoscaling": PassedRoles(
            principal: "application-autoscaling.amazonaws.com", operations: ["RegisterScalableTarget"],
            members: ["RoleARN"]),
        "cognito-idp": PassedRoles(
            principal: "cognito-idp.amazonaws.com",
            operations: ["CreateUserPool", "UpdateUserPool", "CreateGroup", "UpdateGroup", "SetUserPoolMfaConfig"],
            members: ["SnsCallerArn", "RoleArn"]),
        "cognito-identity": PassedRoles(
            principal: "cognito-identity.amazonaws.com", operations: ["SetIdentityPoolRoles"],
            members: ["authenticated", "unauthenticated", "RoleARN"]),
        "ecr": PassedRoles(
            principal: "ecr.amazonaws.com",
            operations: ["CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate", "CreatePullThrough"],
            members: ["customRoleArn"]),
        "apigateway": PassedRoles(
            principal: "apigateway.amazonaws.com", operations: ["PutIntegration", "CreateAuthorizer"],
            members: ["credentials", "authorizerCredentials"]),
        "logs": PassedRoles(
            principal: "logs.amazonaws.com", operations: ["PutSubscriptionFilter", "PutDestination"], members: ["roleArn"]),
    ]
}
