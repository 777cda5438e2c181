import SimTime

/// Answers by a process of the user's, one for each instance.
struct ProcessRunner: ContainerRunner {
    let host: ContainerHost
    let run: Behavior.Run
    let container: ContainerIdentity

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        let address = ContainerAddress(
            endpoint: EndpointKey(call.request.realm, call.request.endpoint), instance: call.instance)
        let process = host.process(at: address, ProcessPlan(run: run, container: container))
        guard let server = await process.ready() else { return .crashed(latencyMicroseconds: 0) }
        return await server.answer(call, hasCrashed: { process.hasEnded })
    }

    /// Simulated traffic calls no process: it is counted as answered in the time of the synthetic model.
    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        BehaviorRunner(nil).outcome(random: &random)
    }
}

/// Answers by a server that runs already.
struct ProxyRunner: ContainerRunner {
    let server: HTTPContainer

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        await server.answer(call, hasCrashed: { false })
    }

    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        BehaviorRunner(nil).outcome(random: &random)
    }
}
