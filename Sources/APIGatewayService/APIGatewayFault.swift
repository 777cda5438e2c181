import AWSModel
import Vocabulary

/// The errors of API Gateway's control calls.
/// AWS: inferred — widely known wording; codes and statuses are the model's.
enum APIGatewayFault {
    static func notFound(_ message: String) -> AWSFault { AWSFault("NotFoundException", message) }
    static func badRequest(_ message: String) -> AWSFault { AWSFault("BadRequestException", message) }
    static func conflict(_ message: String) -> AWSFault { AWSFault("ConflictException", message) }

    static func noAPI(_ id: String, _ realm: Realm) -> AWSFault {
        notFound("Invalid API identifier specified \(realm.account):\(id)")
    }

    static let noResource = notFound("Invalid Resource identifier specified")
    static let noMethod = notFound("Invalid Method identifier specified")
    static let noIntegration = notFound("Invalid Integration identifier specified")
    static let noResponse = notFound("Invalid Response status code specified")
    static let noAuthorizer = notFound("Invalid Authorizer identifier specified")
    static let noDeployment = notFound("Invalid Deployment identifier specified")
    static let noStage = notFound("Invalid stage identifier specified")
}
