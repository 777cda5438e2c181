import AWSModel
import Gateway
import ScalingRules
import Vocabulary

/// Reading what the operations have in common.
enum ScalingInput {
    /// The target that a request names. Throws for other service namespaces and for what does not belong together.
    static func target(_ request: OperationRequest) throws -> TargetKey {
        let input = request.input
        try requireSageMaker(input, request.context.operation)
        guard let dimension = ScalableDimension(rawValue: input["ScalableDimension"]?.string ?? ""),
              let resource = ScalableResource(input["ResourceId"]?.string ?? ""), resource.has(dimension)
        else { throw ScalingFault.unsupported }
        return TargetKey(realm: request.context.realm, resourceID: resource.id, dimension: dimension)
    }

    static func requireSageMaker(_ input: AWSObject, _ operation: String) throws {
        let namespace = input["ServiceNamespace"]?.string ?? ""
        guard namespace == "sagemaker" else {
            throw AWSFault.notEmulated(member: "ServiceNamespace \(namespace)", of: operation)
        }
    }

    /// What a Describe call filters by; nil where the namespace has nothing here.
    struct Filter: Sendable {
        let resourceID: String?
        let dimension: String?

        /// Throws when a dimension stands without a resource. AWS: doc — "If you specify a scalable dimension, you must also
        /// specify a resource ID."
        init?(_ input: AWSObject) throws {
            resourceID = input["ResourceId"]?.string
            dimension = input["ScalableDimension"]?.string
            if dimension != nil, resourceID == nil, input["ResourceIds"] == nil {
                throw AWSFault.validation("A resource ID must be specified with a scalable dimension.")
            }
            guard input["ServiceNamespace"]?.string == "sagemaker" else { return nil }
        }

        func matches(_ key: TargetKey) -> Bool {
            (resourceID.map { $0 == key.resourceID } ?? true) && (dimension.map { $0 == key.dimension.rawValue } ?? true)
        }
    }

    private static let pageMax = 50

    static func pageLength(_ input: AWSObject) throws -> Int {
        guard let wanted = input["MaxResults"]?.int else { return pageMax }
        guard wanted >= 1 else { throw AWSFault.validation("MaxResults must be at least 1.") }
        return min(wanted, pageMax)
    }

    /// One page of a list that is ordered by name; the token is a place in it.
    static func page<Item>(_ all: [Item], _ input: AWSObject) throws -> (page: [Item], next: AWSValue?) {
        var first = 0
        if let token = input["NextToken"]?.string {
            guard let place = Int(token), place > 0, place < all.count else { throw ScalingFault.invalidToken }
            first = place
        }
        let page = Array(all[first...].prefix(try pageLength(input)))
        let end = first + page.count
        return (page, end < all.count ? .string(String(end)) : nil)
    }
}
