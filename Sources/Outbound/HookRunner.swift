import CPlatform
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
    private let wait: @Sendable (Double) async throws -> Void

    /// - Parameter wait: lets the seconds of a time limit pass; a test gives one that decides itself when they are over.
    package init(
        http: OutboundHTTP = OutboundHTTP(), commandsMax: Int = 16,
        wait: @escaping @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }
    ) {
        self.http = http
        commands = AsyncGate(places: commandsMax)
        self.wait = wait
    }

    /// Hands the event, JSON, to the hook and answers what it answers. Throws `HookProblem`.
    /// - Parameter timeoutSeconds: how long the hook may take, from now: waiting for a place is part of it.
    package func run(_ hook: Hook, event: [UInt8], timeoutSeconds: Double) async throws(HookProblem) -> [UInt8] {
        switch hook {
        case .address(let url):
            return try await race(timeoutSeconds) { [http] in
                await Self.outcome(of: http, url, event, timeoutSeconds)
            }
        case .command(let words):
            return try await race(timeoutSeconds) { [commands] in
                guard await commands.enter() else { return .late }
                defer { commands.leave() }
                return await Self.outcome(of: words, event)
            }
        }
    }

    private enum Outcome: Sendable { case answer([UInt8]), problem(HookProblem), late }

    /// What the hook answers, unless its time is over first: then it is ended.
    private func race(
        _ timeoutSeconds: Double, _ work: @escaping @Sendable () async -> Outcome
    ) async throws(HookProblem) -> [UInt8] {
        let outcome = await withTaskGroup(of: Outcome.self) { [wait] group in
            group.addTask { await work() }
            group.addTask {
                try? await wait(timeoutSeconds)
                return .late
            }
            let first = await group.next() ?? .late
            // Cancelling its task ends a command, and closes a connection.
            group.cancelAll()
            return first
        }
        switch outcome {
        case .answer(let bytes): return bytes
        case .problem(let problem): throw problem
        case .late: throw .timedOut(seconds: timeoutSeconds)
        }
    }

    private static func outcome(
        of http: OutboundHTTP, _ url: HTTPURL, _ event: [UInt8], _ timeoutSeconds: Double
    ) async -> Outcome {
        let answer: HTTPAnswer
        do {
            answer = try await http.exchange(
                "POST", url, headers: ["Content-Type": "application/json"], body: event, timeoutSeconds: timeoutSeconds,
                answerBytesMax: answerBytesMax)
        } catch {
            if case .timedOut = error { return .problem(.timedOut(seconds: timeoutSeconds)) }
            return .problem(.notReachable(error.description))
        }
        guard (200...299).contains(answer.status), answer.headers["X-Amz-Function-Error"] == nil else {
            return .problem(.failed(said(answer.body)))
        }
        return .answer(answer.body)
    }

    private static func outcome(of words: [String], _ event: [UInt8]) async -> Outcome {
        _ = brokenPipesAreErrors
        do {
            let program: Executable = words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0])
            let result = try await Subprocess.run(
                program, arguments: Arguments(Array(words.dropFirst())), input: EventInput(event: event),
                output: .bytes(limit: answerBytesMax), error: .bytes(limit: saidBytesMax))
            guard case .exited(0) = result.terminationStatus else { return .problem(.failed(said(result.standardError))) }
            return .answer(result.standardOutput)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            return .problem(.failed("it wrote more than it may"))
        } catch {
            return .problem(.notReachable("\(words[0]) cannot be run: \(error)"))
        }
    }

    /// A command that ends before it has read everything must not end this process by SIGPIPE.
    private static let brokenPipesAreErrors: Void = cplatform_ignore_broken_pipes()

    /// The event on a command's standard input. A command need not read it: what cannot be written is dropped, and its
    /// answer counts all the same.
    private struct EventInput: InputProtocol {
        let event: [UInt8]

        func write(with writer: StandardInputWriter) async { _ = try? await writer.write(event) }
    }

    private static func said(_ bytes: [UInt8]) -> String {
        String(String(decoding: bytes.prefix(saidBytesMax), as: UTF8.self).prefix(saidCharactersMax))
    }
}
