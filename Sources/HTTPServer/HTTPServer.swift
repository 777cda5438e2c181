import CPlatform
import Synchronization

/// What the loops and connections of one server share.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    let handler: any HTTPHandler
    let loops: [EventLoop]
    private let openConnections = Atomic(0)

    init(configuration: HTTPServerConfiguration, handler: any HTTPHandler, loops: [EventLoop]) {
        self.configuration = configuration
        self.handler = handler
        self.loops = loops
    }

    /// Answers how many are open, this one included.
    func connectionOpened() -> Int { openConnections.add(1, ordering: .relaxed).newValue }
    func connectionClosed() { openConnections.subtract(1, ordering: .relaxed) }
}

/// An HTTP/1.1 server on a few event-loop threads. Handlers run on the loop of their connection.
package final class HTTPServer: Sendable {
    private enum State {
        case new
        case running([EventLoop])
        case stopped
    }

    private let configuration: HTTPServerConfiguration
    private let handler: any HTTPHandler
    private let state = Mutex(State.new)

    package init(configuration: HTTPServerConfiguration, handler: any HTTPHandler) {
        self.configuration = configuration
        self.handler = handler
    }

    /// Binds and begins to answer. Throws `HTTPServerError` when the address cannot be bound.
    package func start() async throws -> HTTPServerAddress {
        cplatform_raise_descriptor_limit()
        return try state.withLock { state throws(HTTPServerError) in
            guard case .new = state else { throw .alreadyStarted }
            var bound = cplatform_address()
            let descriptor = cplatform_listen(configuration.host, configuration.port, 1024, &bound)
            guard descriptor >= 0 else {
                throw .cannotListen(host: configuration.host, port: configuration.port, errorNumber: -descriptor)
            }
            var loops: [EventLoop] = []
            do throws(HTTPServerError) {
                for _ in 0..<max(1, configuration.loopCount ?? min(2, Int(cplatform_core_count()))) {
                    loops.append(try EventLoop())
                }
                for (index, loop) in loops.enumerated() { try loop.start(name: "http-\(index)") }
            } catch {
                for loop in loops { loop.stop() }
                cplatform_close(descriptor)
                throw error
            }
            let core = ServerCore(configuration: configuration, handler: handler, loops: loops)
            let listener = Listener(descriptor: descriptor, core: core)
            let first = loops[0]
            Task(executorPreference: first) { first.listen(listener) }
            state = .running(loops)
            return HTTPServerAddress(host: textOfHost(bound), port: bound.port)
        }
    }

    /// Accepts no more, lets running requests end for up to `drainingSeconds`, then cuts off the rest.
    /// Returns when all connections are closed. Safe to call twice.
    package func stop(drainingSeconds: Double) async {
        let loops: [EventLoop] = state.withLock { state in
            defer { state = .stopped }
            if case .running(let loops) = state { return loops }
            return []
        }
        let limit = Duration.seconds(max(0, drainingSeconds))
        await withTaskGroup(of: Void.self) { group in
            for loop in loops {
                group.addTask(executorPreference: loop) { await loop.drain(limit: limit) }
            }
        }
        for loop in loops { loop.stop() }
    }
}
