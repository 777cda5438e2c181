package import SimTime
import Synchronization
package import Vocabulary

/// One line that a container printed.
package struct ContainerLogLine: Sendable, Equatable {
    package var realm: Realm
    /// The log group, e.g. `/aws/sagemaker/Endpoints/churn`; made when it is missing.
    package var group: String
    /// The log stream, e.g. `AllTraffic/i-0123456789abcdef0`; made when it is missing.
    package var stream: String
    package var instant: SimInstant
    package var message: String

    package init(realm: Realm, group: String, stream: String, instant: SimInstant, message: String) {
        self.realm = realm
        self.group = group
        self.stream = stream
        self.instant = instant
        self.message = message
    }
}

/// Lines on their way to the store: the data plane appends without waiting for SQL.
package final class ContainerLogBuffer: Sendable {
    /// Lines beyond this many are dropped until the buffer is written; the loss is told in the log itself.
    package static let linesMax = 20_000
    /// Longer messages are cut, as AWS cuts lines of containers.
    static let messageBytesMax = 256 << 10

    private struct State: Sendable {
        var lines: [ContainerLogLine] = []
        var dropped = 0
    }

    private let state = Mutex(State())

    /// Adds lines, the earliest first. Never waits.
    package func append(_ lines: [ContainerLogLine]) {
        state.withLock { state in
            for line in lines {
                guard state.lines.count < Self.linesMax else {
                    state.dropped += 1
                    continue
                }
                state.lines.append(line)
            }
        }
    }

    var isEmpty: Bool { state.withLock { $0.lines.isEmpty } }

    /// Takes out everything, with a last line about what was dropped.
    func drain() -> [ContainerLogLine] {
        state.withLock { state in
            var lines = state.lines
            if state.dropped > 0, var notice = lines.last {
                notice.message = "[coldframe] \(state.dropped) log lines were dropped here."
                lines.append(notice)
            }
            state = State()
            return lines
        }
    }

    /// Puts lines back whose turn failed.
    func restore(_ lines: [ContainerLogLine]) {
        state.withLock { $0.lines.insert(contentsOf: lines.prefix(max(0, Self.linesMax - $0.lines.count)), at: 0) }
    }

    func removeAll() { state.withLock { $0 = State() } }
}
