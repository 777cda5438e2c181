import AWSModel
import AWSProtocols
import Gateway
import PolicyRules
import Vocabulary

/// The questions that a call of a service has to be asked. Operations of a service without a table need the action of
/// their own name on `*`.
enum ServiceActions {
    /// All that a request needs, in the order in which they are asked.
    static func questions(_ request: OperationRequest, of model: ServiceModel) -> [AccessQuestion] {
        let builder = QuestionBuilder(request)
        switch model.id.name {
        case "sagemaker", "sagemaker-runtime": return SageMakerActions.questions(builder, model)
        case "s3": return S3Actions.questions(builder)
        case "apigateway": return builder.apiGateway()
        case "sts": return STSActions.questions(builder)
        default:
            guard let table = tables[model.id.name] else {
                return [builder.question("\(model.signingName):\(request.context.operation)", "*")]
            }
            return builder.questions(table, service: model.id.name)
        }
    }

    private static let tables: [String: ActionTable] = [
        "cloudwatch": CloudWatchActions.table, "ecr": ECRActions.table, "cognito-idp": CognitoActions.userPools,
        "cognito-identity": CognitoActions.identityPools, "iam": IAMActions.table, "logs": LogsActions.table,
        "application-autoscaling": ActionTable(prefix: "application-autoscaling", lines: ""),
    ]
}

/// Makes questions out of one request.
struct QuestionBuilder {
    let request: OperationRequest
    let input: AWSObject
    let context: RequestContext

    init(_ request: OperationRequest) {
        self.request = request
        input = request.input
        context = request.context
    }

    var requestTags: [(key: String, value: String)] { RequestTags.read(input) }

    /// A question with the tags and tag keys of the request.
    func question(_ action: String, _ resource: String) -> AccessQuestion {
        var question = AccessQuestion(context, action: action, resource: resource)
        question.requestTags = requestTags
        let keys = (input["TagKeys"] ?? input["tagKeys"])?.list?.compactMap(\.string) ?? []
        if !keys.isEmpty { question.keys["aws:TagKeys"] = keys }
        return question
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:` of the caller's realm.
    func base(_ service: String, account: String? = nil) -> String {
        "arn:aws:\(service):\(context.region):\(account ?? context.caller.account.digits):"
    }

    /// The questions of a table's rows. An operation that is not in the table needs its own action on `*`.
    func questions(_ table: ActionTable, service: String) -> [AccessQuestion] {
        let base = service == "iam" ? "arn:aws:iam::\(context.caller.account):"
            : self.base(service, account: input["registryId"]?.string)
        var named = input
        named["$account"] = .string(context.caller.account.digits)
        // Without a user's name IAM's operations are about the caller.
        if service == "iam", input["UserName"] == nil, let arn = ARN(context.caller.principalARN), arn.service == "iam" {
            named["UserName"] = arn.resource.split(separator: "/").last.map { .string(String($0)) }
        }
        var found = (table[context.operation] ?? []).flatMap { need in
            need.resource.resources(named, base: base).map { question(need.action, $0) }
        }
        if found.isEmpty { found = [question("\(table.prefix):\(context.operation)", "*")] }
        for index in found.indices { ServiceKeys.add(to: &found[index], service, context.operation, input) }
        return found + passedRoles(service)
    }

    /// iam:PassRole for every role that the request hands to the service.
    /// AWS: doc — spec/support-services.md §F3, "Service calls that receive a role need iam:PassRole".
    func passedRoles(_ service: String) -> [AccessQuestion] {
        guard let rule = PassedRoles.byService[service], rule.operations.contains(where: context.operation.hasPrefix)
        else { return [] }
        return texts(ofMembers: rule.members, in: .object(input)).compactMap { text in
            guard text.hasPrefix("arn:"), text.contains(":role/") else { return nil }
            var question = AccessQuestion(context, action: "iam:PassRole", resource: text)
            question.keys["iam:PassedToService"] = [rule.principal]
            return question
        }
    }

    /// API Gateway's actions are HTTP methods on paths.
    /// AWS: doc — Service Authorization Reference, API Gateway management.
    func apiGateway() -> [AccessQuestion] {
        let path = context.target.prefix { $0 != "?" }
        return [question("apigateway:\(context.method)", "arn:aws:apigateway:\(context.region)::\(path)")]
            + passedRoles("apigateway")
    }
}
