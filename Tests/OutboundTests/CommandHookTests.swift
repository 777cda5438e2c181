import Outbound
import Testing

@Suite struct CommandHookTests {
    @Test func aCommandAnswersOnItsStandardOutput() async throws {
        let answer = try await HookRunner().run(.command(["cat"]), event: Array(#"{"a":1}"#.utf8), timeoutSeconds: 20)
        #expect(String(decoding: answer, as: UTF8.self) == #"{"a":1}"#)
    }

    @Test func whatACommandSaysOfItsFailureIsKept() async {
        await #expect(throws: HookProblem.failed("no such user\n")) {
            try await HookRunner().run(
                .command(["sh", "-c", "echo no such user >&2; exit 3"]), event: [], timeoutSeconds: 20)
        }
    }

    /// The command ends with its time: otherwise this test would take ten minutes.
    @Test func aSlowCommandIsEnded() async {
        await #expect(throws: HookProblem.timedOut(seconds: 5)) {
            try await HookRunner(wait: { _ in }).run(.command(["sleep", "600"]), event: [], timeoutSeconds: 5)
        }
    }

    @Test func aCommandThatIsNotThereIsNamed() async {
        await #expect(throws: HookProblem.self) {
            try await HookRunner().run(.command(["/nowhere/hook"]), event: [], timeoutSeconds: 5)
        }
    }

    /// More than a pipe holds, for a command that ends without reading, or reads no more.
    @Test(arguments: ["echo done", "exec <&-; echo done", "head -c 1 >/dev/null; echo done"])
    func aCommandNeedNotReadItsEvent(_ script: String) async throws {
        let event = [UInt8](repeating: 0x20, count: 1 << 20)
        for _ in 0..<5 {
            let answer = try await HookRunner().run(.command(["sh", "-c", script]), event: event, timeoutSeconds: 20)
            #expect(String(decoding: answer, as: UTF8.self) == "done\n")
        }
    }

    /// Waiting for a place counts: the second command is late behind the first, which takes ten minutes.
    @Test func aCommandBehindOthersKeepsItsLimit() async throws {
        let isStarted = AsyncFlag()
        let runner = HookRunner(commandsMax: 1, wait: { seconds in
            if seconds == 600 { await isStarted.wait() }
            if seconds == 20 { try await Task.sleep(for: .seconds(20)) }
        })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: HookProblem.timedOut(seconds: 600)) {
                    try await runner.run(.command(["sleep", "600"]), event: [], timeoutSeconds: 600)
                }
            }
            for _ in 0..<3 {
                await #expect(throws: HookProblem.timedOut(seconds: 1)) {
                    try await runner.run(.command(["sleep", "600"]), event: [], timeoutSeconds: 1)
                }
            }
            isStarted.raise()
            try await group.waitForAll()
        }
        // Nobody who gave up holds the only place.
        let answer = try await runner.run(.command(["cat"]), event: [0x61], timeoutSeconds: 20)
        #expect(answer == [0x61])
    }
}
