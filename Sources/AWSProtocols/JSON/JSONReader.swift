import AWSModel

/// A cursor over JSON text (RFC 8259) in UTF-8. Typed reading (`JSONShapeReader`) and free reading (`JSON.parse`)
/// share it.
struct JSONReader {
    let bytes: [UInt8]
    var index = 0

    enum Number: Equatable {
        case integer(Int64)
        /// Written with a fraction or exponent, or an integer beyond 64 bits.
        case double(Double)
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte-order mark is not JSON, but some editors' files carry one.
        if bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { index = 3 }
    }

    /// Skips white space and shows the next byte without taking it. Fails at the end of the text.
    @inline(__always)
    mutating func peek() throws(SerializationFailure) -> UInt8 {
        while index < bytes.count {
            let byte = bytes[index]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { throw .malformed }
            index += 1
        }
        throw .malformed
    }

    /// Skips white space and takes `byte`; fails for any other.
    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(SerializationFailure) {
        guard try peek() == byte else { throw .malformed }
        index += 1
    }

    /// Takes the separator after an item: true when another follows, false at `close`.
    @inline(__always)
    mutating func hasNext(orClose close: UInt8) throws(SerializationFailure) -> Bool {
        let byte = try peek()
        index += 1
        if byte == 0x2c { return true }
        guard byte == close else { throw .malformed }
        return false
    }

    /// Takes an opening bracket, and the closing one if nothing stands between: false then.
    @inline(__always)
    mutating func open(close: UInt8) throws(SerializationFailure) -> Bool {
        index += 1
        guard try peek() == close else { return true }
        index += 1
        return false
    }

    /// Checks that nothing but white space is left.
    mutating func finish() throws(SerializationFailure) {
        while index < bytes.count {
            guard [0x20, 0x0a, 0x0d, 0x09].contains(bytes[index]) else { throw .malformed }
            index += 1
        }
    }

    /// Takes `true`, `false` or `null`.
    mutating func literal() throws(SerializationFailure) -> Bool? {
        switch bytes[index] {
        case 0x74: try word("true"); return true
        case 0x66: try word("false"); return false
        default: try word("null"); return nil
        }
    }

    private mutating func word(_ text: StaticString) throws(SerializationFailure) {
        let length = text.utf8CodeUnitCount
        guard index + length <= bytes.count else { throw .malformed }
        for offset in 0..<length where bytes[index + offset] != text.utf8Start[offset] { throw .malformed }
        index += length
    }

    // MARK: Strings

    /// Takes a string; the cursor stands on its opening quote.
    mutating func string() throws(SerializationFailure) -> String {
        if let range = try plainString() { return try text(range) }
        return try escapedString()
    }

    /// The bytes of a string without escapes, taking it; nil, taking nothing, when it has escapes.
    @inline(__always)
    mutating func plainString() throws(SerializationFailure) -> Range<Int>? {
        let start = index + 1
        var end = start
        while end < bytes.count {
            let byte = bytes[end]
            if byte == 0x22 {
                index = end + 1
                return start..<end
            }
            if byte == 0x5c { return nil }
            if byte < 0x20 { throw .malformed }
            end += 1
        }
        throw .malformed
    }

    func text(_ range: Range<Int>) throws(SerializationFailure) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw .malformed }
        return text
    }

    private mutating func escapedString() throws(SerializationFailure) -> String {
        var output: [UInt8] = []
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x22:
                guard let text = String(validating: output, as: UTF8.self) else { throw .malformed }
                return text
            case 0x5c: try escape(into: &output)
            case 0..<0x20: throw .malformed
            default: output.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape(into output: inout [UInt8]) throws(SerializationFailure) {
        guard index < bytes.count else { throw .malformed }
        let byte = bytes[index]
        index += 1
        switch byte {
        case 0x22, 0x5c, 0x2f: output.append(byte)
        case 0x62: output.append(0x08)
        case 0x66: output.append(0x0c)
        case 0x6e: output.append(0x0a)
        case 0x72: output.append(0x0d)
        case 0x74: output.append(0x09)
        case 0x75: output.append(contentsOf: String(try escapedScalar()).utf8)
        default: throw .malformed
        }
    }

    /// Takes the digits of `\uXXXX`, and of a second escape after a high surrogate.
    /// A surrogate without its partner reads as U+FFFD, since no text can hold it.
    private mutating func escapedScalar() throws(SerializationFailure) -> Character {
        let unit = try hexUnit()
        guard (0xd800...0xdfff).contains(unit) else { return Character(Unicode.Scalar(unit) ?? "\u{fffd}") }
        guard unit < 0xdc00, index + 1 < bytes.count, bytes[index] == 0x5c, bytes[index + 1] == 0x75 else {
            return "\u{fffd}"
        }
        let beforeSecond = index
        index += 2
        let second = try hexUnit()
        guard (0xdc00...0xdfff).contains(second) else {
            index = beforeSecond
            return "\u{fffd}"
        }
        let scalar = 0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
        return Character(Unicode.Scalar(scalar) ?? "\u{fffd}")
    }

    private mutating func hexUnit() throws(SerializationFailure) -> UInt16 {
        guard index + 4 <= bytes.count else { throw .malformed }
        var value: UInt16 = 0
        for byte in bytes[index..<index + 4] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt16(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt16(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt16(byte - 0x57)
            default: throw .malformed
            }
        }
        index += 4
        return value
    }

    // MARK: Numbers and skipping

    /// Takes a number; the cursor stands on its first byte.
    mutating func number() throws(SerializationFailure) -> Number {
        let start = index
        let isNegative = bytes[index] == 0x2d
        if isNegative { index += 1 }
        let firstDigit = index
        var value: Int64 = 0
        var overflows = false
        while index < bytes.count, case let digit = bytes[index] &- 0x30, digit <= 9 {
            let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
            // Counting down keeps Int64.min readable.
            let (difference, tooLow) = product.subtractingReportingOverflow(Int64(digit))
            value = difference
            overflows = overflows || tooBig || tooLow
            index += 1
        }
        let digitCount = index - firstDigit
        guard digitCount > 0, digitCount == 1 || bytes[firstDigit] != 0x30 else { throw .malformed }
        let isWhole = try !skipFractionAndExponent()
        if isWhole, !overflows, isNegative || value != .min { return .integer(isNegative ? value : -value) }
        // A number of a million digits must not cost more than reading it.
        guard index - start <= 1024, let double = Double(try text(start..<index)) else { throw .malformed }
        return .double(double)
    }

    /// True when there was a fraction or an exponent.
    private mutating func skipFractionAndExponent() throws(SerializationFailure) -> Bool {
        let start = index
        if index < bytes.count, bytes[index] == 0x2e {
            index += 1
            try skipDigits()
        }
        if index < bytes.count, bytes[index] | 0x20 == 0x65 {
            index += 1
            if index < bytes.count, bytes[index] == 0x2b || bytes[index] == 0x2d { index += 1 }
            try skipDigits()
        }
        return index > start
    }

    private mutating func skipDigits() throws(SerializationFailure) {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        guard index > start else { throw .malformed }
    }

    /// Takes one value of any kind and forgets it.
    mutating func skipValue(depth: Int) throws(SerializationFailure) {
        guard depth < maximumNesting else { throw .malformed }
        switch try peek() {
        case 0x7b:
            guard try open(close: 0x7d) else { return }
            repeat {
                guard try peek() == 0x22 else { throw .malformed }
                if try plainString() == nil { _ = try string() }
                try expect(0x3a)
                try skipValue(depth: depth + 1)
            } while try hasNext(orClose: 0x7d)
        case 0x5b:
            guard try open(close: 0x5d) else { return }
            repeat { try skipValue(depth: depth + 1) } while try hasNext(orClose: 0x5d)
        case 0x22: if try plainString() == nil { _ = try string() }
        case 0x2d, 0x30...0x39: _ = try number()
        default: _ = try literal()
        }
    }
}
