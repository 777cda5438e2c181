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
            "rolling-rollback-fails", "scale-out-rolls-back", "serverless-cold-start", "serverless-throttled",
            "serverless-update", "async-backlog", "async-scales-to-zero-and-back", "multi-model-cache",
            "multi-container-direct", "serial-pipeline", "components-rolling-update", "components-rollback",
            "components-scale-to-zero", "stream-breaks", "sticky-session", "data-capture", "target-tracking",
            "step-scaling", "scheduled-scaling", "scaling-meets-rollout", "retain-properties",
            "managed-instance-scaling", "routing-shares", "serverless-provisioned-scaling",
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

    @Test(arguments: ["canary-rolls-back.scenario", "target-tracking.scenario", "sticky-session.scenario"])
    func theSameSeedGivesTheSameRun(_ file: String) async throws {
        let first = try await Self.report(file, seed: 5)
        #expect(try await Self.report(file, seed: 5) == first)
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

    @Test func aRefusalMayBeExpected() async throws {
        let scenario = try ScenarioParser.parse("""
            endpoint churn config=v1 instances=2
            at 0s update churn to=v1 canary=2 wait=10s refused~ValidationException
            at 0s update churn to=v1 canary=2 wait=10s refused~"another text"
            at 0s weights churn AllTraffic=2 refused~ValidationException
            """)
        let report = try await ScenarioRunner.run(scenario)
        #expect(report.verdicts.map(\.isMet) == [true, false, false])
        #expect(report.verdicts.map(\.text).first == "refused~\"ValidationException\"")
        #expect(report.verdicts[1].found.contains("ValidationException") && report.verdicts[2].found == "success")
    }

    @Test func anAnswerThatNothingIsExpectedOfMustSucceed() async throws {
        let scenario = try ScenarioParser.parse("""
            endpoint churn config=v1 instances=1
            behavior broken status=500
            at 1s invoke churn times=3 expect status=424 error=ModelError body=none variant=none
            at 2s invoke churn
            """)
        let problem = await #expect(throws: ScenarioProblem.self) { try await ScenarioRunner.run(scenario) }
        #expect(problem?.line == 4 && problem?.message.contains("answered with ModelError") == true, "\(String(describing: problem))")
    }

    /// Each condition that cannot hold, and what is found instead.
    @Test func unmetConditionsOfEveryKindTellWhatWasFound() async throws {
        let scenario = try ScenarioParser.parse("""
            endpoint pool config=p for-components instances=1
            component rank of pool image=a/rank:1
            bucket store
            object s3://store/k body=text
            at 1s invoke pool component=rank times=2 expect status=400 variant=B error=Gone
            at 2s invoke-stream pool component=rank expect chunks>1 session=opened custom-attributes~x
            at 60s expect metric Invocations of rank >= 9, metric Invocations of rank stat=Average > 1
            at 60s expect metric ModelLatency of rank = none, metric Latency of rank < 1
            at 60s expect component rank copies=2 desired=1 image=a/rank:2, objects(s3://store/)=2 lines(s3://store/)=2
            at 60s expect contents(s3://store/k)=other contents(s3://store/z)~x desired AllTraffic=4 concurrency max=1
            at 60s expect activities>=1 activity~scaled
            """)
        let report = try await ScenarioRunner.run(scenario)
        #expect(report.verdicts.allSatisfy { !$0.isMet })
        let found = report.verdicts.map(\.found)
        #expect(found.prefix(6) == ["200 in answer 1", "AllTraffic in answer 1", "none in answer 1", "1", "none", "none"])
        #expect(found[6...7] == ["3", "1"] && found[8] != "none" && found[9] == "none")
        #expect(found[10...] == [
            "status=InService copies=1 desired=1 image=a/rank:1", "1", "1", "\"text\"", "none", "AllTraffic=1",
            "not serverless", "0", "none",
        ])
    }
}
