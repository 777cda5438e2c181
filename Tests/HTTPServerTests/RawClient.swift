import CPlatform
import Foundation
import HTTPServer

/// A blocking client that sends exactly what it is told. Its reads give up after the time limit instead of hanging.
final class RawClient {
    struct Broken: Error {}

    struct Response {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private let timeoutMilliseconds: Int32
    private var received: [UInt8] = []

    init(_ address: HTTPServerAddress, timeoutMilliseconds: Int32 = 20_000) throws {
        self.timeoutMilliseconds = timeoutMilliseconds
        descriptor = cplatform_connect(address.host, address.port, timeoutMilliseconds)
        guard descriptor >= 0 else { throw Broken() }
    }

    deinit { if descriptor >= 0 { cplatform_close(descriptor) } }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        guard sendWhatFits(bytes[...]) == bytes.count else { throw Broken() }
    }

    /// Sends until the server takes no more for so long, or for the length of the time limit. Answers how much it took.
    func sendWhatFits(_ bytes: ArraySlice<UInt8>, stallMilliseconds: Int32? = nil) -> Int {
        if let stallMilliseconds { limitSends(milliseconds: stallMilliseconds) }
        defer { if stallMilliseconds != nil { limitSends(milliseconds: timeoutMilliseconds) } }
        var sent = 0
        bytes.withUnsafeBytes { all in
            while sent < all.count {
                let result = cplatform_send(descriptor, all.baseAddress! + sent, all.count - sent)
                guard result > 0 else { return }
                sent += result
            }
        }
        return sent
    }

    private func limitSends(milliseconds: Int32) {
        var limit = timeval()
        (limit.tv_sec, limit.tv_usec) = (.init(milliseconds / 1000), .init(milliseconds % 1000 * 1000))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func closeSending() { cplatform_shutdown_write(descriptor) }

    /// Whether the server has closed its side; false when it sends something or nothing in time.
    func isAtEnd() -> Bool { received.isEmpty && receive() == 0 }

    /// Everything up to the end of the connection.
    func readToEnd() -> String {
        while receive() > 0 {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// One response with its body; `isHead` when the request was HEAD, so that no body follows.
    func readResponse(isHead: Bool = false) throws -> Response {
        let lines = try readHead()
        let parts = lines[0].split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, let status = Int(parts[1]) else { throw Broken() }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":")!
            headers.add(String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        var response = Response(status: status, headers: headers, body: [])
        if isHead || status == 204 || status == 304 || status == 100 { return response }
        if headers["Transfer-Encoding"] == "chunked" {
            while true {
                guard let count = Int(try readLine(), radix: 16) else { throw Broken() }
                response.body += try take(count)
                guard try readLine().isEmpty else { throw Broken() }
                if count == 0 { return response }
            }
        }
        guard let length = headers["Content-Length"].flatMap({ Int($0) }) else { throw Broken() }
        response.body = try take(length)
        return response
    }

    private func readHead() throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try readLine()
            if line.isEmpty { return lines }
            lines.append(line)
        }
    }

    private func readLine() throws -> String {
        while true {
            if let end = received.firstIndex(of: 0x0a) {
                let line = received[..<end].dropLast()
                received.removeSubrange(...end)
                return String(decoding: line, as: UTF8.self)
            }
            guard receive() > 0 else { throw Broken() }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count { guard receive() > 0 else { throw Broken() } }
        let taken = Array(received[..<count])
        received.removeSubrange(..<count)
        return taken
    }

    private func receive() -> Int {
        var room = [UInt8](repeating: 0, count: 256 << 10)
        let result = cplatform_receive(descriptor, &room, room.count)
        if result > 0 { received.append(contentsOf: room[..<result]) }
        return result
    }
}
