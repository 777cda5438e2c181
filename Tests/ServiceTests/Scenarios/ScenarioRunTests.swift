import AWSModel
import ColdframeTesting
import Foundation
import SimTime
import Testing

@Suite struct ScenarioRunTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/scenarios")
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".scenario") }.sorted()

    static func report(_ file: String, seed: UInt64 = 1) async throws -> ScenarioReport {
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        return try await ScenarioRunner.run(ScenarioParser.parse(text), seed: seed)
    }

    @Test func theScenariosAreThere() {
        let expected = [
            "alarm-already-ringing", "all-at-once", "canary-rolls-back", "canary-succeeds", "linear", "no-policy",
            "ping-fails", "rolling", "timeout", "silent-rollback", "canary-fails-under-load",
            "slow-model-trips-latency", "unrelated-alarm", "capacity-shortage", "flapping-alarm", "variants-change",
            "rolling-rollback-fails", "scale-out-rolls-back",
        ]
        #expect(Set(expected.map { $0 + ".scenario" }).isSubset(of: Set(Self.files)))
    }

    @Test(arguments: files)
    func everyScenarioEndsAsItSays(_ file: String) async throws {
        let report = try await Self.report(file)
        #expect(report.isPassed, "\n\(report.text)")
        #expect(!report.verdicts.isEmpty)
        for row in report.rows { if let blue = row.blue, let green = row.green { #expect(abs(blue + green - 100) < 0.01) } }
    }

    @Test func theSameSeedGivesTheSameRun() async throws {
        let first = try await Self.report("canary-rolls-back.scenario", seed: 5)
        #expect(try await Self.report("canary-rolls-back.scenario", seed: 5) == first)
    }

    @Test func rowsTellWhatHappenedInOrder() async throws {
        let report = try await Self.report("canary-rolls-back.scenario")
        #expect(report.rows.map(\.at) == report.rows.map(\.at).sorted())
        let texts = report.rows.map(\.text)
        for part in ["baking for 300 seconds", "alarm slow: OK → ALARM", "rolling back", "status InService"] {
            #expect(texts.contains { $0.contains(part) }, "\(part) in \(texts)")
        }
        let shifted = try #require(report.rows.first { $0.text.contains("green 1 of 3") })
        #expect(shifted.blue.map { Int($0.rounded()) } == 67)
        let rang = try #require(report.rows.first { $0.text.contains("slow: OK → ALARM") })
        #expect(rang.ringing == ["slow"] && rang.requests > 500 && rang.errors > 100)
    }

    @Test func anUnmetExpectationTellsWhatWasFound() async throws {
        let scenario = try ScenarioParser.parse("""
            endpoint churn config=v1 instances=1
            at 10s expect status=Failed config=v1 weights blue=50 instances blue=3 failure~oops requests>5
            """)
        let report = try await ScenarioRunner.run(scenario)
        #expect(!report.isPassed)
        #expect(report.verdicts.map(\.isMet) == [false, true, false, false, false, false])
        #expect(report.verdicts.map(\.found) == ["InService", "", "blue=100 green=0", "blue=1 green=0", "none", "0"])
        #expect(report.text.contains("✗ 0:10  status=Failed  (found InService)"))
        #expect(report.text.contains("✓ 0:10  config=v1\n"))
        #expect(report.json["passed"] == false && report.json["expectations"]?.list?.count == 6)
    }

    @Test func whatAWSRefusesIsToldWithItsLine() async throws {
        let scenario = try ScenarioParser.parse("""
            endpoint churn config=v1 instances=2
            at 0s update churn to=v1 canary=2 wait=10s
            """)
        let problem = await #expect(throws: ScenarioProblem.self) { try await ScenarioRunner.run(scenario) }
        #expect(problem?.line == 2 && problem?.message.contains("ValidationException") == true, "\(String(describing: problem))")
    }
}
