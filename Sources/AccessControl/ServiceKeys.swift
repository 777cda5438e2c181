import AWSModel
import Gateway
import PolicyRules

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
