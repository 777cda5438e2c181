/// Takes a stream of server-sent events apart as it arrives. A pure value.
package struct ServerSentEvents {
    private static let lineBytesMax = 16 << 20
    private var line: [UInt8] = []
    private var data: [String] = []

    package init() {}

    /// The data of the events that `bytes` complete. Comments and other fields are skipped.
    package mutating func read(_ bytes: [UInt8]) -> [String] {
        var events: [String] = []
        for byte in bytes {
            if byte != 0x0a {
                if line.count < Self.lineBytesMax { line.append(byte) }
                continue
            }
            if line.last == 0x0d { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            if text.isEmpty {
                if !data.isEmpty { events.append(data.joined(separator: "\n")) }
                data = []
            } else if text.hasPrefix("data:") {
                let value = text.dropFirst("data:".count)
                data.append(String(value.hasPrefix(" ") ? value.dropFirst() : value))
            }
        }
        return events
    }
}
