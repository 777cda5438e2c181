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
        var shape = Shape(name: name, kind: .boolean)
        var traits = Shape.StructureTraits()
        var memberCount = 0
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "m"): memberCount = try scanner.natural()
            case UInt8(ascii: "!"): shape.isSensitive = true
            case UInt8(ascii: "p"): traits.payloadMember = try string()
            case UInt8(ascii: "u"): traits.isUnion = true
            case UInt8(ascii: "v"): traits.isEventStream = true
            case UInt8(ascii: "x"): traits.xmlNamespace = try string()
            case UInt8(ascii: "y"): traits.xmlNamespacePrefix = try string()
            case UInt8(ascii: "e"): traits.xmlElementName = try string()
            case UInt8(ascii: "E"): shape.error = Shape.ErrorTrait()
            case UInt8(ascii: "c"): shape.error?.code = try string()
            case UInt8(ascii: "h"): shape.error?.httpStatus = try scanner.natural()
            case UInt8(ascii: "G"): shape.error?.isSenderFault = false
            default: throw unknown(letter, in: "a structure")
            }
        }
        guard memberCount < 10_000 else { throw scanner.defect("a structure has too many members") }
        traits.members.reserveCapacity(memberCount)
        for _ in 0..<memberCount { traits.members.append(try member()) }
        shape.kind = .structure(traits)
        return shape
    }

    private mutating func member() throws(TableDefect) -> Member {
        guard try scanner.letter() == UInt8(ascii: ".") else { throw scanner.defect("a member line is missing") }
        let name = try string()
        guard try scanner.letter() == UInt8(ascii: "s") else { throw scanner.defect("a member's shape is missing") }
        var member = Member(name: name, shape: try shapeID())
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "R"): member.isRequired = true
            case UInt8(ascii: "u"): member.location = .uri
            case UInt8(ascii: "q"): member.location = .querystring
            case UInt8(ascii: "h"): member.location = .header
            case UInt8(ascii: "H"): member.location = .headers
            case UInt8(ascii: "c"): member.location = .statusCode
            case UInt8(ascii: "l"): member.locationName = try string()
            case UInt8(ascii: "n"): member.queryName = try string()
            case UInt8(ascii: "f"): member.isFlattened = true
            case UInt8(ascii: "a"): member.isXMLAttribute = true
            case UInt8(ascii: "x"): member.xmlNamespace = try string()
            case UInt8(ascii: "y"): member.xmlNamespacePrefix = try string()
            case UInt8(ascii: "t"): member.timestampFormat = try timestampFormat()
            case UInt8(ascii: "i"): member.isIdempotencyToken = true
            case UInt8(ascii: "e"): member.isEventHeader = true
            case UInt8(ascii: "P"): member.isEventPayload = true
            case UInt8(ascii: "d"): member.isHostLabel = true
            default: throw unknown(letter, in: "a member")
            }
        }
        return member
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
        var shape = Shape(name: name, kind: .boolean)
        var tokens = PlainTokens()
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "!"): shape.isSensitive = true
            case UInt8(ascii: "a"): shape.constraints.minimum = try scanner.limit()
            case UInt8(ascii: "z"): shape.constraints.maximum = try scanner.limit()
            case UInt8(ascii: "r"): shape.constraints.pattern = try string()
            case UInt8(ascii: "q"): shape.constraints.values.append(try string())
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
        shape.kind = try self.kind(kind, tokens)
        return shape
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
        var operation = OperationModel(name: try string())
        while let letter = try scanner.letter() {
            switch letter {
            case UInt8(ascii: "m"): operation.httpMethod = try string()
            case UInt8(ascii: "u"): operation.requestURI = try string()
            case UInt8(ascii: "s"): operation.successStatus = try scanner.natural()
            case UInt8(ascii: "i"): operation.input = try shapeID()
            case UInt8(ascii: "o"): operation.output = try shapeID()
            case UInt8(ascii: "e"): operation.errors.append(try shapeID())
            case UInt8(ascii: "w"): operation.resultWrapper = try string()
            case UInt8(ascii: "N"): operation.isUnsigned = true
            case UInt8(ascii: "l"): operation.inputElement = try string()
            case UInt8(ascii: "x"): operation.inputElementNamespace = try string()
            default: throw unknown(letter, in: "an operation")
            }
        }
        return operation
    }
}
