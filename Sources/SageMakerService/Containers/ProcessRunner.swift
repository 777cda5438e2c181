import SimTime

/// Answers by a process of the user's, one for each container of each instance.
struct ProcessRunner: ContainerRunner {
    let host: ContainerHost
    let container: ContainerIdentity

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        let machine = MachineAddress(
            endpoint: EndpointKey(call.request.realm, call.request.endpoint), instance: call.instance)
        guard let process = host.process(at: ContainerAddress(machine: machine, container: container)) else {
            return .none("The container was stopped before the request reached it.", latencyMicroseconds: 0)
        }
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
