/// Why a model table cannot be read. Embedded tables are tested; this meets only damaged ones.
package struct TableDefect: Error, Equatable, CustomStringConvertible {
    package var reason: String
    /// The byte at which reading stopped.
    package var offset: Int

    package var description: String { "\(reason) at byte \(offset)" }
}

/// Reads tokens from a table's bytes. A token is one letter and perhaps a number; tokens are parted by spaces.
struct TableScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var offset = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { offset >= bytes.count }

    func defect(_ reason: String) -> TableDefect { TableDefect(reason: reason, offset: offset) }

    /// The rest of the line, without its newline, which is consumed.
    mutating func line() throws(TableDefect) -> Slice<UnsafeBufferPointer<UInt8>> {
        let start = offset
        while offset < bytes.count {
            if bytes[offset] == 0x0a {
                offset += 1
                return bytes[start..<(offset - 1)]
            }
            offset += 1
        }
        throw defect("the table ends within a line")
    }

    /// The next token's letter on this line, or nil at the line's end, which is consumed.
    mutating func letter() throws(TableDefect) -> UInt8? {
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == 0x20 { continue }
            return byte == 0x0a ? nil : byte
        }
        throw defect("the table ends within a line")
    }

    /// The decimal number that follows a letter.
    mutating func natural() throws(TableDefect) -> Int {
        let start = offset
        var value = 0
        while offset < bytes.count, case let digit = Int(bytes[offset]) - 0x30, (0...9).contains(digit) {
            guard offset - start < 10 else { throw defect("a number is too long") }
            value = value * 10 + digit
            offset += 1
        }
        guard offset > start else { throw defect("a number is missing") }
        return value
    }

    /// A number less than `bound`: an index into a list of that many.
    mutating func index(below bound: Int) throws(TableDefect) -> Int {
        let value = try natural()
        guard value < bound else { throw defect("index \(value) is not below \(bound)") }
        return value
    }

    /// A limit: whole or fractional, perhaps negative.
    mutating func limit() throws(TableDefect) -> Double {
        let start = offset
        while offset < bytes.count, bytes[offset] != 0x20, bytes[offset] != 0x0a { offset += 1 }
        var whole: Int64 = 0
        var isWhole = offset > start && offset - start <= 15
        for byte in bytes[start..<offset] where isWhole {
            let digit = Int64(byte) - 0x30
            if (0...9).contains(digit) { whole = whole * 10 + digit } else { isWhole = false }
        }
        if isWhole { return Double(whole) }
        guard let value = Double(String(decoding: bytes[start..<offset], as: UTF8.self)), value.isFinite
        else { throw defect("a limit is not a number") }
        return value
    }
}
