import AWSModel
import Gateway
import PolicyRules

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
