import HTTPServer

/// One message of `application/vnd.amazon.eventstream`:
/// total length, header length and their CRC, headers, payload, and a CRC of all before it; big-endian.
// AWS: sdk — spec/hosting.md §E.2.
package struct EventStreamMessage: Sendable, Equatable {
    package var headers: [Header]
    package var payload: [UInt8]

    /// Every header Coldframe sends or reads is a string; other types are skipped on reading.
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(headers: [Header], payload: [UInt8]) {
        self.headers = headers
        self.payload = payload
    }

    /// An event of the stream, e.g. `PayloadPart` with `application/octet-stream`.
    package static func event(_ type: String, contentType: String, payload: [UInt8]) -> EventStreamMessage {
        EventStreamMessage(
            headers: [
                Header(":message-type", "event"), Header(":event-type", type), Header(":content-type", contentType),
            ], payload: payload)
    }

    /// A modelled exception that ends the stream, e.g. `ModelStreamError`; the payload is its JSON.
    package static func exception(_ type: String, payload: [UInt8]) -> EventStreamMessage {
        EventStreamMessage(
            headers: [
                Header(":message-type", "exception"), Header(":exception-type", type),
                Header(":content-type", "application/json"),
            ], payload: payload)
    }

    package subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    private static let preludeBytes = 12
    private static let trailerBytes = 4
    private static let stringType: UInt8 = 7
    /// The format's own limit on a message's payload, 24 MiB, with room for 128 KiB of headers.
    private static let messageLimitBytes = 24 << 20 + 128 << 10

    /// The framed bytes. Names are cut at 255 bytes and values at 65,535, the most the format can say.
    package func encoded() -> [UInt8] {
        var fields: [UInt8] = []
        for header in headers {
            let name = header.name.utf8.prefix(255)
            let value = header.value.utf8.prefix(65_535)
            fields.append(UInt8(name.count))
            fields.append(contentsOf: name)
            fields.append(EventStreamMessage.stringType)
            fields.append(UInt8(value.count >> 8))
            fields.append(UInt8(value.count & 0xff))
            fields.append(contentsOf: value)
        }
        let total = EventStreamMessage.preludeBytes + fields.count + payload.count + EventStreamMessage.trailerBytes
        var message: [UInt8] = []
        message.reserveCapacity(total)
        append(UInt32(total), to: &message)
        append(UInt32(fields.count), to: &message)
        append(Compression.crc32(message), to: &message)
        message.append(contentsOf: fields)
        message.append(contentsOf: payload)
        append(Compression.crc32(message), to: &message)
        return message
    }

    private func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    /// Why bytes are not a message.
    package enum Defect: Error, Equatable, Sendable { case badLength, badPreludeChecksum, badChecksum, badHeaders }

    /// Takes the first whole message off `buffer`; nil while it is incomplete.
    /// Throws `Defect` for bytes that cannot become one.
    package static func take(from buffer: inout [UInt8]) throws(Defect) -> EventStreamMessage? {
        guard buffer.count >= preludeBytes else { return nil }
        let total = Int(word(buffer, 0))
        let headerLength = Int(word(buffer, 4))
        guard total >= preludeBytes + trailerBytes, total <= messageLimitBytes,
              headerLength <= total - preludeBytes - trailerBytes else { throw .badLength }
        guard Compression.crc32(Array(buffer[..<8])) == word(buffer, 8) else { throw .badPreludeChecksum }
        guard buffer.count >= total else { return nil }
        let message = Array(buffer[..<total])
        guard Compression.crc32(Array(message.dropLast(trailerBytes))) == word(message, total - trailerBytes) else {
            throw .badChecksum
        }
        let headers = try readHeaders(message[preludeBytes..<preludeBytes + headerLength])
        buffer.removeFirst(total)
        return EventStreamMessage(
            headers: headers, payload: Array(message[(preludeBytes + headerLength)..<(total - trailerBytes)]))
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func readHeaders(_ bytes: ArraySlice<UInt8>) throws(Defect) -> [Header] {
        var headers: [Header] = []
        var rest = bytes
        while let nameLength = rest.popFirst() {
            guard rest.count > Int(nameLength) else { throw .badHeaders }
            let name = String(decoding: rest.prefix(Int(nameLength)), as: UTF8.self)
            rest = rest.dropFirst(Int(nameLength))
            let type = rest.removeFirst()
            let length: Int
            switch type {
            case 0, 1: length = 0
            case 2: length = 1
            case 3: length = 2
            case 4: length = 4
            case 5, 8: length = 8
            case 9: length = 16
            case 6, stringType:
                guard rest.count >= 2 else { throw .badHeaders }
                length = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
            default: throw .badHeaders
            }
            guard rest.count >= length else { throw .badHeaders }
            if type == stringType {
                headers.append(Header(name, String(decoding: rest.prefix(length), as: UTF8.self)))
            }
            rest = rest.dropFirst(length)
        }
        return headers
    }
}
