/// Appends XML to a byte buffer.
struct XMLWriter {
    private(set) var bytes: [UInt8] = []

    static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    init(declaration: Bool) {
        bytes.reserveCapacity(1024)
        if declaration { raw(XMLWriter.declaration) }
    }

    mutating func open(_ name: String, _ attributes: [(name: String, value: String)] = []) {
        bytes.append(0x3c)
        raw(name)
        for attribute in attributes {
            bytes.append(0x20)
            raw(attribute.name)
            raw("=\"")
            text(attribute.value)
            bytes.append(0x22)
        }
        bytes.append(0x3e)
    }

    mutating func close(_ name: String) {
        raw("</")
        raw(name)
        bytes.append(0x3e)
    }

    mutating func empty(_ name: String, _ attributes: [(name: String, value: String)] = []) {
        open(name, attributes)
        bytes.removeLast()
        raw("/>")
    }

    /// An element that holds only text.
    mutating func leaf(_ name: String, _ value: String, _ attributes: [(name: String, value: String)] = []) {
        open(name, attributes)
        text(value)
        close(name)
    }

    /// Character data, escaped. Control characters become references, as S3 does for such keys.
    mutating func text(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case 0x26: raw("&amp;")
            case 0x3c: raw("&lt;")
            case 0x3e: raw("&gt;")
            case 0x22: raw("&quot;")
            case 0x09, 0x0a: bytes.append(byte)
            case 0..<0x20: raw("&#\(byte);")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
