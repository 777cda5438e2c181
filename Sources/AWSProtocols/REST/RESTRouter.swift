package import AWSModel
package import HTTPServer

/// Finds the operation of a REST request: by method, path and query, and for S3 by headers too.
package final class RESTRouter: Sendable {
    package let model: ServiceModel
    private let routes: [RESTRoute]
    /// Names that any template fixes: a request with one of them never means an operation that does not name it.
    private let subresources: Set<String>
    /// Query names some operation cannot do without: `?uploadId=` alone must not make UploadPart a PutObject.
    private let requiredNames: Set<String>
    private let isS3: Bool

    /// A request's operation, with its path labels decoded exactly once.
    package struct Match: Sendable {
        package var operation: OperationModel
        package var labels: [String: String]
    }

    package enum Outcome: Sendable {
        case matched(Match)
        /// The resource exists in the API, but not with this method or sub-resource.
        /// The router never falls back to a plainer operation.
        case methodNotAllowed
        case noRoute
        /// A label is not valid percent-encoded UTF-8.
        case malformedPath
    }

    package init(model: ServiceModel) {
        self.model = model
        isS3 = model.protocols.contains(.restXML)
        var routes: [RESTRoute] = []
        var subresources: Set<String> = []
        var requiredNames: Set<String> = []
        for name in model.operationNames {
            guard let operation = model.operations[name] else { continue }
            let route = RESTRoute(operation, model)
            for fixed in route.template.query { subresources.insert(fixed.name) }
            requiredNames.formUnion(route.requiredQuery)
            routes.append(route)
        }
        self.subresources = subresources
        self.requiredNames = requiredNames
        self.routes = routes.sorted { $0.rank > $1.rank }
    }

    /// `bucket` is the name a virtual-host style request carries in its Host; the path then holds only the key.
    package func match(_ request: HTTPRequest, bucket: String? = nil) -> Outcome {
        let path = bucket.map { "/\($0)\(request.rawPath)"[...] } ?? request.rawPath
        guard path.utf8.first == UInt8(ascii: "/"), let query = QueryItems(parsing: request.rawQuery ?? "") else {
            return .malformedPath
        }
        for route in routes where route.operation.httpMethod == request.method {
            guard let raw = route.template.labels(of: path), route.template.accepts(query),
                  route.requiredQuery.allSatisfy(query.contains),
                  route.requiredHeaders.allSatisfy({ request.headers[$0] != nil }),
                  !hasForeignSubresource(query, route, method: request.method) else { continue }
            var labels: [String: String] = [:]
            for label in raw {
                guard let text = PercentCoding.percentDecoded(label.raw, plusIsSpace: false) else {
                    return .malformedPath
                }
                labels[label.name] = text
            }
            return .matched(Match(operation: route.operation, labels: labels))
        }
        return routes.contains { $0.template.labels(of: path) != nil } ? .methodNotAllowed : .noRoute
    }

    /// A sub-resource the route does not know changes the meaning of the request. For calls that change something, so does
    /// any bare name (`?replicationTime`): deleting a bucket because its sub-resource is unknown would be fatal.
    private func hasForeignSubresource(_ query: QueryItems, _ route: RESTRoute, method: String) -> Bool {
        query.items.contains { item in
            guard !route.boundQuery.contains(item.name), !RESTRouter.isSigning(item.name) else { return false }
            if subresources.contains(item.name) { return true }
            guard isS3, method != "GET", method != "HEAD" else { return false }
            return item.value?.isEmpty ?? true || requiredNames.contains(item.name)
        }
    }

    private static func isSigning(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("x-amz-") || ["x-id", "awsaccesskeyid", "signature", "expires"].contains(name)
    }
}
