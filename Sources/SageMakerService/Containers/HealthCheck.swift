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

    /// Whether somebody must be waited for.
    func isNeeded(for launches: [Launch], _ record: EndpointRecord) -> Bool {
        launches.contains { launch in
            let parts = record.containers[launch.fleet.number]?.parts ?? []
            return parts.contains { behaviors.behavior(for: $0)?.isProcess == true }
        }
    }

    func outcome(of launches: [Launch], _ record: EndpointRecord) async -> LaunchOutcome {
        for launch in launches {
            for part in record.containers[launch.fleet.number]?.parts ?? [] {
                for instance in launch.instances {
                    let machine = MachineAddress(endpoint: record.key, instance: instance)
                    guard await isHealthy(ContainerAddress(machine: machine, container: part)) else {
                        return .failed(.pingFailed(of: part, launch.plan.name))
                    }
                }
            }
        }
        return .healthy
    }

    private func isHealthy(_ address: ContainerAddress) async -> Bool {
        let rule = behaviors.behavior(for: address.container)
        if rule?.run != nil { return await host.process(at: address)?.ready() != nil }
        guard let proxy = rule?.proxy else { return true }
        guard let server = behaviors.server(of: proxy) else { return false }
        return await isUp(server, proxy)
    }

    private func isUp(_ server: HTTPContainer, _ proxy: Behavior.Proxy) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(proxy.startupSeconds ?? 10)
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
    /// Answers an open probe of an endpoint once its health checks are over.
    func answerLater(_ launches: [Launch], of record: EndpointRecord) {
        guard let timeline, let health else { return }
        Task.detached { [self] in
            let outcome = await health.outcome(of: launches, record)
            // A stopped server asks anew at its next start.
            try? await timeline.turn { turn in
                guard var current = try turn.transaction.document(record.key.document, as: EndpointRecord.self),
                      current.endpoint.openProbe == launches else { return }
                turn.afterCommit { [logs, now = turn.now, record] in logs.pinged(launches, outcome, of: record, at: now) }
                try perform(current.endpoint.fleetProvisioned(outcome, at: turn.now), on: current, in: turn)
            }
        }
    }

    /// Asks anew for what a server that stopped was asking for.
    func resumeProbes() {
        guard let health else { return }
        for record in directory.all {
            guard let launches = record.endpoint.openProbe, health.isNeeded(for: launches, record) else { continue }
            answerLater(launches, of: record)
        }
    }
}
