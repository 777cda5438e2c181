import AWSModel
import HostingRules
import Logging
import Outbound
import Store
import Timeline

/// The health checks of processes and proxies when their instances start: they take real time, so their endpoint hears of
/// the outcome in a later turn.
struct HealthCheck: Sendable {
    let host: ContainerHost
    let behaviors: BehaviorLedger

    private static let proxySeconds = 10.0

    /// Whether somebody must be waited for.
    func isNeeded(for launches: [Launch], _ record: EndpointRecord) -> Bool {
        launches.contains { launch in
            let parts = record.containers[launch.fleet.number]?.parts ?? []
            return parts.contains { behaviors.behavior(for: $0)?.isProcess == true }
        }
    }

    /// What became of the launches; nil when they are not waited for any more.
    func outcome(of launches: [Launch], _ record: EndpointRecord) async -> LaunchOutcome? {
        for launch in launches {
            for part in record.containers[launch.fleet.number]?.parts ?? [] {
                for instance in launch.instances {
                    let machine = MachineAddress(endpoint: record.key, instance: instance)
                    switch await isHealthy(ContainerAddress(machine: machine, container: part)) {
                    case true?: continue
                    case false?: return .failed(.pingFailed(of: part, launch.plan.name))
                    case nil: return nil
                    }
                }
            }
        }
        return .healthy
    }

    /// Follows the rule for the container, which may change meanwhile. Nil when nobody wants the container any more.
    private func isHealthy(_ address: ContainerAddress) async -> Bool? {
        while true {
            let rule = behaviors.behavior(for: address.container)
            var isStopped = false
            if rule?.run != nil {
                guard let process = host.process(at: address) else {
                    if behaviors.behavior(for: address.container) == rule { return nil }
                    continue
                }
                if await process.ready() != nil { return true }
                isStopped = process.isStopping
            } else if let proxy = rule?.proxy {
                if let server = behaviors.server(of: proxy), await isUp(server, proxy) { return true }
            } else {
                return rule?.ping?.status ?? 200 == 200
            }
            // A failure counts when nobody had to do with it but the container.
            if !isStopped, behaviors.behavior(for: address.container) == rule { return false }
        }
    }

    private func isUp(_ server: HTTPContainer, _ proxy: Behavior.Proxy) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(proxy.startupSeconds ?? Self.proxySeconds)
        while ContinuousClock.now < deadline {
            if await server.isHealthy() { return true }
            try? await Task.sleep(for: .milliseconds(200))
        }
        return false
    }
}

extension LaunchFailure {
    static func pingFailed(of part: ContainerIdentity, _ variant: VariantName) -> LaunchFailure {
        part.hostname.map { .containerPingFailed($0, variant) } ?? .pingFailed(variant)
    }
}

extension EndpointShell {
    private static let answerAttempts = 5
    private static let logger = Logger(label: "coldframe.sagemaker")

    /// Answers an open probe of an endpoint once its health checks are over.
    func answerLater(_ launches: [Launch], of record: EndpointRecord) {
        guard let timeline, let health else { return }
        Task.detached { [self] in
            // A stopped server asks anew at its next start.
            guard let outcome = await health.outcome(of: launches, record) else { return }
            for attempt in 1...Self.answerAttempts {
                do {
                    return try await timeline.turn { turn in
                        guard var current = try turn.transaction.document(record.key.document, as: EndpointRecord.self),
                              current.endpoint.openProbe == launches else { return }
                        turn.afterCommit { [logs, now = turn.now, record] in
                            logs.pinged(launches, outcome, of: record, at: now)
                        }
                        try perform(current.endpoint.fleetProvisioned(outcome, at: turn.now), on: current, in: turn)
                    }
                } catch {
                    Self.logger.error("failed to note a health check", metadata: [
                        "endpoint": "\(record.arn)", "attempt": "\(attempt)", "error": "\(error)",
                    ])
                    try? await Task.sleep(for: .seconds(attempt))
                }
            }
        }
    }

    /// Asks anew for what a server that stopped was asking for, or a snapshot that was taken meanwhile.
    func resumeProbes() {
        guard let health else { return }
        for record in directory.all {
            guard let launches = record.endpoint.openProbe, health.isNeeded(for: launches, record) else { continue }
            answerLater(launches, of: record)
        }
    }
}
