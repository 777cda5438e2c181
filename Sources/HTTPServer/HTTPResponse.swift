/// A response: status, headers and a body. The server adds Content-Length or chunked framing, Date and Connection.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: ResponseBody

    package init(status: Int, headers: HTTPHeaders = [:], body: ResponseBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Where a response's bytes come from.
package enum ResponseBody: Sendable {
    case empty
    case bytes([UInt8])
    /// Pulled as the client reads; nil ends it. With a known `length` it is framed by Content-Length, else chunked.
    /// A throw in mid-stream closes the connection, so that the client sees a truncated message.
    case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
    /// A run of an open file, of which no more than a few kilobytes are in memory at once.
    case file(FileRun)
    /// No body is sent, but Content-Length says this many bytes: the answer to HEAD.
    case headOnly(length: Int)
}

/// What answers requests. Runs on the event loop of its connection: it may await, and must not block for long.
package protocol HTTPHandler: Sendable {
    func respond(to request: HTTPRequest) async -> HTTPResponse
}
