#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An incremental HTTP/1 request parser without I/O: bytes in, events out.
///
/// The caller keeps unconsumed bytes and presents them again, from the front, with whatever came after them. How
/// the bytes were split never changes the events or the rejection. Strict where leniency lets two parties disagree on
/// where a message ends: no bare line feeds, no folded fields, no repeated or competing framing fields.
///
/// requestLine → fields → (length | chunkSize → chunkData → chunkEnd → … → trailers) → messageEnd → requestLine
package struct HTTPRequestParser: Sendable {
    /// What the consumed bytes meant.
    package enum Event: Sendable, Equatable {
        /// Nothing more can be said before more bytes come.
        case incomplete
        case head(HTTPRequestHead)
        /// The last `count` of the consumed bytes belong to the body.
        case body(count: Int)
        /// The message is over; what follows belongs to the next request.
        case end
    }

    private enum State: Sendable {
        case requestLine
        case fields
        case length(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers(bytes: Int, count: Int)
        case messageEnd
    }

    private struct RequestLine: Sendable {
        var method: String
        var target: String
        var authority: String?
        var minorVersion: Int
        var byteCount: Int
    }

    private let limits: HTTPRequestLimits
    private var state = State.requestLine
    private var failure: HTTPRejection?
    private var blankLines = 0
    private var line: RequestLine?
    /// Fields of the head under construction, relative to the front of the unconsumed bytes.
    private var fields: [HTTPHeaders.Field] = []
    /// Where the next field line starts, and up to where its end has been sought.
    private var position = 0
    private var searched = 0
    private var facts = HTTPFramingFacts()

    package init(limits: HTTPRequestLimits = HTTPRequestLimits()) { self.limits = limits }

    /// Whether some bytes of a head have been consumed, but not all.
    package var isInsideHead: Bool {
        if case .fields = state { return true }
        return false
    }

    /// Body bytes still to come under Content-Length; nil for a chunked body and outside bodies.
    package var lengthRemaining: Int? {
        if case .length(let remaining) = state { return remaining }
        return nil
    }

    /// Whether nothing but the `end` event is left of the message.
    package var isAtMessageEnd: Bool {
        if case .messageEnd = state { return true }
        return false
    }

    /// Says that `count` body bytes of a Content-Length body were read past the parser.
    package mutating func consumeLength(_ count: Int) {
        guard case .length(let remaining) = state else { return }
        state = count < remaining ? .length(remaining: remaining - count) : .messageEnd
    }

    /// Reads on. Answers the event and how many bytes from the front are used up; after a rejection, always rejects.
    package mutating func next(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(HTTPRejection) -> (event: Event, consumed: Int) {
        if let failure { throw failure }
        do {
            var consumed = 0
            while true {
                let (event, used) = try step(UnsafeBufferPointer(rebasing: bytes[consumed...]))
                consumed += used
                if let event { return (event, consumed) }
                if used == 0 { return (.incomplete, consumed) }
            }
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func step(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(HTTPRejection) -> (event: Event?, used: Int) {
        switch state {
        case .requestLine: return (nil, try parseRequestLine(bytes))
        case .fields: return try parseFields(bytes)
        case .length(let remaining):
            let count = min(remaining, bytes.count)
            guard count > 0 else { return (nil, 0) }
            consumeLength(count)
            return (.body(count: count), count)
        case .chunkSize: return (nil, try parseChunkSize(bytes))
        case .chunkData(let remaining):
            let count = min(remaining, bytes.count)
            guard count > 0 else { return (nil, 0) }
            state = count < remaining ? .chunkData(remaining: remaining - count) : .chunkEnd
            return (.body(count: count), count)
        case .chunkEnd:
            if let first = bytes.first, first != ASCII.carriageReturn { throw Self.badChunk }
            guard bytes.count >= 2 else { return (nil, 0) }
            guard bytes[1] == ASCII.lineFeed else { throw Self.badChunk }
            state = .chunkSize
            return (nil, 2)
        case .trailers(let size, let count):
            return (nil, try parseTrailer(bytes, sizeSoFar: size, countSoFar: count))
        case .messageEnd:
            state = .requestLine
            return (.end, 0)
        }
    }

    // MARK: lines

    /// The length of the line at `start` without its CRLF, or nil when its end is not there yet. `ceiling` is the
    /// largest length of the line with its CRLF; `searchFrom` skips what an earlier call has looked at.
    private func lineLength(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, searchFrom: Int, ceiling: Int, beyond: HTTPRejection
    ) throws(HTTPRejection) -> Int? {
        let from = max(start, searchFrom)
        // A line within the ceiling has its line feed among these bytes; looking further would be wasted.
        let reach = min(bytes.count, start + max(0, ceiling))
        guard let base = bytes.baseAddress, from < reach, let found = memchr(base + from, 0x0a, reach - from) else {
            if bytes.count - start >= ceiling { throw beyond }
            return nil
        }
        let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        guard end > start, bytes[end - 1] == ASCII.carriageReturn else {
            throw .badRequest("a line does not end in CR LF")
        }
        return end - 1 - start
    }

    private mutating func parseRequestLine(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTPRejection) -> Int {
        guard let first = bytes.first else { return 0 }
        if first == ASCII.carriageReturn {
            // RFC 9112 §2.2: an empty line before the request line is ignored.
            guard bytes.count >= 2 else { return 0 }
            guard bytes[1] == ASCII.lineFeed, blankLines < 4 else { throw .badRequest("the request line is empty") }
            blankLines += 1
            return 2
        }
        guard ASCII.isToken(first) else { throw .badRequest("the request line is malformed") }
        let ceiling = min(limits.requestLineBytesMax, limits.headBytesMax)
        guard let length = try lineLength(
            bytes, from: 0, searchFrom: searched, ceiling: ceiling, beyond: .requestLineTooLong)
        else {
            searched = bytes.count
            return 0
        }
        line = try Self.requestLine(UnsafeBufferPointer(rebasing: bytes[..<length]))
        blankLines = 0
        searched = 0
        position = 0
        facts = HTTPFramingFacts()
        fields = []
        fields.reserveCapacity(12)
        state = .fields
        return length + 2
    }

    private static func requestLine(_ text: UnsafeBufferPointer<UInt8>) throws(HTTPRejection) -> RequestLine {
        let malformed = HTTPRejection.badRequest("the request line is malformed")
        guard let methodEnd = text.firstIndex(of: ASCII.space), methodEnd <= 32,
            text[..<methodEnd].allSatisfy({ ASCII.isToken($0) && !(0x61...0x7a).contains($0) }),
            let targetEnd = text.lastIndex(of: ASCII.space), targetEnd > methodEnd + 1
        else { throw malformed }
        let version = UnsafeBufferPointer(rebasing: text[(targetEnd + 1)...])
        guard version.count == 8, let start = version.baseAddress, memcmp(start, "HTTP/", 5) == 0,
            version[6] == 0x2e, (0x30...0x39).contains(version[5]), (0x30...0x39).contains(version[7])
        else { throw malformed }
        guard version[5] == 0x31 else { throw .versionNotSupported }
        let raw = UnsafeBufferPointer(rebasing: text[(methodEnd + 1)..<targetEnd])
        // Bytes above ASCII are let through: real clients send keys as bare UTF-8.
        guard raw.allSatisfy({ $0 > ASCII.space && $0 != 0x7f }), let target = String(validating: raw, as: UTF8.self)
        else { throw .badRequest("the request target holds bytes it must not") }
        let method = String(decoding: text[..<methodEnd], as: UTF8.self)
        var line = RequestLine(
            method: method, target: target, authority: nil, minorVersion: min(1, Int(version[7]) - 0x30),
            byteCount: text.count + 2)
        if raw[0] == ASCII.slash { return line }
        if raw.count == 1, target == "*", method == "OPTIONS" { return line }
        guard raw.count > 7, equals(UnsafeBufferPointer(rebasing: raw[..<7]), lowercase: "http://") else {
            throw .badRequest("the request target is neither a path nor an http URL")
        }
        let rest = raw[7...]
        let authorityEnd = rest.firstIndex { $0 == ASCII.slash || $0 == 0x3f } ?? raw.count
        guard authorityEnd > 7 else { throw .badRequest("the request target has no host") }
        line.authority = String(decoding: raw[7..<authorityEnd], as: UTF8.self)
        let path = String(decoding: raw[authorityEnd...], as: UTF8.self)
        line.target = path.utf8.first == ASCII.slash ? path : "/" + path
        return line
    }

    // MARK: fields

    private mutating func parseFields(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(HTTPRejection) -> (event: Event?, used: Int) {
        guard let line else { return (nil, 0) }
        let budget = limits.headBytesMax - line.byteCount
        while true {
            guard let length = try lineLength(
                bytes, from: position, searchFrom: searched, ceiling: budget - position, beyond: .headTooLarge)
            else {
                searched = bytes.count
                return (nil, 0)
            }
            let start = position
            position += length + 2
            searched = position
            if length == 0 { break }
            guard fields.count < limits.fieldCountMax else { throw .tooManyFields }
            let field = try Self.field(bytes, start..<start + length)
            try facts.note(field, in: bytes)
            fields.append(field)
        }
        let used = position
        let head = try finishHead(UnsafeBufferPointer(rebasing: bytes[..<used]), line)
        position = 0
        searched = 0
        return (.head(head), used)
    }

    private static func field(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) throws(HTTPRejection) -> HTTPHeaders.Field {
        var colon = range.lowerBound
        while colon < range.upperBound, ASCII.isToken(bytes[colon]) { colon += 1 }
        guard colon > range.lowerBound, colon < range.upperBound, bytes[colon] == ASCII.colon else {
            throw .badRequest("a header field is malformed")
        }
        var start = colon + 1
        var end = range.upperBound
        while start < end, bytes[start] == ASCII.space || bytes[start] == ASCII.tab { start += 1 }
        while end > start, bytes[end - 1] == ASCII.space || bytes[end - 1] == ASCII.tab { end -= 1 }
        for index in start..<end where !ASCII.isFieldContent(bytes[index]) {
            throw .badRequest("a header field holds a control byte")
        }
        return HTTPHeaders.Field(
            nameStart: UInt32(range.lowerBound), nameLength: UInt32(colon - range.lowerBound),
            valueStart: UInt32(start), valueLength: UInt32(end - start))
    }

    private mutating func finishHead(
        _ block: UnsafeBufferPointer<UInt8>, _ line: RequestLine
    ) throws(HTTPRejection) -> HTTPRequestHead {
        let framing = try facts.framing(minorVersion: line.minorVersion)
        var headers = HTTPHeaders(bytes: Array(block), fields: fields)
        if let authority = line.authority { headers.set("Host", authority) }
        switch framing {
        case .length(0): state = .messageEnd
        case .length(let count): state = .length(remaining: count)
        case .chunked: state = .chunkSize
        }
        let head = HTTPRequestHead(
            method: line.method, target: line.target, minorVersion: line.minorVersion, headers: headers,
            framing: framing, keepAlive: facts.keepAlive(minorVersion: line.minorVersion),
            expectsContinue: facts.expectsContinue && line.minorVersion > 0 && framing != .length(0))
        self.line = nil
        fields = []
        return head
    }

    // MARK: chunks

    private static let badChunk = HTTPRejection.badRequest("the chunked body is malformed")

    /// Longest line that announces a chunk, extensions included.
    private static let chunkLineBytesMax = 1024

    private mutating func parseChunkSize(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTPRejection) -> Int {
        guard let length = try lineLength(
            bytes, from: 0, searchFrom: searched, ceiling: Self.chunkLineBytesMax, beyond: Self.badChunk)
        else {
            searched = bytes.count
            return 0
        }
        searched = 0
        var size = 0
        var index = 0
        while index < length, let digit = ASCII.hexValue(bytes[index]) {
            // Fifteen digits cannot overflow 64 bits.
            guard index < 15 else { throw Self.badChunk }
            size = size << 4 | digit
            index += 1
        }
        guard index > 0 else { throw Self.badChunk }
        while index < length, bytes[index] == ASCII.space || bytes[index] == ASCII.tab { index += 1 }
        guard index == length || bytes[index] == ASCII.semicolon,
            bytes[index..<length].allSatisfy(ASCII.isFieldContent)
        else { throw Self.badChunk }
        state = size == 0 ? .trailers(bytes: 0, count: 0) : .chunkData(remaining: size)
        return length + 2
    }

    /// Trailer fields are checked and dropped: nothing here has a use for them.
    private mutating func parseTrailer(
        _ bytes: UnsafeBufferPointer<UInt8>, sizeSoFar: Int, countSoFar: Int
    ) throws(HTTPRejection) -> Int {
        guard let length = try lineLength(
            bytes, from: 0, searchFrom: searched, ceiling: limits.headBytesMax - sizeSoFar, beyond: .headTooLarge)
        else {
            searched = bytes.count
            return 0
        }
        searched = 0
        if length == 0 {
            state = .messageEnd
            return 2
        }
        guard countSoFar < limits.fieldCountMax else { throw .tooManyFields }
        _ = try Self.field(bytes, 0..<length)
        state = .trailers(bytes: sizeSoFar + length + 2, count: countSoFar + 1)
        return length + 2
    }
}
