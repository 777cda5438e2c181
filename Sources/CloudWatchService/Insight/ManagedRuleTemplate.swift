import Vocabulary

/// The templates of managed Contributor Insights rules. AWS: doc — VPC endpoint services have some; the logs they read are
/// AWS's own, so that here they find nothing unless somebody writes such a log group.
enum ManagedRuleTemplate {
    private static let endpointService = [
        "VpcEndpointService-ActiveConnectionsByEndpointId-v1", "VpcEndpointService-BytesByEndpointId-v1",
        "VpcEndpointService-NewConnectionsByEndpointId-v1", "VpcEndpointService-RstPacketsByEndpointId-v1",
    ]

    /// The templates for a resource, in order.
    static func names(for arn: String) -> [String] {
        guard let arn = ARN(arn), arn.service == "ec2", arn.resource.hasPrefix("vpc-endpoint-service/") else { return [] }
        return endpointService
    }

    /// AWS: inferred — made of template and resource.
    static func ruleName(_ template: String, _ arn: String) -> String {
        "\(template)-\(arn.split { $0 == "/" || $0 == ":" }.last ?? "")"
    }

    /// AWS: inferred.
    static func definition(_ template: String, _ arn: String) -> String {
        let parts = template.split(separator: "-"), measure = parts.count > 1 ? parts[1].split(separator: "B").first ?? "" : ""
        return JSONText.object([
            ("Schema", #"{"Name":"CloudWatchLogRule","Version":1}"#),
            ("LogGroupNames", JSONText.array([JSONText.string("/aws/vpc-endpoint-service/\(arn.split(separator: "/").last ?? "")")])),
            ("LogFormat", "\"JSON\""),
            ("Contribution", JSONText.object([
                ("Keys", #"["$.endpointId"]"#), ("ValueOf", JSONText.string("$.\(measure)")), ("Filters", "[]"),
            ])),
            ("AggregateOn", "\"Sum\""),
        ])
    }
}
