import AWSModel
import AWSProtocols
import SimTime
import Vocabulary

extension RestAPI {
    /// The sample's private API: one greedy path, the built-in authorizer, the built-in integration.
    /// AWS: doc — spec/studio.md §C1, §C3 and §C4.
    init(_ settings: PrivateAPISettings) {
        let functions = "arn:aws:apigateway:\(settings.realm.region):lambda:path/2015-03-31/functions/arn:aws:lambda:"
            + "\(settings.realm.region):\(settings.realm.account):function:"
        func uri(_ function: BuiltInFunction) -> AWSValue { .string(functions + function.functionName + "/invocations") }
        let method: AWSObject = [
            "httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": "auth01",
            "methodIntegration": ["type": "AWS_PROXY", "httpMethod": "POST", "uri": uri(.presignedURL), "timeoutInMillis": 29000],
        ]
        let authorizer: AWSObject = [
            "id": "auth01", "name": "jwt", "type": "REQUEST", "authorizerUri": uri(.jwtAuthorizer),
            "identitySource": "method.request.header.Authorization", "authorizerResultTtlInSeconds": 120,
        ]
        var statement: AWSObject = [
            "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        ]
        if !settings.vpcEndpoints.isEmpty {
            statement["Condition"] = ["StringEquals": ["aws:sourceVpce": .list(settings.vpcEndpoints.map { .string($0) })]]
        }
        let policy: AWSValue = ["Version": "2012-10-17", "Statement": [.object(statement)]]
        let epoch = SimInstant(millisecondsSinceEpoch: 0)
        self.init(
            id: settings.id, realm: settings.realm, createdAt: epoch, rootResourceID: "root00",
            members: [
                "name": "private", "endpointConfiguration": [
                    "types": ["PRIVATE"], "vpcEndpointIds": .list(settings.vpcEndpoints.map { .string($0) }),
                ],
            ],
            policy: JSON.string(policy), tags: [:],
            resources: [
                APIResource(id: "root00", parentID: nil, pathPart: nil, path: "/"),
                APIResource(
                    id: "user00", parentID: "root00", pathPart: "{user_id+}", path: "/{user_id+}", methods: ["GET": method]),
            ],
            authorizers: [authorizer])
        deployments = [APIDeployment(id: "deploy", description: nil, createdAt: epoch, snapshot: snapshot)]
        stages = [
            APIStage(
                name: settings.stage, deploymentID: "deploy", description: nil, variables: [:], tags: [:], createdAt: epoch,
                updatedAt: epoch),
        ]
    }
}
