/// The bytes that HTTP gives a meaning.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20
    static let percent: UInt8 = 0x25
    static let plus: UInt8 = 0x2b
    static let slash: UInt8 = 0x2f
    static let colon: UInt8 = 0x3a
    static let semicolon: UInt8 = 0x3b

    /// RFC 9110 §5.6.2 `tchar`: letters, digits and !#$%&'*+-.^_`|~
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        // One bit per code, 0…63 and 64…127, so that the test is a shift and not a lookup in a lazy global.
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        guard byte < 0x80 else { return false }
        return ((byte < 0x40 ? low : high) >> UInt64(byte & 0x3f)) & 1 == 1
    }

    /// Whether a field value may hold this byte: anything visible, space, tab, and bytes above ASCII.
    @inline(__always)
    static func isFieldContent(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7f : byte == tab }

    @inline(__always)
    static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }
}

/// Case-insensitive equality with a lower-case literal.
@inline(__always)
func equals(_ bytes: UnsafeBufferPointer<UInt8>, lowercase literal: StaticString) -> Bool {
    guard bytes.count == literal.utf8CodeUnitCount else { return false }
    let wanted = literal.utf8Start
    for index in 0..<bytes.count {
        let byte = bytes[index]
        let folded = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
        if folded != wanted[index] { return false }
    }
    return true
}

extension Substring {
    /// `hasPrefix` byte by byte. The standard library's compares characters, which for a route table of twenty prefixes takes
    /// longer than parsing the request.
    package func begins(with prefix: String) -> Bool {
        withBytes(and: prefix) { $0.count >= $1.count && isEqual(UnsafeBufferPointer(rebasing: $0[..<$1.count]), $1) }
    }

    /// `hasSuffix` byte by byte.
    package func ends(with suffix: String) -> Bool {
        withBytes(and: suffix) { $0.count >= $1.count && isEqual(UnsafeBufferPointer(rebasing: $0.suffix($1.count)), $1) }
    }

    /// Equality byte by byte.
    package func isIdentical(to text: String) -> Bool { withBytes(and: text, isEqual) }

    @inline(__always)
    private func withBytes(
        and other: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool {
        var (text, other) = (self, other)
        return text.withUTF8 { text in other.withUTF8 { body(text, $0) } }
    }
}

private func isEqual(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count where a[index] != b[index] { return false }
    return true
}
