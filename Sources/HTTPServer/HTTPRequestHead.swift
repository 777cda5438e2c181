/// A request's line and fields, with what the connection has to know about framing already decided.
package struct HTTPRequestHead: Sendable, Equatable {
    /// How the end of the body is found.
    package enum Framing: Sendable, Equatable {
        /// Content-Length, or 0 when there is neither Content-Length nor Transfer-Encoding.
        case length(Int)
        case chunked
    }

    package var method: String
    /// In origin form; a target in absolute form (sent to proxies) has been cut down to it.
    package var target: String
    /// The x of HTTP/1.x; 1 for anything newer.
    package var minorVersion: Int
    package var headers: HTTPHeaders
    package var framing: Framing
    /// Whether the client allows another request on this connection.
    package var keepAlive: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    package var expectsContinue: Bool
}

/// What one request may cost before it is refused.
package struct HTTPRequestLimits: Sendable {
    /// Longest request line in bytes; longer ones answer 414.
    package var requestLineBytesMax = 16 << 10
    /// Request line and header fields together, in bytes; more answers 431. Trailer fields have the same limit.
    package var headBytesMax = 64 << 10
    /// Number of header fields; more answers 431.
    package var fieldCountMax = 128

    package init() {}
}
