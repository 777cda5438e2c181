import HostingRules
package import SimTime
import Synchronization
package import Vocabulary

/// One line that a container of an endpoint printed.
package struct ContainerLine: Sendable, Equatable {
    package var realm: Realm
    package var endpoint: String
    /// `VARIANT/INSTANCE`.
    // AWS: doc — spec/hosting.md §D.2.
    package var stream: String
    package var instant: SimInstant
    package var message: String
}

/// Where the lines of containers go. Implemented by CloudWatch Logs, joined by the composition root.
package protocol ContainerLogSink: Sendable {
    /// Called on the data plane: must not wait.
    func write(_ lines: [ContainerLine])
}

/// What containers print: synthetic ones a few plausible lines when they start, are pinged, fail and end; processes what
/// they really print. Successes leave no line, so the hot path never comes here. Each stream may print so much a minute.
final class ContainerLogs: Sendable {
    /// Lines of one instance in one simulated minute; what is beyond is counted and told.
    static let linesPerMinuteMax = 60
    /// The same for processes, whose words are their own.
    static let processLinesPerMinuteMax = 1000

    private let sink: (any ContainerLogSink)?
    private let budgets = Mutex<Budgets>(Budgets())

    private struct Budgets: Sendable {
        var minute = SimInstant(millisecondsSinceEpoch: 0)
        /// Lines of this minute by stream.
        var used: [Address: Int] = [:]
    }

    private struct Address: Hashable {
        let realm: Realm
        let endpoint: String
        let stream: String
    }

    init(sink: (any ContainerLogSink)?) { self.sink = sink }

    /// One line of one container; dropped when its stream has had its share of the minute.
    func print(
        _ message: @autoclosure () -> String, realm: Realm, endpoint: String, variant: VariantName, instance: InstanceID,
        at instant: SimInstant, limit: Int = ContainerLogs.linesPerMinuteMax
    ) {
        guard let sink else { return }
        let stream = "\(variant.text)/\(instance)"
        let address = Address(realm: realm, endpoint: endpoint, stream: stream)
        let used = budgets.withLock { budgets in
            let minute = instant.floored(to: .minutes(1))
            if minute != budgets.minute { budgets = Budgets(minute: minute) }
            let used = budgets.used[address, default: 0]
            budgets.used[address] = used + 1
            return used
        }
        guard used <= limit else { return }
        let text = used < limit
            ? message() : "[coldframe] Further lines of this minute are left out."
        sink.write([ContainerLine(realm: realm, endpoint: endpoint, stream: stream, instant: instant, message: text)])
    }

    /// The lines of machines that start.
    /// - Parameter isReal: whether there is a process or server of the user's, which says itself whether it listens.
    func started(_ launches: [Launch], of record: EndpointRecord, at instant: SimInstant, isReal: (Launch) -> Bool) {
        for launch in launches {
            let image = record.containers[launch.fleet.number]?.image ?? ""
            let start = ["Starting the container \(image) with argument serve", "Model archive is at /opt/ml/model"]
            let lines = isReal(launch) ? start : start + ["Listening on port 8080"]
            for instance in launch.instances {
                write(lines, launch.plan.name, instance, record, instant)
            }
        }
    }

    /// The lines of health checks of machines that start.
    func pinged(_ launches: [Launch], _ outcome: LaunchOutcome, of record: EndpointRecord, at instant: SimInstant) {
        let status: Int
        switch outcome {
        case .healthy: status = 200
        case .failed(.pingFailed): status = 500
        // There is no container to ask.
        case .failed, .short: return
        }
        for launch in launches {
            for instance in launch.instances {
                write([Self.access("GET", "/ping", status)], launch.plan.name, instance, record, instant)
            }
        }
    }

    /// The lines of machines that end.
    func ended(_ retirements: [Retirement], of record: EndpointRecord, at instant: SimInstant) {
        for retirement in retirements {
            for instance in retirement.instances {
                write(["Received SIGTERM, shutting down"], retirement.variant, instance, record, instant)
            }
        }
    }

    private func write(
        _ messages: [String], _ variant: VariantName, _ instance: InstanceID, _ record: EndpointRecord, _ instant: SimInstant
    ) {
        for message in messages {
            print(message, realm: record.realm, endpoint: record.name, variant: variant, instance: instance, at: instant)
        }
    }

    /// As an access log of the usual model servers has it.
    static func access(_ method: String, _ path: String, _ status: Int) -> String {
        "169.254.178.2 \"\(method) \(path) HTTP/1.1\" \(status)"
    }
}

/// The log of one fleet that serves.
struct FleetLog: Sendable {
    let logs: ContainerLogs
    let realm: Realm
    let endpoint: String
    let variant: VariantName

    /// What is told of a container's words.
    static func excerpt(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(1000), as: UTF8.self).split(separator: "\n").joined(separator: " ")
    }

    /// An invocation failed: status 0 when the container gave no HTTP answer; `message` is what it said.
    func failed(status: Int, _ message: @autoclosure () -> String, on instance: InstanceID, at instant: SimInstant) {
        logs.print(
            status == 0 ? "[error] POST /invocations: \(message())" : ContainerLogs.access("POST", "/invocations", status) + " \(message())",
            realm: realm, endpoint: endpoint, variant: variant, instance: instance, at: instant)
    }
}
