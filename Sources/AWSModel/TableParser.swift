/// The part of a table below its header: strings, shapes, operations.
struct TableParser {
    private var scanner: TableScanner
    private let strings: [String]
    private let shapeCount: Int
    private let operationCount: Int

    /// Reads the counts and the strings.
    init(scanner: TableScanner) throws(TableDefect) {
        self.scanner = scanner
        // A count beyond this is damage; believing it would reserve memory for nothing.
        let limit = 100_000
        let counts = try self.scanner.line()
        let numbers = counts.split(separator: 0x20).map { Int(String(decoding: $0, as: UTF8.self)) ?? -1 }
        guard numbers.count == 3, numbers.allSatisfy({ (0..<limit).contains($0) }) else {
            throw self.scanner.defect("the sizes are damaged")
        }
        shapeCount = numbers[1]
        operationCount = numbers[2]
        var texts: [String] = []
        texts.reserveCapacity(numbers[0])
        for _ in 0..<numbers[0] { texts.append(String(decoding: try self.scanner.line(), as: UTF8.self)) }
        strings = texts
    }

    private mutating func string() throws(TableDefect) -> String {
        strings[try scanner.index(below: strings.count)]
    }

    private mutating func shapeID() throws(TableDefect) -> ShapeID {
        ShapeID(Int32(try scanner.index(below: shapeCount)))
    }

    private func unknown(_ letter: UInt8, in line: String) -> TableDefect {
        scanner.defect("unknown letter \(letter) in \(line)")
    }

    // MARK: Shapes

    mutating func shapes() throws(TableDefect) -> [Shape] {
        var shapes: [Shape] = []
        shapes.reserveCapacity(shapeCount)
        for _ in 0..<shapeCount {
            guard let kind = try scanner.letter() else { throw scanner.defect("a shape line is empty") }
            let name = try string()
            shapes.append(
                kind == UInt8(ascii: "S") ? try structure(named: name) : try plainShape(kind, named: name))
        }
        return shapes
    }

    private mutating func structure(named name: String) throws(TableDefect) -> Shape {
        var isSensitive = false, error: Shape.ErrorTrait?
        var payloadMember: String?, isUnion = false, isEventStream = false
        var xmlNamespace, xmlNamespacePrefix, xmlElementName: String?
        var memberCount = 0
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "m"): memberCount = try scanner.natural()
            case UInt8(ascii: "!"): isSensitive = true
            case UInt8(ascii: "p"): payloadMember = try string()
            case UInt8(ascii: "u"): isUnion = true
            case UInt8(ascii: "v"): isEventStream = true
            case UInt8(ascii: "x"): xmlNamespace = try string()
            case UInt8(ascii: "y"): xmlNamespacePrefix = try string()
            case UInt8(ascii: "e"): xmlElementName = try string()
            case UInt8(ascii: "E"): error = Shape.ErrorTrait()
            case UInt8(ascii: "c"): error?.code = try string()
            case UInt8(ascii: "h"): error?.httpStatus = try scanner.natural()
            case UInt8(ascii: "G"): error?.isSenderFault = false
            default: throw unknown(letter, in: "a structure")
            }
        }
        guard memberCount < 10_000 else { throw scanner.defect("a structure has too many members") }
        var members: [Member] = []
        members.reserveCapacity(memberCount)
        for _ in 0..<memberCount { members.append(try member()) }
        let traits = Shape.StructureTraits(
            members: members, payloadMember: payloadMember, isUnion: isUnion, isEventStream: isEventStream,
            xmlNamespace: xmlNamespace, xmlNamespacePrefix: xmlNamespacePrefix, xmlElementName: xmlElementName)
        return Shape(name: name, kind: .structure(traits), isSensitive: isSensitive, error: error)
    }

    private mutating func member() throws(TableDefect) -> Member {
        guard try scanner.letter() == UInt8(ascii: ".") else { throw scanner.defect("a member line is missing") }
        let name = try string()
        guard try scanner.letter() == UInt8(ascii: "s") else { throw scanner.defect("a member's shape is missing") }
        let shape = try shapeID()
        var location = Member.Location.body
        var locationName, queryName, xmlNamespace, xmlNamespacePrefix: String?
        var isRequired = false, isFlattened = false, isXMLAttribute = false, isIdempotencyToken = false
        var isEventHeader = false, isEventPayload = false, isHostLabel = false
        var format: TimestampFormat?
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "R"): isRequired = true
            case UInt8(ascii: "u"): location = .uri
            case UInt8(ascii: "q"): location = .querystring
            case UInt8(ascii: "h"): location = .header
            case UInt8(ascii: "H"): location = .headers
            case UInt8(ascii: "c"): location = .statusCode
            case UInt8(ascii: "l"): locationName = try string()
            case UInt8(ascii: "n"): queryName = try string()
            case UInt8(ascii: "f"): isFlattened = true
            case UInt8(ascii: "a"): isXMLAttribute = true
            case UInt8(ascii: "x"): xmlNamespace = try string()
            case UInt8(ascii: "y"): xmlNamespacePrefix = try string()
            case UInt8(ascii: "t"): format = try timestampFormat()
            case UInt8(ascii: "i"): isIdempotencyToken = true
            case UInt8(ascii: "e"): isEventHeader = true
            case UInt8(ascii: "P"): isEventPayload = true
            case UInt8(ascii: "d"): isHostLabel = true
            default: throw unknown(letter, in: "a member")
            }
        }
        return Member(
            name: name, shape: shape, isRequired: isRequired, location: location, locationName: locationName,
            queryName: queryName, isFlattened: isFlattened, isXMLAttribute: isXMLAttribute, xmlNamespace: xmlNamespace,
            xmlNamespacePrefix: xmlNamespacePrefix, timestampFormat: format, isIdempotencyToken: isIdempotencyToken,
            isEventHeader: isEventHeader, isEventPayload: isEventPayload, isHostLabel: isHostLabel)
    }

    private mutating func timestampFormat() throws(TableDefect) -> TimestampFormat {
        let formats: [TimestampFormat] = [.iso8601, .rfc822, .unixTimestamp]
        return formats[try scanner.index(below: formats.count)]
    }

    /// The tokens of a shape that is not a structure; which of them count depends on its kind.
    private struct PlainTokens {
        var item, key, value: ShapeID?
        var itemOrKeyName, valueName: String?
        var isFlattened = false
        var isJSONValue = false
        var isStreaming = false
        var timestampFormat: TimestampFormat?
    }

    private mutating func plainShape(_ kind: UInt8, named name: String) throws(TableDefect) -> Shape {
        var constraints = Shape.Constraints(), isSensitive = false
        var tokens = PlainTokens()
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "!"): isSensitive = true
            case UInt8(ascii: "a"): constraints.minimum = try scanner.limit()
            case UInt8(ascii: "z"): constraints.maximum = try scanner.limit()
            case UInt8(ascii: "r"): constraints.pattern = try string()
            case UInt8(ascii: "q"): constraints.values.append(try string())
            case UInt8(ascii: "i"): tokens.item = try shapeID()
            case UInt8(ascii: "k"): tokens.key = try shapeID()
            case UInt8(ascii: "v"): tokens.value = try shapeID()
            case UInt8(ascii: "n"): tokens.itemOrKeyName = try string()
            case UInt8(ascii: "w"): tokens.valueName = try string()
            case UInt8(ascii: "f"): tokens.isFlattened = true
            case UInt8(ascii: "j"): tokens.isJSONValue = true
            case UInt8(ascii: "b"): tokens.isStreaming = true
            case UInt8(ascii: "t"): tokens.timestampFormat = try timestampFormat()
            default: throw unknown(letter, in: "a shape")
            }
        }
        return Shape(name: name, kind: try self.kind(kind, tokens), constraints: constraints, isSensitive: isSensitive)
    }

    private func kind(_ letter: UInt8, _ tokens: PlainTokens) throws(TableDefect) -> Shape.Kind {
        switch letter {
        case UInt8(ascii: "L"):
            guard let item = tokens.item else { throw scanner.defect("a list has no item") }
            return .list(item: item, itemName: tokens.itemOrKeyName ?? "member", isFlattened: tokens.isFlattened)
        case UInt8(ascii: "M"):
            guard let key = tokens.key, let value = tokens.value else { throw scanner.defect("a map lacks key or value") }
            return .map(
                key: key, value: value, keyName: tokens.itemOrKeyName ?? "key", valueName: tokens.valueName ?? "value",
                isFlattened: tokens.isFlattened)
        case UInt8(ascii: "T"): return .string(isJSONValue: tokens.isJSONValue)
        case UInt8(ascii: "B"): return .boolean
        case UInt8(ascii: "I"): return .integer
        case UInt8(ascii: "J"): return .long
        case UInt8(ascii: "F"): return .float
        case UInt8(ascii: "D"): return .double
        case UInt8(ascii: "O"): return .blob(isStreaming: tokens.isStreaming)
        case UInt8(ascii: "W"): return .timestamp(tokens.timestampFormat)
        case UInt8(ascii: "X"): return .document
        default: throw unknown(letter, in: "the kinds")
        }
    }

    // MARK: Operations

    mutating func operations() throws(TableDefect) -> [OperationModel] {
        var operations: [OperationModel] = []
        operations.reserveCapacity(operationCount)
        var names: Set<String> = []
        for _ in 0..<operationCount {
            let operation = try operation()
            guard names.insert(operation.name).inserted else {
                throw scanner.defect("operation \(operation.name) occurs twice")
            }
            operations.append(operation)
        }
        guard scanner.isAtEnd else { throw scanner.defect("the table goes on after its operations") }
        return operations
    }

    private mutating func operation() throws(TableDefect) -> OperationModel {
        guard try scanner.letter() == UInt8(ascii: "O") else { throw scanner.defect("an operation line is missing") }
        let name = try string()
        var httpMethod = "POST", requestURI = "/", successStatus = 200, isUnsigned = false
        var input, output: ShapeID?, errors: [ShapeID] = []
        var resultWrapper, inputElement, inputElementNamespace: String?
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "m"): httpMethod = try string()
            case UInt8(ascii: "u"): requestURI = try string()
            case UInt8(ascii: "s"): successStatus = try scanner.natural()
            case UInt8(ascii: "i"): input = try shapeID()
            case UInt8(ascii: "o"): output = try shapeID()
            case UInt8(ascii: "e"): errors.append(try shapeID())
            case UInt8(ascii: "w"): resultWrapper = try string()
            case UInt8(ascii: "N"): isUnsigned = true
            case UInt8(ascii: "l"): inputElement = try string()
            case UInt8(ascii: "x"): inputElementNamespace = try string()
            default: throw unknown(letter, in: "an operation")
            }
        }
        return OperationModel(
            name: name, httpMethod: httpMethod, requestURI: requestURI, successStatus: successStatus, input: input,
            output: output, errors: errors, resultWrapper: resultWrapper, isUnsigned: isUnsigned,
            inputElement: inputElement, inputElementNamespace: inputElementNamespace)
    }
}
