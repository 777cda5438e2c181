/// The identity of an AWS service model as botocore names it, e.g. `sagemaker-runtime`.
package struct ServiceID: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }
    package var description: String { name }
}

/// The wire protocols of AWS services.
package enum WireProtocol: String, Sendable, Hashable {
    case json = "json"
    case restJSON = "rest-json"
    case restXML = "rest-xml"
    case query = "query"
    case cbor = "smithy-rpc-v2-cbor"
}

/// Everything the wire layer knows of one service, read from its embedded table. Immutable once made.
package final class ServiceModel: Sendable {
    package let id: ServiceID
    /// The name in a signature's credential scope, e.g. `monitoring` for CloudWatch.
    package let signingName: String
    /// The prefix of `X-Amz-Target`, e.g. `SageMaker`; nil for protocols without a target.
    package let targetPrefix: String?
    package let apiVersion: String
    /// `1.0` or `1.1` for the JSON protocol.
    package let jsonVersion: String?
    /// The namespace of Query and REST-XML answers.
    package let xmlNamespace: String?
    /// The protocols the service speaks, in the model's order.
    package let protocols: [WireProtocol]
    /// True when JSON and CBOR answers carry `x-amzn-query-error` on request.
    package let isQueryCompatible: Bool
    /// Operations by name.
    package let operations: [String: OperationModel]
    /// Operation names in the model's order.
    package let operationNames: [String]
    private let shapes: [Shape]
    private let errors: [String: ShapeID]

    package init(
        id: ServiceID, signingName: String, targetPrefix: String?, apiVersion: String, jsonVersion: String?,
        xmlNamespace: String?, protocols: [WireProtocol], isQueryCompatible: Bool,
        operations: [OperationModel], shapes: [Shape]
    ) {
        self.id = id
        self.signingName = signingName
        self.targetPrefix = targetPrefix
        self.apiVersion = apiVersion
        self.jsonVersion = jsonVersion
        self.xmlNamespace = xmlNamespace
        self.protocols = protocols
        self.isQueryCompatible = isQueryCompatible
        self.operations = Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0) })
        operationNames = operations.map(\.name)
        self.shapes = shapes
        errors = Dictionary(
            shapes.indices.lazy.filter { shapes[$0].error != nil }.map { (shapes[$0].name, ShapeID(Int32($0))) },
            uniquingKeysWith: { first, _ in first })
    }

    package subscript(id: ShapeID) -> Shape { shapes[Int(id.index)] }

    /// The error shape of that name among all shapes, or nil.
    package func errorShape(named name: String) -> Shape? {
        errors[name].map { self[$0] }
    }

    /// The number of shapes; their ids are 0 ..< shapeCount.
    package var shapeCount: Int { shapes.count }

    /// The shape of that name, or nil. Looks through all shapes: for set-up and tests, not for requests.
    package func shapeID(named name: String) -> ShapeID? {
        shapes.firstIndex { $0.name == name }.map { ShapeID(Int32($0)) }
    }
}

/// One operation: its HTTP binding, input, output and errors.
package final class OperationModel: Sendable {
    package let name: String
    package let httpMethod: String
    /// The URI template, e.g. `/endpoints/{EndpointName}/invocations` or `/{Bucket}/{Key+}?uploads`.
    package let requestURI: String
    /// The status of success; 200 unless the model says otherwise.
    package let successStatus: Int
    package let input: ShapeID?
    package let output: ShapeID?
    package let errors: [ShapeID]
    /// The element that wraps the result in Query answers, e.g. `CreateRoleResult`; nil when there is none.
    package let resultWrapper: String?
    /// True for operations that need no signature (`authtype: none` or `noAuth`), e.g. InitiateAuth.
    package let isUnsigned: Bool
    /// The wire name of REST-XML's top-level input element, where it differs from the shape's name.
    package let inputElement: String?
    package let inputElementNamespace: String?

    package init(
        name: String, httpMethod: String = "POST", requestURI: String = "/", successStatus: Int = 200,
        input: ShapeID? = nil, output: ShapeID? = nil, errors: [ShapeID] = [], resultWrapper: String? = nil,
        isUnsigned: Bool = false, inputElement: String? = nil, inputElementNamespace: String? = nil
    ) {
        self.name = name
        self.httpMethod = httpMethod
        self.requestURI = requestURI
        self.successStatus = successStatus
        self.input = input
        self.output = output
        self.errors = errors
        self.resultWrapper = resultWrapper
        self.isUnsigned = isUnsigned
        self.inputElement = inputElement
        self.inputElementNamespace = inputElementNamespace
    }
}
