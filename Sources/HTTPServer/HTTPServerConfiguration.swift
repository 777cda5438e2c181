package import Logging

/// Where a server listens, what a client may cost, and how long it may take.
package struct HTTPServerConfiguration: Sendable {
    /// An IP address or a name that resolves to one; `::` and `0.0.0.0` mean every interface.
    package var host = "127.0.0.1"
    /// 0 takes a free port; `HTTPServer.start()` says which.
    package var port: UInt16 = 0
    /// Event-loop threads; each connection stays on one of them. nil takes one per core, at most two.
    package var loopCount: Int?
    package var requestLimits = HTTPRequestLimits()
    /// Open connections; one more is answered 503 and closed.
    package var connectionsMax = 4096
    /// Largest request body for any route, in bytes; more answers 413. nil leaves it to the routes.
    package var bodyBytesMax: Int?
    /// A body announced no longer than this is awaited before the handler runs and handed over whole.
    package var bufferedBodyBytesMax = 64 << 10
    /// How much of a body that the handler left unread is read and dropped to keep the connection.
    package var unreadBodyBytesMax = 256 << 10
    /// From the first byte of a request (or from the connection's start) to the end of its head.
    package var headTimeout = Duration.seconds(15)
    /// Longest wait for the next bytes of a body that is being read.
    package var bodyStallTimeout = Duration.seconds(30)
    /// Longest wait for the client to take more of a response.
    package var writeStallTimeout = Duration.seconds(30)
    /// How long a connection may rest between two requests.
    package var idleTimeout = Duration.seconds(75)
    /// How long a closed connection still drops what the client sends, so that the client reads the answer.
    package var lingerTimeout = Duration.seconds(2)
    package var logger: Logger?

    package init() {}

    package init(host: String, port: UInt16, logger: Logger? = nil) {
        self.host = host
        self.port = port
        self.logger = logger
    }
}

/// The address a server has bound.
package struct HTTPServerAddress: Sendable, Equatable {
    /// A numeric IP address.
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

/// Why a server could not start.
package enum HTTPServerError: Error, Equatable, Sendable {
    /// `errorNumber` is the system's errno, e.g. EADDRINUSE.
    case cannotListen(host: String, port: UInt16, errorNumber: Int32)
    case cannotStartLoop(errorNumber: Int32)
    case alreadyStarted
}
