import HostingRules
import SimTime

extension HostedEndpoint {
    /// One invocation of simulated traffic: routed, answered and booked like a real one, without a body.
    func simulateInvocation(random: inout SeededRandom, at instant: SimInstant) {
        guard let choice = table.choose(random: &random) else { return }
        let fleet = fleets[choice.variant][choice.fleet]
        let (status, latency) = fleet.runner.outcome(random: &random)
        let limit = InvocationPath.timeLimitSeconds * 1_000_000
        fleet.meter.book(
            Measurement(
                status: latency > limit ? 0 : status, modelLatencyMicroseconds: min(latency, limit),
                overheadLatencyMicroseconds: Overhead.draw(&random), activeInstances: fleet.route.active.count),
            at: instant)
        if !(200...299).contains(status) {
            fleet.log.failed(
                status: status, "(simulated traffic)", on: table.instances[choice.slot], at: instant)
        }
    }
}
