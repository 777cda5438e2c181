/// What the fields of one request say about framing and the connection, gathered while they are parsed.
struct HTTPFramingFacts: Sendable {
    private var contentLength: Int?
    private var isChunked = false
    private var hosts = 0
    private var saysClose = false
    private var saysKeepAlive = false
    private(set) var expectsContinue = false

    /// Takes one field into account. Throws for values that make the end of the message doubtful.
    mutating func note(_ field: HTTPHeaders.Field, in bytes: UnsafeBufferPointer<UInt8>) throws(HTTPRejection) {
        let nameStart = Int(field.nameStart), valueStart = Int(field.valueStart)
        let name = UnsafeBufferPointer(rebasing: bytes[nameStart..<nameStart + Int(field.nameLength)])
        // Nearly every field is told apart by the length of its name alone.
        switch name.count {
        case 4, 6, 10, 14, 17: break
        default: return
        }
        let value = UnsafeBufferPointer(rebasing: bytes[valueStart..<valueStart + Int(field.valueLength)])
        switch name.count {
        case 4 where equals(name, lowercase: "host"):
            hosts += 1
        case 6 where equals(name, lowercase: "expect"):
            guard equals(value, lowercase: "100-continue") else {
                throw HTTPRejection(status: 417, reason: "only 100-continue can be expected")
            }
            expectsContinue = true
        case 10 where equals(name, lowercase: "connection"):
            noteConnection(value)
        case 14 where equals(name, lowercase: "content-length"):
            try noteContentLength(value)
        case 17 where equals(name, lowercase: "transfer-encoding"):
            guard !isChunked else { throw .badRequest("Transfer-Encoding is repeated") }
            guard equals(value, lowercase: "chunked") else {
                throw HTTPRejection(status: 501, reason: "the only transfer coding known is chunked")
            }
            isChunked = true
        default:
            return
        }
    }

    /// How the body ends, once all fields are known.
    func framing(minorVersion: Int) throws(HTTPRejection) -> HTTPRequestHead.Framing {
        if hosts > 1 { throw .badRequest("Host is repeated") }
        if hosts == 0, minorVersion > 0 { throw .badRequest("Host is missing") }
        guard isChunked else { return .length(contentLength ?? 0) }
        // Both at once is how requests are smuggled past a proxy that believes the other one.
        if contentLength != nil { throw .badRequest("Content-Length and Transfer-Encoding exclude each other") }
        if minorVersion == 0 { throw .badRequest("HTTP/1.0 has no Transfer-Encoding") }
        return .chunked
    }

    func keepAlive(minorVersion: Int) -> Bool { !saysClose && (minorVersion > 0 || saysKeepAlive) }

    private mutating func noteConnection(_ value: UnsafeBufferPointer<UInt8>) {
        for option in value.split(separator: 0x2c) {
            var option = option
            while let first = option.first, first == ASCII.space || first == ASCII.tab { option.removeFirst() }
            while let last = option.last, last == ASCII.space || last == ASCII.tab { option.removeLast() }
            let token = UnsafeBufferPointer(rebasing: option)
            if equals(token, lowercase: "close") { saysClose = true }
            if equals(token, lowercase: "keep-alive") { saysKeepAlive = true }
        }
    }

    private mutating func noteContentLength(_ value: UnsafeBufferPointer<UInt8>) throws(HTTPRejection) {
        let malformed = HTTPRejection.badRequest("Content-Length is malformed")
        guard !value.isEmpty else { throw malformed }
        var length = 0
        for byte in value {
            guard (0x30...0x39).contains(byte) else { throw malformed }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte) - 0x30)
            guard !overflow, !carry else { throw malformed }
            length = sum
        }
        if let contentLength, contentLength != length {
            throw .badRequest("Content-Length is repeated with another value")
        }
        contentLength = length
    }
}
