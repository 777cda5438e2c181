import AWSProtocols

/// The opaque text that stands for the last item of a page.
enum PageToken {
    static func write(_ key: String) -> String { Base64.encode(Array(("k:" + key).utf8)) }

    static func read(_ token: String) -> String? {
        guard let bytes = Base64.decode(token), let text = String(validating: bytes, as: UTF8.self), text.hasPrefix("k:")
        else { return nil }
        return String(text.dropFirst(2))
    }
}
