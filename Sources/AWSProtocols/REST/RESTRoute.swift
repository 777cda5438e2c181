import AWSModel

/// One operation's address and the conditions a request for it must meet.
final class RESTRoute: Sendable {
    let operation: OperationModel
    let template: RESTTemplate
    /// Required members bound to the query or to headers: they tell UploadPart from PutObject.
    let requiredQuery: [String]
    let requiredHeaders: [String]
    /// Every query name the operation knows.
    let boundQuery: Set<String>
    /// More literal segments, then more conditions, then the successor: the more special route is tried first.
    let rank: (Int, Int, Int)

    /// Operations the model keeps beside their successors at the same address, and one that only lives on another host.
    private static let superseded: Set<String> = [
        "GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification", "PutBucketNotification",
        "ListDirectoryBuckets",
    ]

    init(_ operation: OperationModel, _ model: ServiceModel) {
        self.operation = operation
        template = RESTTemplate(operation.requestURI)
        let members = operation.input.flatMap { model[$0].structure }?.members ?? []
        let query = members.filter { $0.location == .querystring }
        requiredQuery = query.filter(\.isRequired).map(\.wireName)
        requiredHeaders = members.filter { $0.location == .header && $0.isRequired }.map(\.wireName)
        boundQuery = Set(query.map(\.wireName)).union(template.query.map(\.name))
        let conditions = template.query.count + requiredQuery.count + requiredHeaders.count
        rank = (template.literalCount, conditions, RESTRoute.superseded.contains(operation.name) ? 0 : 1)
    }
}
