import Synchronization

/// A shape's index in its service's table.
package struct ShapeID: Hashable, Sendable {
    package let index: Int32
    package init(_ index: Int32) { self.index = index }
}

/// One shape of a service model. A class, like everything the tables describe: codecs and checks walk shapes at every request,
/// and passing one on must not count references to each of its strings.
package final class Shape: Sendable {
    package let name: String
    package let kind: Kind
    /// Length (strings, lists, blobs: `minimum`/`maximum` count characters, items, bytes) or value bounds.
    package let constraints: Constraints
    /// True for values that must not be logged.
    package let isSensitive: Bool
    /// Set for error structures only.
    package let error: ErrorTrait?
    private let compiledPattern = AtomicLazyReference<CompiledPattern>()

    private final class CompiledPattern: Sendable {
        let program: PatternProgram?
        init(_ program: PatternProgram?) { self.program = program }
    }

    package init(
        name: String, kind: Kind, constraints: Constraints = Constraints(), isSensitive: Bool = false,
        error: ErrorTrait? = nil
    ) {
        self.name = name
        self.kind = kind
        self.constraints = constraints
        self.isSensitive = isSensitive
        self.error = error
    }

    /// The program of the constraints' pattern, compiled at its first use; nil when there is none, or its syntax is not read,
    /// in which case every value matches.
    var patternProgram: PatternProgram? {
        if let compiled = compiledPattern.load() { return compiled.program }
        return compiledPattern.storeIfNil(CompiledPattern(constraints.pattern.flatMap(PatternProgram.init))).program
    }

    package indirect enum Kind: Sendable {
        case structure(StructureTraits)
        /// `itemName` is the XML/Query item element (`member` unless the model says otherwise).
        case list(item: ShapeID, itemName: String, isFlattened: Bool)
        /// `keyName`/`valueName` are the XML/Query element names (`key`/`value` unless the model says otherwise).
        case map(key: ShapeID, value: ShapeID, keyName: String, valueName: String, isFlattened: Bool)
        /// An enumeration keeps the model's order in `Constraints.values`. `jsonValue` strings travel base64 in headers.
        case string(isJSONValue: Bool)
        case boolean
        case integer
        case long
        case float
        case double
        case blob(isStreaming: Bool)
        case timestamp(TimestampFormat?)
        /// A free JSON-like value.
        case document
    }

    package final class StructureTraits: Sendable {
        package let members: [Member]
        /// The member that is the whole HTTP body, in the REST protocols.
        package let payloadMember: String?
        package let isUnion: Bool
        /// True when this structure is an event stream (its members are the event types).
        package let isEventStream: Bool
        package let xmlNamespace: String?
        package let xmlNamespacePrefix: String?
        /// The element's own name in XML, where the shape gives one (`locationName` on the shape).
        package let xmlElementName: String?

        package init(
            members: [Member] = [], payloadMember: String? = nil, isUnion: Bool = false, isEventStream: Bool = false,
            xmlNamespace: String? = nil, xmlNamespacePrefix: String? = nil, xmlElementName: String? = nil
        ) {
            self.members = members
            self.payloadMember = payloadMember
            self.isUnion = isUnion
            self.isEventStream = isEventStream
            self.xmlNamespace = xmlNamespace
            self.xmlNamespacePrefix = xmlNamespacePrefix
            self.xmlElementName = xmlElementName
        }

        /// The member of that API name, or nil.
        package func member(_ name: String) -> Member? { members.first { $0.name == name } }
    }

    package struct Constraints: Sendable, Equatable {
        package var minimum: Double?
        package var maximum: Double?
        package var pattern: String?
        /// The enumeration's values in the service's order; empty when the shape is not one.
        package var values: [String]

        package init(minimum: Double? = nil, maximum: Double? = nil, pattern: String? = nil, values: [String] = []) {
            self.minimum = minimum
            self.maximum = maximum
            self.pattern = pattern
            self.values = values
        }
    }

    package struct ErrorTrait: Sendable, Equatable {
        /// The code on the wire of Query and REST-XML (and of `x-amzn-query-error`), where it differs from the shape name.
        package var code: String?
        package var httpStatus: Int?
        package var isSenderFault: Bool

        package init(code: String? = nil, httpStatus: Int? = nil, isSenderFault: Bool = true) {
            self.code = code
            self.httpStatus = httpStatus
            self.isSenderFault = isSenderFault
        }
    }

    /// The members of a structure; nil for any other kind.
    package var structure: StructureTraits? { if case .structure(let traits) = kind { traits } else { nil } }
}

/// How a timestamp is written: ISO 8601, RFC 1123, or epoch seconds.
package enum TimestampFormat: String, Sendable { case iso8601, rfc822, unixTimestamp }

/// One member of a structure.
package final class Member: Sendable {
    /// The API name, e.g. `EndpointName`.
    package let name: String
    package let shape: ShapeID
    package let isRequired: Bool
    /// Where the member travels in the REST protocols; `.body` everywhere else.
    package let location: Location
    /// The name on the wire (header, query parameter, XML element), where it differs from `name`.
    package let locationName: String?
    /// The parameter name in EC2-style Query, where the model gives one.
    package let queryName: String?
    package let isFlattened: Bool
    package let isXMLAttribute: Bool
    package let xmlNamespace: String?
    package let xmlNamespacePrefix: String?
    package let timestampFormat: TimestampFormat?
    package let isIdempotencyToken: Bool
    /// In an event-stream event: whether the member is a header (`true`) or the payload is this member.
    package let isEventHeader: Bool
    package let isEventPayload: Bool
    /// Set on host-label members and S3's context parameters; informational.
    package let isHostLabel: Bool

    package enum Location: String, Sendable { case body, uri, querystring, header, headers, statusCode }

    package init(
        name: String, shape: ShapeID, isRequired: Bool = false, location: Location = .body, locationName: String? = nil,
        queryName: String? = nil, isFlattened: Bool = false, isXMLAttribute: Bool = false, xmlNamespace: String? = nil,
        xmlNamespacePrefix: String? = nil, timestampFormat: TimestampFormat? = nil, isIdempotencyToken: Bool = false,
        isEventHeader: Bool = false, isEventPayload: Bool = false, isHostLabel: Bool = false
    ) {
        self.name = name
        self.shape = shape
        self.isRequired = isRequired
        self.location = location
        self.locationName = locationName
        self.queryName = queryName
        self.isFlattened = isFlattened
        self.isXMLAttribute = isXMLAttribute
        self.xmlNamespace = xmlNamespace
        self.xmlNamespacePrefix = xmlNamespacePrefix
        self.timestampFormat = timestampFormat
        self.isIdempotencyToken = isIdempotencyToken
        self.isEventHeader = isEventHeader
        self.isEventPayload = isEventPayload
        self.isHostLabel = isHostLabel
    }

    /// The name the member has on the wire.
    package var wireName: String { locationName ?? name }
}
