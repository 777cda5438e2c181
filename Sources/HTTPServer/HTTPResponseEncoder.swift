/// How one response is put on the wire: decided before its first byte, from the request and the response.
package struct HTTPResponsePlan: Sendable, Equatable {
    /// How the client finds the end of the body.
    package enum Framing: Sendable, Equatable {
        /// The status allows no body, so no framing field is sent.
        case none
        case length(Int)
        case chunked
        /// For HTTP/1.0, which knows no chunks: the end of the connection.
        case untilClose
    }

    package var framing: Framing
    package var sendsBody: Bool
    package var keepAlive: Bool

    /// `mayKeepAlive` is what the request and the server's state allow.
    package init(_ response: HTTPResponse, isHead: Bool, minorVersion: Int, mayKeepAlive: Bool) {
        keepAlive = mayKeepAlive
        sendsBody = !isHead
        switch response.body {
        case .empty: framing = .length(0)
        case .bytes(let bytes): framing = .length(bytes.count)
        case .stream(.some(let length), _): framing = .length(max(0, length))
        case .stream(nil, _): framing = minorVersion > 0 ? .chunked : .untilClose
        case .file(let run): framing = .length(run.byteCount)
        case .headOnly(let length):
            framing = .length(max(0, length))
            // Anything but HEAD waits for that body: only the end of the connection tells that it does not come.
            if !isHead, response.status != 304, length > 0 { keepAlive = false }
            sendsBody = false
        }
        if response.status == 204 || response.status / 100 == 1 {
            framing = .none
            sendsBody = false
        }
        if response.status == 304 {
            sendsBody = false
            if case .headOnly = response.body {} else { framing = .none }
        }
        if framing == .untilClose, sendsBody { keepAlive = false }
        if let option = response.headers["Connection"], equalIgnoringCase(option, "close") { keepAlive = false }
    }
}

/// Writes response heads and chunk frames as bytes.
package enum HTTPResponseEncoder {
    /// Appends status line and fields. `dateField` is a whole line with its CRLF. Framing and connection fields are the
    /// server's: those a handler set are left out.
    package static func appendHead(
        _ response: HTTPResponse, plan: HTTPResponsePlan, minorVersion: Int, dateField: [UInt8],
        to output: inout [UInt8]
    ) {
        append("HTTP/1.1 ", to: &output)
        // Three digits is what the syntax has room for.
        let status = (100...999).contains(response.status) ? response.status : 500
        appendDecimal(status, to: &output)
        output.append(ASCII.space)
        append(reasonPhrase(status), to: &output)
        append("\r\n", to: &output)
        var hasDate = false
        response.headers.withFields { name, value in
            switch name.count {
            case 4 where equals(name, lowercase: "date"): hasDate = true
            case 10 where equals(name, lowercase: "connection"): return
            case 14 where equals(name, lowercase: "content-length"): return
            case 17 where equals(name, lowercase: "transfer-encoding"): return
            default: break
            }
            appendField(name, value, to: &output)
        }
        if !hasDate { output.append(contentsOf: dateField) }
        switch plan.framing {
        case .none, .untilClose: break
        case .length(let length):
            append("Content-Length: ", to: &output)
            appendDecimal(length, to: &output)
            append("\r\n", to: &output)
        case .chunked: append("Transfer-Encoding: chunked\r\n", to: &output)
        }
        if !plan.keepAlive {
            append("Connection: close\r\n", to: &output)
        } else if minorVersion == 0 {
            append("Connection: keep-alive\r\n", to: &output)
        }
        append("\r\n", to: &output)
    }

    /// Appends the line that announces a chunk of `count` bytes.
    package static func appendChunkLine(_ count: Int, to output: inout [UInt8]) {
        output.append(contentsOf: String(count, radix: 16).utf8)
        append("\r\n", to: &output)
    }

    package static func append(_ text: StaticString, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func appendDecimal(_ number: Int, to output: inout [UInt8]) {
        guard number >= 10 else {
            output.append(0x30 + UInt8(max(0, number)))
            return
        }
        appendDecimal(number / 10, to: &output)
        output.append(0x30 + UInt8(number % 10))
    }

    private static func appendField(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]
    ) {
        // A name with other bytes could only have come from client data: it would split the response.
        guard !name.isEmpty, name.allSatisfy(ASCII.isToken) else { return }
        output.append(contentsOf: name)
        append(": ", to: &output)
        if value.allSatisfy(ASCII.isFieldContent) {
            output.append(contentsOf: value)
        } else {
            for byte in value { output.append(ASCII.isFieldContent(byte) ? byte : ASCII.space) }
        }
        append("\r\n", to: &output)
    }
}
