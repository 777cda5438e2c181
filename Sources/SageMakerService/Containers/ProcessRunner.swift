import Outbound
import SimTime

/// Answers by a process of the user's, one for each container of each instance.
struct ProcessRunner: ContainerRunner {
    let host: ContainerHost
    let container: ContainerIdentity

    /// A process that has broken off its connections may take so long until it is seen to have ended.
    private static let endPause = Duration.seconds(1)

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        let machine = MachineAddress(
            endpoint: EndpointKey(call.request.realm, call.request.endpoint), instance: call.instance)
        return await answer(call, by: ContainerAddress(machine: machine, container: container), mayTryAgain: true)
    }

    private func answer(
        _ call: ContainerCall, by address: ContainerAddress, mayTryAgain: Bool
    ) async -> ContainerAnswer {
        guard let process = host.process(at: address) else {
            return .none("The container was stopped before the request reached it.", latencyMicroseconds: 0)
        }
        guard let server = await process.ready() else {
            // Its rule was replaced while it started.
            if process.isStopping, mayTryAgain { return await answer(call, by: address, mayTryAgain: false) }
            return .crashed(latencyMicroseconds: 0)
        }
        let began = ContinuousClock.now
        do {
            return try await server.exchange(call)
        } catch {
            let latency = (ContinuousClock.now - began) / .microseconds(1)
            switch error {
            case .notReachable, .brokenOff:
                guard await process.waitForEnd(atMost: Self.endPause) else {
                    return server.noAnswer(error, to: call, latencyMicroseconds: latency)
                }
                // It had ended before: the request has reached nobody yet.
                if case .notReachable = error, mayTryAgain {
                    return await answer(call, by: address, mayTryAgain: false)
                }
                return .crashed(latencyMicroseconds: latency)
            case .timedOut, .cancelled, .notHTTP, .tooLarge, .unsendable:
                return server.noAnswer(error, to: call, latencyMicroseconds: latency)
            }
        }
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
        let began = ContinuousClock.now
        do {
            return try await server.exchange(call)
        } catch {
            return server.noAnswer(error, to: call, latencyMicroseconds: (ContinuousClock.now - began) / .microseconds(1))
        }
    }

    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        BehaviorRunner(nil).outcome(random: &random)
    }
}
