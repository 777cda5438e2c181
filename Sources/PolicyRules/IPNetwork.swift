/// An IPv4 or IPv6 network in CIDR notation, or a single address, which is a network of one.
package struct IPNetwork: Equatable, Sendable {
    /// Four or sixteen bytes; host bits are kept as written.
    private let bytes: [UInt8]
    private let prefixBits: Int

    /// Nil for anything but an address with an optional `/bits`.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = Self.fourBytes(halves[0]) ?? Self.sixteenBytes(halves[0]) else { return nil }
        self.bytes = bytes
        guard halves.count == 2 else {
            prefixBits = bytes.count * 8
            return
        }
        guard let bits = Self.number(halves[1], digitsMax: 3, radix: 10), bits <= bytes.count * 8 else { return nil }
        prefixBits = bits
    }

    /// The address itself, or a network's first one that a host may have.
    package var firstHost: String {
        var address = bytes
        if prefixBits < bytes.count * 8 - 1 {
            for bit in prefixBits..<bytes.count * 8 { address[bit / 8] &= ~(UInt8(0x80) >> UInt8(bit % 8)) }
            address[address.count - 1] |= 1
        }
        if address.count == 4 { return address.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { index in
            String(Int(address[index]) << 8 | Int(address[index + 1]), radix: 16)
        }.joined(separator: ":")
    }

    /// Whether every address of `other` is in this network. Networks of different families have nothing in common.
    func contains(_ other: IPNetwork) -> Bool {
        guard bytes.count == other.bytes.count, prefixBits <= other.prefixBits else { return false }
        let (whole, rest) = (prefixBits / 8, prefixBits % 8)
        guard bytes.prefix(whole).elementsEqual(other.bytes.prefix(whole)) else { return false }
        guard rest > 0 else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0
    }

    private static func fourBytes(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            // A leading zero would be octal to some readers.
            guard part == "0" || !part.hasPrefix("0") else { return nil }
            return number(part, digitsMax: 3, radix: 10).flatMap { UInt8(exactly: $0) }
        }
        return bytes.count == 4 ? bytes : nil
    }

    /// RFC 4291 §2.2: eight groups, one `::` for a run of zero groups, and a dotted quad for the last two.
    private static func sixteenBytes(_ text: Substring) -> [UInt8]? {
        guard let gap = doubleColon(in: text) else {
            guard let bytes = groups(text), bytes.count == 16 else { return nil }
            return bytes
        }
        let (left, right) = (text[..<gap.lowerBound], text[gap.upperBound...])
        guard let head = left.isEmpty ? [] : groups(left), let tail = right.isEmpty ? [] : groups(right),
              !left.contains("."), head.count + tail.count <= 14 else { return nil }
        return head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func doubleColon(in text: Substring) -> Range<Substring.Index>? {
        var previous: Substring.Index?
        for index in text.indices {
            if text[index] == ":", let previous, text[previous] == ":" { return previous..<text.index(after: index) }
            previous = index
        }
        return nil
    }

    /// The bytes of groups separated by single colons, the last of which may be a dotted quad.
    private static func groups(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let quad = fourBytes(part) {
                bytes += quad
            } else if let group = number(part, digitsMax: 4, radix: 16) {
                bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
            } else {
                return nil
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }

    /// Digits only: `Int(_:radix:)` alone would take a sign too.
    private static func number(_ text: Substring, digitsMax: Int, radix: Int) -> Int? {
        guard (1...digitsMax).contains(text.utf8.count), text.first?.isHexDigit == true else { return nil }
        return Int(text, radix: radix)
    }
}
