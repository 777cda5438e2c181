/// The text forms of header values.
enum HeaderText {
    /// Splits a list header at commas outside double quotes; quotes are taken off, `\"` inside them is a quote.
    static func list(_ text: String) -> [String] {
        var items: [String] = []
        var current: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for byte in text.utf8 {
            switch byte {
            case _ where isEscaped:
                current.append(byte)
                isEscaped = false
            case 0x5c where isQuoted: isEscaped = true
            case 0x22: isQuoted.toggle()
            case 0x2c where !isQuoted:
                items.append(trimmed(String(decoding: current, as: UTF8.self)))
                current = []
            default: current.append(byte)
            }
        }
        let last = trimmed(String(decoding: current, as: UTF8.self))
        return items.isEmpty && last.isEmpty ? [] : items + [last]
    }

    /// One item of a list header, quoted where a comma or quote inside it asks for that.
    static func listItem(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 }) else { return text }
        return "\"" + text.replacing("\"", with: "\\\"") + "\""
    }

    /// `text` with everything that would end a header line turned into spaces.
    static func visible(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> String {
        var slice = text[...]
        while slice.first == " " { slice.removeFirst() }
        while slice.last == " " { slice.removeLast() }
        return String(slice)
    }
}
