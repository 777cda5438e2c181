import AWSModel
import AWSProtocols
import ArgumentParser
import ColdframeTesting
import Foundation
import SimTime

/// `coldframe simulate FILE`: plays a scenario in this process and prints what happened when.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a scenario file on a manual clock, and check what it expects.",
        discussion: """
            Needs no server and no time: a rollout of half an hour takes less than a second. Exits with 1 when an \
            expectation is not met, and with 64 when the file is malformed. Fixtures/scenarios holds examples, and \
            docs/scenarios.md lists the words.

            \(ScenarioParser.summary)
            """)

    @Argument(help: "The scenario file, or \"-\" for standard input.") var file: String
    @Flag(help: "Print the timeline and the expectations as JSON.") var json = false
    @Option(help: "Decides routing draws and latencies; the same seed gives the same run.") var seed: UInt64 = 1

    private static let fileBytesMax = 4 << 20

    func run() async throws {
        let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
        guard let data else { throw malformed("cannot be read.") }
        guard data.count <= Self.fileBytesMax, let text = String(validating: data, as: UTF8.self) else {
            throw malformed("is not a text of at most \(Self.fileBytesMax) bytes.")
        }
        let scenario: Scenario
        do { scenario = try ScenarioParser.parse(text) } catch { throw malformed("\(error)") }
        let began = ContinuousClock.now
        let report: ScenarioReport
        do { report = try await ScenarioRunner.run(scenario, seed: seed) } catch let problem as ScenarioProblem {
            print("coldframe: \(file): \(problem)", to: .standardError)
            throw ExitCode.failure
        }
        let milliseconds = (ContinuousClock.now - began) / .milliseconds(1)
        if json {
            var value = report.json.object ?? [:]
            value["realMilliseconds"] = .double(milliseconds.rounded())
            print(JSON.string(.object(value)))
        } else {
            print(report.text, terminator: "")
            let unmet = report.verdicts.count { !$0.isMet }
            let count = report.verdicts.count
            let verdict = unmet == 0 ? "all \(count) expectations met" : "\(unmet) of \(count) expectations not met"
            let seconds = TimeText.plain(report.simulated.seconds)
            print("\n\(verdict); \(seconds) simulated seconds in \(Int(milliseconds)) ms, seed \(seed)")
        }
        if !report.isPassed { throw ExitCode.failure }
    }

    private func malformed(_ message: String) -> ExitCode {
        print("coldframe: \(file): \(message)", to: .standardError)
        // EX_USAGE, as for wrong arguments.
        return ExitCode(64)
    }
}
