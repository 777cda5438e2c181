import CPlatform
import Subprocess
#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A command of the user's that runs until it is stopped: a model server. It ends with this process, however that ends,
/// since a supervisor in its process group waits for a pipe of ours to close.
package final class ServerProcess: Sendable {
    package struct Settings: Sendable {
        /// The program and its arguments; never read by a shell.
        package var words: [String]
        /// Added to this process's own environment.
        package var environment: [String: String]
        /// Seconds between SIGTERM and SIGKILL.
        package var graceSeconds: Int

        package init(words: [String], environment: [String: String], graceSeconds: Int) {
            self.words = words
            self.environment = environment
            self.graceSeconds = graceSeconds
        }
    }

    private let stopping = AsyncFlag()
    private let ended = AsyncFlag()

    /// Longer lines are cut into several.
    private static let lineBytesMax = 8 << 10

    /// The words follow as arguments, so nothing of them is read as shell text. The subshell ignores SIGTERM, waits for the
    /// pipe to close, ends the whole group, and gives it its time.
    private static let supervisor = """
        grace=$1; shift
        exec 3<&0
        (
          trap '' TERM INT HUP
          cat <&3
          kill -TERM -$$
          left=$((grace * 5))
          while [ "$left" -gt 0 ] && kill -0 $$; do sleep 0.2; left=$((left - 1)); done
          kill -KILL -$$
        ) >/dev/null 2>&1 </dev/null &
        exec 3<&-
        exec "$@" </dev/null
        """

    /// Starts the command. `line` is told what it prints, and `ended` how it ended, once.
    package init(
        _ settings: Settings, line: @escaping @Sendable (String) -> Void, ended: @escaping @Sendable (String) -> Void
    ) {
        Task.detached { [self] in
            ended(await run(settings, line))
            self.ended.raise()
        }
    }

    package var hasEnded: Bool { ended.isRaised }

    /// Asks the command to end: SIGTERM now, SIGKILL after its grace.
    package func stop() { stopping.raise() }

    private func run(_ settings: Settings, _ line: @escaping @Sendable (String) -> Void) async -> String {
        var options = PlatformOptions()
        options.processGroupID = 0
        var added: [Environment.Key: String?] = [:]
        for (name, value) in settings.environment {
            if let key = Environment.Key(rawValue: name) { added[key] = value }
        }
        do {
            let result = try await Subprocess.run(
                .path("/bin/sh"),
                arguments: Arguments(["-c", Self.supervisor, "coldframe", String(settings.graceSeconds)] + settings.words),
                environment: .inherit.updating(added), platformOptions: options, input: .inputWriter, output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await self.stopping.wait()
                        try? await execution.standardInputWriter.finish()
                    }
                    group.addTask {
                        await Self.read(execution.standardOutput, line)
                        // What has nothing more to say has ended: the supervisor ends too.
                        self.stop()
                    }
                }
            }
            return "\(result.terminationStatus)"
        } catch {
            return "it could not be started: \(error)"
        }
    }

    private static func read(_ output: SubprocessOutputSequence, _ line: (String) -> Void) async {
        var rest: [UInt8] = []
        do {
            for try await buffer in output {
                buffer.withUnsafeBytes { rest += $0 }
                while let end = rest.firstIndex(of: 0x0a) ?? (rest.count > lineBytesMax ? lineBytesMax : nil) {
                    let isNewline = rest[end] == 0x0a
                    line(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeFirst(isNewline ? end + 1 : end)
                }
            }
        } catch {
            line("[coldframe] The output could not be read any further: \(error)")
        }
        if !rest.isEmpty { line(String(decoding: rest, as: UTF8.self)) }
    }

    /// A port of this machine that is free now; nil when there is none.
    package static func freePort() -> UInt16? {
        var address = cplatform_address()
        let socket = cplatform_listen("127.0.0.1", 0, 1, &address)
        guard socket >= 0 else { return nil }
        cplatform_close(Int32(socket))
        return address.port
    }
}
