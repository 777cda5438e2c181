/// One request as a handler sees it: the head, and a body that is pulled.
package struct HTTPRequest: Sendable {
    /// Upper-case method token, e.g. `POST`.
    package var method: String
    /// The request target exactly as sent (percent-encoding kept), e.g. `/bucket/a%20b?list-type=2`.
    package var target: String
    package var headers: HTTPHeaders
    package var body: RequestBody
    /// The peer's IP address in text, without the port; empty for in-process requests.
    package var remoteAddress: String
    /// The name of the listener it arrived on; empty for the server's own.
    package var listener = ""

    package init(
        method: String, target: String, headers: HTTPHeaders = [:],
        body: RequestBody = RequestBody(bytes: []), remoteAddress: String = ""
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The target up to the first `?`, still percent-encoded.
    package var rawPath: Substring { questionMark.map { target[..<$0] } ?? target[...] }

    /// The target after the first `?`, still percent-encoded; nil when there is no `?`.
    package var rawQuery: Substring? { questionMark.map { target[target.utf8.index(after: $0)...] } }

    private var questionMark: String.Index? {
        var target = target
        let offset = target.withUTF8 { $0.firstIndex(of: 0x3f) }
        return offset.map { target.utf8.index(target.startIndex, offsetBy: $0) }
    }
}
