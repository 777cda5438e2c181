import AWSProtocols

/// The opaque text that stands for the last item of a page of one list.
enum PageToken {
    static func write(_ key: String, list: String) -> String { Base64.encode(Array((mark(list) + key).utf8)) }

    /// Nil for a text that this list has not given out.
    static func read(_ token: String, list: String) -> String? {
        guard let bytes = Base64.decode(token), let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(mark(list))
        else { return nil }
        return String(text.dropFirst(mark(list).count))
    }

    private static func mark(_ list: String) -> String { "\(list)\u{0}" }
}
