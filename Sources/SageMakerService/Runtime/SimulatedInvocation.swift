import HostingRules
import SimTime
import Synchronization

extension HostedEndpoint {
    /// One invocation of simulated traffic: routed, answered and booked like a real one, without a body.
    func simulateInvocation(random: inout SeededRandom, at instant: SimInstant) {
        // Asynchronous endpoints refuse InvokeEndpoint.
        guard !isAsynchronous, let choice = table.choose(random: &random) else { return }
        fleet(choice).simulateInvocation(on: table.instances[choice.slot], random: &random, at: instant)
        if table.shadowVariant != nil, let shadow = table.chooseShadow(random: &random) {
            fleet(shadow).simulateInvocation(on: table.instances[shadow.slot], random: &random, at: instant)
        }
    }
}

extension HostedComponent {
    /// The same on one of the component's copies.
    func simulateInvocation(on endpoint: HostedEndpoint, random: inout SeededRandom, at instant: SimInstant) {
        guard record.belongs(to: endpoint.record) else { return }
        guard let copy = anyCopy(random: &random) else { return meter.book(.noCapacityInvocationFailures, 1, at: instant) }
        copy.fleet.simulateInvocation(on: copy.machine, random: &random, at: instant)
    }
}

extension HostedFleet {
    fileprivate func simulateInvocation(
        on instance: InstanceID, random: inout SeededRandom, at instant: SimInstant
    ) {
        if runner.frontFault(random: &random) != nil { return }
        let (status, latency) = isComposite
            ? outcomeOfSteps(random: &random, at: instant) : runner.outcome(random: &random)
        var setup = 0.0
        if let serverless {
            let admission = beginServerless(serverless, at: instant)
            // What is throttled never reaches the variant, and leaves no trace in its metrics.
            if admission == .throttled { return }
            if admission == .cold { setup = runner.coldStart(random: &random).microseconds }
            let end = instant + .milliseconds(Int64((setup + latency) / 1000))
            meter.workers.withLock { $0.occupy(until: end) }
        }
        let limit = InvocationPath.timeLimitSeconds * 1_000_000
        book(
            status: latency > limit ? 0 : status, latencyMicroseconds: min(latency, limit),
            setupMicroseconds: setup, random: &random, at: instant)
        if !(200...299).contains(status) {
            log.failed(status: status, "(simulated traffic)", on: instance, at: instant)
        }
    }

    /// What several containers make of a request, each counted by itself.
    private func outcomeOfSteps(
        random: inout SeededRandom, at instant: SimInstant
    ) -> (status: Int, latencyMicroseconds: Double) {
        let steps = runner.steps(random: &random)
        guard let last = steps.last else { return runner.outcome(random: &random) }
        book(steps, at: instant)
        return (last.status, steps.reduce(0) { $0 + $1.latencyMicroseconds })
    }
}
