import CPlatform
import HTTPServer
import Synchronization

struct ClosureHandler: HTTPHandler {
    let answer: @Sendable (HTTPRequest) async -> HTTPResponse
    func respond(to request: HTTPRequest) async -> HTTPResponse { await answer(request) }
}

/// A running server and its clients, for one test.
struct LiveServer {
    let server: HTTPServer
    let address: HTTPServerAddress

    /// Runs `body` against a server with `answer` as its handler, and stops it afterwards.
    static func run(
        _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse = echo,
        _ body: (LiveServer) async throws -> Void
    ) async throws {
        var configuration = HTTPServerConfiguration()
        configure(&configuration)
        let server = HTTPServer(configuration: configuration, handler: ClosureHandler(answer: answer))
        let live = LiveServer(server: server, address: try await server.start())
        do {
            try await withTaskExecutorPreference(ThreadPerJob()) { try await body(live) }
        } catch {
            await server.stop(drainingSeconds: 0)
            throw error
        }
        await server.stop(drainingSeconds: 0)
    }

    func client(timeoutMilliseconds: Int32 = 20_000) throws -> RawClient {
        try RawClient(address, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Answers with the method, the target and the body, which may have 1 MiB.
    static let echo: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
        do {
            let body = try await request.body.collect(limitBytes: 1 << 20)
            let text = "\(request.method) \(request.target) \(String(decoding: body, as: UTF8.self))"
            return HTTPResponse(status: 200, headers: ["X": "y"], body: .bytes(Array(text.utf8)))
        } catch RequestBodyError.tooLarge {
            return HTTPResponse(status: 413)
        } catch {
            return HTTPResponse(status: 400, body: .bytes(Array("\(error)".utf8)))
        }
    }
}

/// Runs each job on a thread of its own: the blocking clients of tests that run side by side would otherwise use up
/// the few threads of the shared pool.
private final class ThreadPerJob: TaskExecutor {
    private final class Job {
        let job: UnownedJob
        let executor: ThreadPerJob

        init(_ job: UnownedJob, _ executor: ThreadPerJob) {
            self.job = job
            self.executor = executor
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let context = Unmanaged.passRetained(Job(UnownedJob(job), self)).toOpaque()
        let result = cplatform_thread_start("client", { context in
            let job = Unmanaged<Job>.fromOpaque(context!).takeRetainedValue()
            job.job.runSynchronously(on: job.executor.asUnownedTaskExecutor())
        }, context)
        precondition(result == 0, "a thread can be started")
    }
}

/// Closed until it is opened, once.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// Waits until something holds. Ends with an error when the time limit of the test has it cancelled.
func until(_ holds: () -> Bool) async throws {
    while !holds() { try await Task.sleep(for: .milliseconds(1)) }
}

/// A count that tasks of several threads add to.
final class Counter: Sendable {
    private let count = Atomic(0)
    func add(_ more: Int) { count.add(more, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
