package import ColdframeServer
import Gateway
package import HTTPServer
package import Outbound
package import SimTime
import Store
import Synchronization
import Timeline

/// A Coldframe in this process: a private store that is gone afterwards, a clock that stands still until it is
/// advanced, the same answers for the same seed, and no port. Requests go the whole way that real ones go.
package final class LocalColdframe: ColdframeDriver {
    /// Where simulated time begins: Monday 2026-01-05, midnight UTC.
    package static let start = SimInstant(millisecondsSinceEpoch: 1_767_571_200_000)
    /// No answer of a driver's call may be larger.
    private static let answerBytesMax = 256 << 20

    package let server: ColdframeServer

    /// - Parameter realNow: the machine's clock, which matters once the clock follows; it stands still unless a test moves
    ///   it.
    /// Throws `StoreError` when the temporary folder is unusable.
    package init(
        seed: UInt64 = 1, settings: ServerSettings = ServerSettings(),
        realNow: @escaping @Sendable () -> SimInstant = { LocalColdframe.start }
    ) throws {
        var settings = settings
        settings.dataFolder = nil
        settings.clock = Timeline.StartClock(mode: .manual)
        settings.seed = seed
        server = try ColdframeServer(settings, realNow: realNow)
        server.startWithoutListening()
    }

    /// Ends the server and removes its store.
    package func close() async { await server.stop(drainingSeconds: 0) }

    /// Runs `body` with a fresh Coldframe that is closed however `body` ends.
    package static func with<T: Sendable>(
        seed: UInt64 = 1, settings: ServerSettings = ServerSettings(), _ body: (LocalColdframe) async throws -> T
    ) async throws -> T {
        let coldframe = try LocalColdframe(seed: seed, settings: settings)
        do {
            let result = try await body(coldframe)
            await coldframe.close()
            return result
        } catch {
            await coldframe.close()
            throw error
        }
    }

    /// The present simulated instant.
    package var now: SimInstant { server.timeline.now }

    package func clockShift() async throws -> ClockShift { server.timeline.clockShift }

    package func send(_ request: HTTPRequest) async throws -> HTTPAnswer {
        let response = await server.gateway.respond(to: request)
        var body: [UInt8] = []
        switch response.body {
        case .empty, .headOnly: break
        case .bytes(let bytes): body = bytes
        case .file(let run):
            guard run.byteCount <= Self.answerBytesMax, let bytes = run.bytes() else { throw CallProblem.unreadableAnswer }
            body = bytes
        case .stream(_, let next):
            while let run = try await next() {
                body += run
                guard body.count <= Self.answerBytesMax else { throw CallProblem.unreadableAnswer }
            }
        }
        return HTTPAnswer(status: response.status, headers: response.headers, body: body)
    }

    /// Moves simulated time forward to `instant`; nothing happens when that has passed.
    package func advance(to instant: SimInstant) async throws {
        let duration = instant - now
        if duration >= .zero { _ = try await server.timeline.advance(by: duration) }
    }

    /// When the next timer is due; nil when none is set. Ticks (minutes, alarm periods) are not timers.
    package func nextTimer() throws -> SimInstant? {
        var next: SimInstant?
        try server.store.read { reader in
            try reader.query("SELECT MIN(due) FROM timer") { row in
                if !row.isNull(0) { next = SimInstant(millisecondsSinceEpoch: row.integer(0)) }
            }
        }
        return next
    }
}
