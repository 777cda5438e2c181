import HostingRules
import SimTime

/// One container's part in an answer, for the metrics of containers.
struct ContainerStep: Sendable, Equatable {
    var hostname: String
    var status: Int
    var latencyMicroseconds: Double
}

/// A serial pipeline: each container answers what the one before it answered. The first failure ends it, and names its
/// container.
// AWS: doc — inference pipelines; spec/hosting.md §E.1, §E.4.
struct PipelineRunner: ContainerRunner {
    let parts: [(hostname: String, runner: any ContainerRunner)]

    func answerAtOnce(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer? {
        var run = Run(call)
        for part in parts {
            guard let answer = part.runner.answerAtOnce(run.call, random: &random) else { return nil }
            guard run.goOn(with: answer, of: part.hostname) else { break }
        }
        return run.answer
    }

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        var run = Run(call), random = random
        for part in parts {
            var answer: ContainerAnswer
            if let atOnce = part.runner.answerAtOnce(run.call, random: &random) {
                answer = atOnce
            } else {
                answer = await part.runner.answer(run.call, random: random.split())
            }
            if case .live = answer.body {
                do {
                    answer.body = .whole(try await answer.body.collected(limitBytes: InvocationPath.answerBytesMax))
                } catch {
                    answer = .none(error.message, latencyMicroseconds: answer.latencyMicroseconds)
                }
            }
            guard run.goOn(with: answer, of: part.hostname) else { break }
        }
        return run.answer ?? .none("The pipeline has no container.", latencyMicroseconds: 0)
    }

    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        var status = 200, latency = 0.0
        for step in steps(random: &random) {
            status = step.status
            latency += step.latencyMicroseconds
        }
        return (status, latency)
    }

    func steps(random: inout SeededRandom) -> [ContainerStep] {
        var steps: [ContainerStep] = []
        for part in parts {
            let (status, latency) = part.runner.outcome(random: &random)
            steps.append(ContainerStep(hostname: part.hostname, status: status, latencyMicroseconds: latency))
            guard (200...299).contains(status) else { break }
        }
        return steps
    }

    /// What has been answered so far, and what is asked next.
    private struct Run {
        private(set) var call: ContainerCall
        private(set) var answer: ContainerAnswer?

        init(_ call: ContainerCall) { self.call = call }

        /// False when the pipeline ends with this answer.
        mutating func goOn(with next: ContainerAnswer, of hostname: String) -> Bool {
            var next = next
            let step = ContainerStep(
                hostname: hostname, status: next.status, latencyMicroseconds: next.latencyMicroseconds)
            next.steps = (answer?.steps ?? []) + [step]
            next.latencyMicroseconds += answer?.latencyMicroseconds ?? 0
            next.isLatencyScripted = next.isLatencyScripted || answer?.isLatencyScripted == true
            next.hostname = hostname
            answer = next
            var request = call.request
            request.body = next.body.bytes
            request.contentType = next.contentType
            call = ContainerCall(request: request, instance: call.instance, timeLimitSeconds: call.timeLimitSeconds,
                now: call.now)
            return next.isSuccess
        }
    }
}

/// Containers of which each request names one.
// AWS: doc — multi-container endpoints with direct invocation; spec/hosting.md §E.1.
struct DirectRunner: ContainerRunner {
    let parts: [(hostname: String, runner: any ContainerRunner)]

    func answerAtOnce(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer? {
        guard let part = part(call) else { return nil }
        return part.runner.answerAtOnce(call, random: &random).map { named($0, part.hostname) }
    }

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        guard let part = part(call) else { return .none("There is no such container.", latencyMicroseconds: 0) }
        return named(await part.runner.answer(call, random: random), part.hostname)
    }

    /// Simulated traffic goes to all containers alike.
    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        let step = steps(random: &random)[0]
        return (step.status, step.latencyMicroseconds)
    }

    func steps(random: inout SeededRandom) -> [ContainerStep] {
        let part = parts[Int(UInt64(parts.count).multipliedFullWidth(by: random.next()).high)]
        let (status, latency) = part.runner.outcome(random: &random)
        return [ContainerStep(hostname: part.hostname, status: status, latencyMicroseconds: latency)]
    }

    private func part(_ call: ContainerCall) -> (hostname: String, runner: any ContainerRunner)? {
        parts.first { $0.hostname == call.request.targetContainerHostname }
    }

    private func named(_ answer: ContainerAnswer, _ hostname: String) -> ContainerAnswer {
        var answer = answer
        answer.hostname = hostname
        answer.steps = [ContainerStep(
            hostname: hostname, status: answer.status, latencyMicroseconds: answer.latencyMicroseconds)]
        return answer
    }
}
