/// Why the HTTP layer itself refuses a request: the status to answer with, and a reason for the text body.
package struct HTTPRejection: Error, Equatable, Sendable {
    package let status: Int
    package let reason: String

    package init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }

    static func badRequest(_ reason: String) -> HTTPRejection { HTTPRejection(status: 400, reason: reason) }

    static let requestLineTooLong = HTTPRejection(status: 414, reason: "the request target is too long")
    static let headTooLarge = HTTPRejection(status: 431, reason: "the header fields are too large")
    static let tooManyFields = HTTPRejection(status: 431, reason: "there are too many header fields")
    static let versionNotSupported = HTTPRejection(status: 505, reason: "only HTTP/1.0 and HTTP/1.1 are spoken here")
    static let bodyTooLarge = HTTPRejection(status: 413, reason: "the body is too large")
    static let timedOut = HTTPRejection(status: 408, reason: "the request did not arrive in time")
    static let tooManyConnections = HTTPRejection(status: 503, reason: "there are too many connections")
}

/// The standard reason phrase of a status code; empty for codes without one.
package func reasonPhrase(_ status: Int) -> StaticString {
    switch status {
    case 100: "Continue"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 206: "Partial Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 424: "Failed Dependency"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    case 507: "Insufficient Storage"
    default: ""
    }
}
