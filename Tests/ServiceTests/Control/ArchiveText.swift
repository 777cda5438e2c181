/// Tar archives made by hand, for imports that must be refused.
enum ArchiveText {
    static func header(_ name: String, _ byteCount: Int, type: UInt8 = 0x30) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) { for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte } }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, 0)
        put(octal(0o644, 7), 100)
        put(octal(byteCount, 11), 124)
        put("        ", 148)
        block[156] = type
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\0 ", 148)
        return block
    }

    static func file(_ name: String, _ content: [UInt8]) -> [UInt8] {
        header(name, content.count) + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    static func manifest(_ text: String = "{\"format\":1}") -> [UInt8] { file("coldframe-snapshot.json", Array(text.utf8)) }

    /// The names and contents of an archive's files.
    static func files(_ archive: [UInt8]) -> [(name: String, content: ArraySlice<UInt8>)] {
        var files: [(name: String, content: ArraySlice<UInt8>)] = []
        var rest = archive[...]
        while rest.count >= 512, rest.prefix(512).contains(where: { $0 != 0 }) {
            let start = rest.startIndex
            let name = String(decoding: rest.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
            let size = Int(String(decoding: rest[(start + 124)..<(start + 135)], as: UTF8.self), radix: 8) ?? 0
            files.append((name, rest[(start + 512)..<(start + 512 + size)]))
            rest = rest.dropFirst(512 + (size + 511) / 512 * 512)
        }
        return files
    }
}
