/// A reading of the monotonic clock, in nanoseconds. Never passed to a client.
package struct MonotonicInstant: Sendable, Comparable, Hashable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static let distantFuture = MonotonicInstant(nanoseconds: .max)

    package static func < (a: MonotonicInstant, b: MonotonicInstant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates; a negative duration counts as none.
    package func advanced(by duration: Duration) -> MonotonicInstant {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return self }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (length, carry) = whole.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        let (sum, wrapped) = nanoseconds.addingReportingOverflow(length)
        return overflow || carry || wrapped ? .distantFuture : MonotonicInstant(nanoseconds: sum)
    }
}

/// How long one connection may still keep the server waiting, in each direction. Pure: the instant is a parameter.
///
/// Only waiting is limited: while a handler computes, no deadline stands.
package struct ConnectionDeadlines: Sendable {
    /// What the connection waits for while it waits to read.
    package enum Awaited: Sendable, Equatable {
        /// The first byte of the first request.
        case firstRequest
        /// The first byte of another request.
        case nextRequest
        /// The rest of a head; one limit for the whole of it, so that a trickle does not extend it.
        case head
        /// More of a body; each wait has the full limit.
        case body
        /// The end of a connection whose last answer is sent; one limit for the whole of it.
        case end
    }

    private let head: Duration
    private let body: Duration
    private let write: Duration
    private let idle: Duration
    private let linger: Duration
    /// What `phaseDeadline` belongs to.
    private var phase: Awaited?
    private var phaseDeadline = MonotonicInstant.distantFuture
    private var readDeadline = MonotonicInstant.distantFuture
    private var writeDeadline = MonotonicInstant.distantFuture

    package init(configuration: HTTPServerConfiguration) {
        head = configuration.headTimeout
        body = configuration.bodyStallTimeout
        write = configuration.writeStallTimeout
        idle = configuration.idleTimeout
        linger = configuration.lingerTimeout
    }

    /// A wait for the client's bytes begins. Answers when it has lasted too long.
    package mutating func beginRead(_ awaited: Awaited, at now: MonotonicInstant) -> MonotonicInstant {
        switch awaited {
        case .body:
            phase = nil
            readDeadline = now.advanced(by: body)
        case .firstRequest, .nextRequest, .head, .end:
            // The limit of the first request runs on from its first wait into its head.
            let runsOn = phase == awaited || (phase == .firstRequest && awaited == .head)
            if !runsOn { phaseDeadline = now.advanced(by: limit(awaited)) }
            phase = awaited
            readDeadline = phaseDeadline
        }
        return readDeadline
    }

    package mutating func endRead() { readDeadline = .distantFuture }

    /// A wait for the client to take bytes begins. Answers when it has lasted too long.
    package mutating func beginWrite(at now: MonotonicInstant) -> MonotonicInstant {
        writeDeadline = now.advanced(by: write)
        return writeDeadline
    }

    package mutating func endWrite() { writeDeadline = .distantFuture }

    /// A head is complete: the next wait for a head starts a new limit.
    package mutating func headArrived() { phase = nil }

    package func readIsOverdue(at now: MonotonicInstant) -> Bool { readDeadline <= now }
    package func writeIsOverdue(at now: MonotonicInstant) -> Bool { writeDeadline <= now }

    /// The earlier of the two deadlines.
    package var next: MonotonicInstant { min(readDeadline, writeDeadline) }

    private func limit(_ awaited: Awaited) -> Duration {
        switch awaited {
        case .firstRequest, .head: head
        case .nextRequest: idle
        case .body: body
        case .end: linger
        }
    }
}
