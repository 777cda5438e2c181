/// The 512-byte header of one file in a POSIX (ustar) archive: the part of the format that snapshots use.
struct TarHeader: Equatable {
    /// At most 100 bytes.
    var name: String
    var byteCount: Int

    static let blockBytes = 512

    /// The header's block: a plain file, readable by its owner, without a date, so that equal states give equal archives.
    var block: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { block[offset + index] = byte }
        }
        put(name.utf8.prefix(100), at: 0)
        put("0000600\0".utf8, at: 100)
        put("0000000\0".utf8, at: 108)
        put("0000000\0".utf8, at: 116)
        put(Self.number(byteCount), at: 124)
        put("00000000000\0".utf8, at: 136)
        put("        ".utf8, at: 148)
        put("0".utf8, at: 156)
        put("ustar\u{0}00".utf8, at: 257)
        let sum = block.reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        put((String(repeating: "0", count: 6 - digits.utf8.count) + digits + "\0 ").utf8, at: 148)
        return block
    }

    /// Eleven octal digits, or for 8 GiB and more the binary form that GNU tar and bsdtar read too.
    private static func number(_ value: Int) -> [UInt8] {
        if value < 1 << 33 {
            let digits = String(value, radix: 8)
            return Array((String(repeating: "0", count: 11 - digits.utf8.count) + digits + "\0").utf8)
        }
        return [0x80, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }

    /// The bytes that follow a file's content up to the next block.
    static func padding(after byteCount: Int) -> Int { (blockBytes - byteCount % blockBytes) % blockBytes }

    init(name: String, byteCount: Int) {
        self.name = name
        self.byteCount = byteCount
    }

    /// Reads a block that is not all zero. Nil when it is not the header of a plain file, or its sum is wrong.
    init?(block: ArraySlice<UInt8>) {
        let bytes = Array(block)
        guard bytes.count == Self.blockBytes, bytes[156] == UInt8(ascii: "0") || bytes[156] == 0,
              let stated = Self.octal(bytes[148..<156]), let size = Self.size(bytes[124..<136]),
              let name = String(validating: bytes[..<100].prefix { $0 != 0 }, as: UTF8.self), !name.isEmpty
        else { return nil }
        var sum = 0
        for (index, byte) in bytes.enumerated() { sum += (148..<156).contains(index) ? 0x20 : Int(byte) }
        guard sum == stated else { return nil }
        self.init(name: name, byteCount: size)
    }

    private static func size(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first, first & 0x80 != 0 else { return octal(field) }
        guard first == 0x80, field.dropFirst().prefix(3).allSatisfy({ $0 == 0 }) else { return nil }
        let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: value)
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        guard !digits.isEmpty, digits.count <= 12 else { return nil }
        var value = 0
        for digit in digits {
            guard (0x30...0x37).contains(digit) else { return nil }
            value = value << 3 | Int(digit - 0x30)
        }
        return value
    }
}

/// Takes an archive apart as it arrives, in runs of any length. A pure value.
struct TarReader {
    enum Part: Equatable {
        case file(TarHeader)
        case content(ArraySlice<UInt8>)
        case endOfFile
    }

    enum Problem: Error, Equatable { case notAnArchive, truncated, trailingBytes }

    private enum State { case header([UInt8]), content(left: Int, padding: Int), padding(Int), ended }
    private var state = State.header([])

    init() {}

    /// The parts that `bytes` complete. Throws `Problem`.
    mutating func read(_ bytes: ArraySlice<UInt8>) throws(Problem) -> [Part] {
        var rest = bytes
        var parts: [Part] = []
        while !rest.isEmpty {
            switch state {
            case .header(var collected):
                let run = rest.prefix(TarHeader.blockBytes - collected.count)
                collected += run
                rest = rest.dropFirst(run.count)
                state = .header(collected)
                guard collected.count == TarHeader.blockBytes else { break }
                if collected.allSatisfy({ $0 == 0 }) {
                    state = .ended
                    break
                }
                guard let header = TarHeader(block: collected[...]) else { throw .notAnArchive }
                parts.append(.file(header))
                enter(.content(left: header.byteCount, padding: TarHeader.padding(after: header.byteCount)), &parts)
            case .content(let left, let padding):
                let run = rest.prefix(left)
                parts.append(.content(run))
                rest = rest.dropFirst(run.count)
                enter(.content(left: left - run.count, padding: padding), &parts)
            case .padding(let left):
                let count = min(left, rest.count)
                rest = rest.dropFirst(count)
                state = count == left ? .header([]) : .padding(left - count)
            case .ended:
                // Archives are filled up with zeros.
                guard rest.allSatisfy({ $0 == 0 }) else { throw .trailingBytes }
                rest = []
            }
        }
        return parts
    }

    /// To be called when nothing more comes. Throws `Problem` unless the archive has been read to its end mark.
    func finish() throws(Problem) {
        guard case .ended = state else { throw .truncated }
    }

    private mutating func enter(_ next: State, _ parts: inout [Part]) {
        state = next
        guard case .content(0, let padding) = next else { return }
        parts.append(.endOfFile)
        state = padding == 0 ? .header([]) : .padding(padding)
    }
}
