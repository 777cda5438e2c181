import Vocabulary

/// Entity tags without their quotes: an MD5 in hexadecimal, and `-N` for N parts.
enum ETag {
    static func quoted(_ tag: String) -> String { "\"\(tag)\"" }

    /// The tag without quotes and weakness mark.
    static func bare(_ text: some StringProtocol) -> Substring {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        if rest.hasPrefix("W/") { rest.removeFirst(2) }
        if rest.utf8.count >= 2, rest.first == "\"", rest.last == "\"" { rest = rest.dropFirst().dropLast() }
        return rest
    }

    /// Whether a header such as `If-Match` names `tag`.
    static func list(_ header: String, contains tag: String) -> Bool {
        header.split(separator: ",").contains { item in
            let item = bare(item)
            return item == "*" || item == tag
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String { Hexadecimal.encode(bytes) }
}
