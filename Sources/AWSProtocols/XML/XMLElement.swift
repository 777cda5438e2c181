import AWSModel

/// A parsed XML element. Names are local: prefixes are dropped, so namespaces never decide anything.
final class XMLElement: Sendable {
    let name: String
    /// Attributes under their full names, e.g. `xsi:type`.
    let attributes: [(name: String, value: String)]
    let children: [XMLElement]
    /// The character data directly inside, all runs joined; empty when there are only children and white space.
    let text: String

    init(name: String, attributes: [(name: String, value: String)], children: [XMLElement], text: String) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.text = text
    }

    func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The root of a document. Refuses document types, more than `maximumNesting` levels, and text that is not UTF-8.
    static func parse(_ bytes: [UInt8]) throws(SerializationFailure) -> XMLElement {
        var parser = XMLParser(bytes)
        return try parser.document()
    }
}

/// A small non-validating XML 1.0 parser: elements, attributes, text, CDATA, comments, processing instructions
/// and the five predefined entities with character references.
private struct XMLParser {
    private let bytes: [UInt8]
    private var index = 0
    /// A document of a million empty elements is refused before it has cost a hundred times its size.
    private var elementsLeft = 200_000

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { index = 3 }
    }

    mutating func document() throws(SerializationFailure) -> XMLElement {
        try skipMisc()
        guard index < bytes.count, bytes[index] == 0x3c else { throw .malformed }
        let root = try element(depth: 0)
        try skipMisc()
        guard index == bytes.count else { throw .malformed }
        return root
    }

    private func starts(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index + length <= bytes.count else { return false }
        for offset in 0..<length where bytes[index + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Moves behind the next `end`; fails when there is none.
    private mutating func skip(past end: StaticString) throws(SerializationFailure) {
        while index < bytes.count {
            if starts(end) {
                index += end.utf8CodeUnitCount
                return
            }
            index += 1
        }
        throw .malformed
    }

    private mutating func skipSpace() {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

    /// White space, comments and processing instructions around the root. A DOCTYPE is not one of them.
    private mutating func skipMisc() throws(SerializationFailure) {
        while true {
            skipSpace()
            if starts("<?") {
                try skip(past: "?>")
            } else if starts("<!--") {
                try skip(past: "-->")
            } else {
                return
            }
        }
    }

    private mutating func qualifiedName() throws(SerializationFailure) -> String {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0a, 0x0d, 0x2f, 0x3e, 0x3d, 0x3c, 0x22, 0x27, 0x26: return try text(start)
            default: index += 1
            }
        }
        throw .malformed
    }

    private func text(_ start: Int) throws(SerializationFailure) -> String {
        guard index > start, let text = String(validating: bytes[start..<index], as: UTF8.self) else { throw .malformed }
        return text
    }

    private mutating func element(depth: Int) throws(SerializationFailure) -> XMLElement {
        guard depth < maximumNesting, elementsLeft > 0 else { throw .malformed }
        elementsLeft -= 1
        index += 1
        let fullName = try qualifiedName()
        let attributes = try attributes()
        let name = fullName.split(separator: ":", maxSplits: 1).last.map(String.init) ?? fullName
        if starts("/>") {
            index += 2
            return XMLElement(name: name, attributes: attributes, children: [], text: "")
        }
        guard starts(">") else { throw .malformed }
        index += 1
        let (children, text) = try content(depth: depth)
        guard try qualifiedName() == fullName else { throw .malformed }
        skipSpace()
        guard starts(">") else { throw .malformed }
        index += 1
        return XMLElement(name: name, attributes: attributes, children: children, text: text)
    }

    private mutating func attributes() throws(SerializationFailure) -> [(name: String, value: String)] {
        var attributes: [(name: String, value: String)] = []
        while true {
            let before = index
            skipSpace()
            guard index < bytes.count else { throw .malformed }
            if bytes[index] == 0x2f || bytes[index] == 0x3e { return attributes }
            guard index > before, attributes.count < 64 else { throw .malformed }
            let name = try qualifiedName()
            skipSpace()
            guard starts("=") else { throw .malformed }
            index += 1
            skipSpace()
            guard index < bytes.count, bytes[index] == 0x22 || bytes[index] == 0x27 else { throw .malformed }
            let quote = bytes[index]
            index += 1
            var value: [UInt8] = []
            while true {
                guard index < bytes.count, bytes[index] != 0x3c else { throw .malformed }
                if bytes[index] == quote { break }
                try character(into: &value)
            }
            index += 1
            guard let text = String(validating: value, as: UTF8.self) else { throw .malformed }
            attributes.append((name, text))
        }
    }

    /// Everything up to the closing tag, whose `</` is taken.
    private mutating func content(depth: Int) throws(SerializationFailure) -> (children: [XMLElement], text: String) {
        var children: [XMLElement] = []
        var text: [UInt8] = []
        while true {
            guard index < bytes.count else { throw .malformed }
            if bytes[index] != 0x3c {
                try character(into: &text)
            } else if starts("</") {
                index += 2
                break
            } else if starts("<!--") {
                try skip(past: "-->")
            } else if starts("<![CDATA[") {
                let start = index + 9
                try skip(past: "]]>")
                guard index - 3 >= start else { throw .malformed }
                text.append(contentsOf: bytes[start..<index - 3])
            } else if starts("<?") {
                try skip(past: "?>")
            } else if starts("<!") {
                throw .malformed
            } else {
                children.append(try element(depth: depth + 1))
            }
        }
        if !children.isEmpty, text.allSatisfy(isSpace) { return (children, "") }
        guard let string = String(validating: text, as: UTF8.self) else { throw .malformed }
        return (children, string)
    }

    /// Takes one byte of character data, or one reference.
    private mutating func character(into output: inout [UInt8]) throws(SerializationFailure) {
        guard bytes[index] == 0x26 else {
            // Line ends are normalised (XML 1.0 §2.11).
            if bytes[index] == 0x0d {
                output.append(0x0a)
                index += index + 1 < bytes.count && bytes[index + 1] == 0x0a ? 2 : 1
            } else {
                output.append(bytes[index])
                index += 1
            }
            return
        }
        guard let end = bytes[index...].prefix(12).firstIndex(of: 0x3b) else { throw .malformed }
        let name = String(decoding: bytes[index + 1..<end], as: UTF8.self)
        index = end + 1
        switch name {
        case "amp": output.append(0x26)
        case "lt": output.append(0x3c)
        case "gt": output.append(0x3e)
        case "quot": output.append(0x22)
        case "apos": output.append(0x27)
        default:
            guard name.hasPrefix("#") else { throw .malformed }
            let digits = name.dropFirst()
            let isHex = digits.first == "x"
            guard let number = UInt32(isHex ? digits.dropFirst() : digits, radix: isHex ? 16 : 10),
                  let scalar = Unicode.Scalar(number) else { throw .malformed }
            output.append(contentsOf: String(Character(scalar)).utf8)
        }
    }
}
