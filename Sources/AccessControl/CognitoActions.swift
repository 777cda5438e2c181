import AWSModel

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
