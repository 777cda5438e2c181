import HTTPServer
import Subprocess
#if canImport(System)
import System
#else
import SystemPackage
#endif

/// Runs hooks. One runner serves the whole process; it bounds how many run at once.
package struct HookRunner: Sendable {
    /// What a hook may answer at most, in bytes: Lambda's own limit.
    // AWS: doc — a function's response payload is at most 6 MB.
    private static let answerBytesMax = 6 << 20
    private static let saidBytesMax = 64 << 10
    private static let saidCharactersMax = 400

    private let http: OutboundHTTP
    private let commands: AsyncGate

    package init(http: OutboundHTTP = OutboundHTTP(), commandsMax: Int = 16) {
        self.http = http
        commands = AsyncGate(places: commandsMax)
    }

    /// Hands the event, JSON, to the hook and answers what it answers. Throws `HookProblem`.
    package func run(_ hook: Hook, event: [UInt8], timeoutSeconds: Double) async throws(HookProblem) -> [UInt8] {
        switch hook {
        case .address(let url): try await post(event, to: url, timeoutSeconds)
        case .command(let words): try await start(words, event, timeoutSeconds)
        }
    }

    private func post(_ event: [UInt8], to url: HTTPURL, _ timeoutSeconds: Double) async throws(HookProblem) -> [UInt8] {
        let answer: HTTPAnswer
        do {
            answer = try await http.exchange(
                "POST", url, headers: ["Content-Type": "application/json"], body: event, timeoutSeconds: timeoutSeconds,
                answerBytesMax: Self.answerBytesMax)
        } catch {
            if case .timedOut = error { throw .timedOut(seconds: timeoutSeconds) }
            throw .notReachable(error.description)
        }
        guard (200...299).contains(answer.status), answer.headers["X-Amz-Function-Error"] == nil else {
            throw .failed(Self.said(answer.body))
        }
        return answer.body
    }

    private func start(_ words: [String], _ event: [UInt8], _ timeoutSeconds: Double) async throws(HookProblem) -> [UInt8] {
        await commands.enter()
        defer { commands.leave() }
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await Self.outcome(of: words, event) }
            group.addTask {
                do { try await Task.sleep(for: .seconds(timeoutSeconds)) } catch { return .late }
                return .late
            }
            let first = await group.next() ?? .late
            // Cancelling the task that runs the command ends the command.
            group.cancelAll()
            return first
        }
        switch outcome {
        case .answer(let bytes): return bytes
        case .problem(let problem): throw problem
        case .late: throw .timedOut(seconds: timeoutSeconds)
        }
    }

    private enum Outcome: Sendable { case answer([UInt8]), problem(HookProblem), late }

    private static func outcome(of words: [String], _ event: [UInt8]) async -> Outcome {
        do {
            let program: Executable = words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0])
            let result = try await Subprocess.run(
                program, arguments: Arguments(Array(words.dropFirst())), input: .array(event),
                output: .bytes(limit: answerBytesMax), error: .bytes(limit: saidBytesMax))
            guard case .exited(0) = result.terminationStatus else { return .problem(.failed(said(result.standardError))) }
            return .answer(result.standardOutput)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            return .problem(.failed("it wrote more than it may"))
        } catch {
            return .problem(.notReachable("\(words[0]) cannot be run: \(error)"))
        }
    }

    private static func said(_ bytes: [UInt8]) -> String {
        String(String(decoding: bytes.prefix(saidBytesMax), as: UTF8.self).prefix(saidCharactersMax))
    }
}
