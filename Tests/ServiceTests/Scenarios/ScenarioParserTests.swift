import ColdframeTesting
import SimTime
import Testing

@Suite struct ScenarioParserTests {
    @Test func everyStatementIsRead() throws {
        let scenario = try ScenarioParser.parse("""
            # a comment
            endpoint churn config=v1 instances=2 image=a/b:1 type=ml.c5.large weight=2 model-data=s3://b/k   # and another
            config   v2
            variant  A of v2 weight=2 instances=4
            variant  B of v2 image="with blank"
            behavior bad match-image=*1.2* match-model=m* match-model-data=s3* status=500 error-rate=0.5 \
            latency-p50=150ms latency-p99=0.2s body="no # comment" content-type=text/plain ping=503
            alarm    slow on churn metric=ModelLatency stat=p99 period=5m 2-of-3 > 1e4 missing=breaching config=v2 variant=A
            load     churn 2.5/s from 1m to 2m seed=7

            at 90s   update churn to=v2 canary=10% wait=5m termination=120s timeout=1800s rollback-on=slow,slow
            at 0s    expect status=InService
            at 90s   expect churn weights blue=90 green=10 within=2, slow=OK, failure~"[slow], yes", pending=none
            """)
        #expect(scenario.endpoints.map(\.name) == ["churn"] && scenario.endpoints.map(\.config) == ["v1"])
        let v1 = try #require(scenario.configs.first { $0.name == "v1" }?.variants.first)
        #expect(v1.name == "AllTraffic" && v1.weight == 2 && v1.instances == 2 && v1.instanceType == "ml.c5.large")
        #expect(v1.image == "a/b:1" && v1.modelData == "s3://b/k")
        #expect(scenario.configs.first { $0.name == "v2" }?.variants.map(\.name) == ["A", "B"])
        #expect(scenario.configs.first { $0.name == "v2" }?.variants.map(\.instances) == [4, 3])
        #expect(scenario.configs.first { $0.name == "v2" }?.variants[1].image == "with blank")
        let bad = try #require(scenario.behaviors.first)
        #expect(bad.body == "no # comment" && bad.latencyP99 == .milliseconds(200) && bad.ping == 503)
        let slow = try #require(scenario.alarms.first)
        #expect(slow.statistic == "p99" && slow.periodSeconds == 300 && slow.threshold == 10_000)
        #expect((slow.datapointsToAlarm, slow.evaluationPeriods) == (2, 3) && slow.comparison == "GreaterThanThreshold")
        #expect(scenario.steps.map(\.at) == [.seconds(0), .seconds(60), .seconds(90), .seconds(90), .seconds(120)])
        #expect(scenario.steps.map(\.line) == [11, 8, 10, 12, 8])
        let loads = scenario.steps.compactMap { step in if case .load(let load) = step.action { load } else { nil } }
        #expect(loads.map(\.rate) == [2.5, 0] && loads.map(\.seed) == [7, nil])
        guard case .update(let update) = scenario.steps[2].action else { throw ScenarioProblem(line: 10, "no update") }
        #expect(update.policy == .canary(.percent(10)) && update.waitSeconds == 300 && update.timeoutSeconds == 1800)
        guard case .expect(let expectation) = scenario.steps[3].action else { throw ScenarioProblem(line: 12, "no expectation") }
        #expect(expectation.conditions.map(\.subject) == [
            .weights(blue: 90, green: 10, within: 2), .alarm("slow", state: "OK"), .failure(.contains("[slow], yes")),
            .pending(.none),
        ])
        #expect(scenario.end == .seconds(120))
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        var line = 2
        let says: String
        var testDescription: String { text }
    }

    /// Each text stands below the line `endpoint e config=c instances=1`.
    static let mistakes = [
        Mistake(text: "endpiont x", says: "\"endpiont\" is not a statement; allowed are: endpoint config variant"),
        Mistake(text: "endpoint", says: "the endpoint's name is missing"),
        Mistake(text: "endpoint a_b config=c", says: "use letters, digits and hyphens"),
        Mistake(text: "endpoint e config=c", says: "there are two endpoints named e"),
        Mistake(text: "endpoint f", says: "config= is missing"),
        Mistake(text: "endpoint f config=nope", says: "there is no configuration \"nope\""),
        Mistake(text: "config c", says: "there are two configurations named c"),
        Mistake(text: "config d instances=0", says: "instances is \"0\"; it must be a whole number from 1 to 1000"),
        Mistake(text: "config d instances=two", says: "instances is \"two\""),
        Mistake(text: "config d colour=blue", says: "\"colour=blue\" is not known here; allowed are: instances= image="),
        Mistake(text: "config d instances=1 instances=2", says: "instances is given twice"),
        Mistake(text: "config d image=\"x", says: "a quotation mark is not closed"),
        Mistake(text: "config d weight=-1", says: "weight is \"-1\"; it must be a number from 0 to 1000000"),
        Mistake(text: "provisioning slow", says: "provisioning is \"slow\"; allowed are: short realistic"),
        Mistake(text: "variant A c", says: "write: variant NAME of CONFIG"),
        Mistake(text: "variant AllTraffic of c", says: "two variants named AllTraffic"),
        Mistake(text: "behavior b status=99", says: "status is \"99\"; it must be a whole number from 200 to 599"),
        Mistake(text: "behavior b error-rate=2", says: "error-rate is \"2\"; it must be a number from 0 to 1"),
        Mistake(text: "behavior b latency-p50=fast", says: "latency-p50 is \"fast\"; use a number and ms, s, m or h"),
        Mistake(text: "behavior b latency-p99=1s", says: "latency-p99 needs latency-p50"),
        Mistake(text: "behavior b latency-p50=2s latency-p99=1s", says: "latency-p99 must not be less"),
        Mistake(text: "behavior b ping=1", says: "ping is \"1\""),
        Mistake(text: "behavior b\nbehavior b", line: 3, says: "two behaviors named b"),
        Mistake(text: "alarm a metric=M", says: "write: alarm NAME on ENDPOINT"),
        Mistake(text: "alarm a on f metric=M >= 1", says: "there is no endpoint \"f\"; known are: e"),
        Mistake(text: "alarm a on e >= 1", says: "metric= is missing"),
        Mistake(text: "alarm a on e metric=M", says: "the comparison is missing"),
        Mistake(text: "alarm a on e metric=M >=", says: "the threshold is missing"),
        Mistake(text: "alarm a on e metric=M >= lots", says: "the threshold is \"lots\""),
        Mistake(text: "alarm a on e metric=M >= 1 < 2", says: "the comparison is given twice"),
        Mistake(text: "alarm a on e metric=M 3-of-2 >= 1", says: "M-of-N needs 1 <= M <= N"),
        Mistake(text: "alarm a on e metric=M 1-of-1 1-of-1 >= 1", says: "M-of-N is given twice"),
        Mistake(text: "alarm a on e metric=M metric=N >= 1", says: "metric is given twice"),
        Mistake(text: "alarm a on e metric=M >= 1 missing=maybe", says: "missing is \"maybe\"; allowed are: breaching"),
        Mistake(text: "alarm a on e metric=M >= 1 config=v9", says: "there is no configuration \"v9\"; known are: c"),
        Mistake(text: "alarm a on e metric=M >= 1 period=1500ms", says: "period must be whole seconds"),
        Mistake(text: "alarm a on e metric=M >= 1 sort=of", says: "\"sort=of\" is not known here"),
        Mistake(text: "alarm status on e metric=M >= 1", says: "status cannot be an alarm's name"),
        Mistake(text: "alarm a on e metric=M >= 1\nalarm a on e metric=M >= 1", line: 3, says: "two alarms named a"),
        Mistake(text: "capacity m5 3", says: "the instance type is \"m5\"; they begin with ml."),
        Mistake(text: "capacity ml.m5.large", says: "the number of machines is missing"),
        Mistake(text: "at 1s capacity ml.m5.large few", says: "the number of machines is \"few\""),
        Mistake(text: "load f 1/s from 0s", says: "there is no endpoint \"f\""),
        Mistake(text: "load e 1 from 0s", says: "the rate is \"1\"; write it as 10/s"),
        Mistake(text: "load e 1/s", says: "write: load ENDPOINT 10/s from 0s"),
        Mistake(text: "load e 1/s from soon", says: "the instant is \"soon\""),
        Mistake(text: "load e 1/s from 9s to 9s", says: "the load must end after it begins"),
        Mistake(text: "load e 1/s from 0s seed=x", says: "seed is \"x\""),
        Mistake(text: "load e 1000000/s from 0s", says: "the rate is \"1000000\""),
        Mistake(text: "at", says: "the instant is missing"),
        Mistake(text: "at 5", says: "the instant is \"5\"; use a number and ms, s, m or h"),
        Mistake(text: "at -5s expect", says: "the instant is \"-5s\""),
        Mistake(text: "at 1s", says: "what happens is missing"),
        Mistake(text: "at 1s dance", says: "\"dance\" cannot happen; allowed are: update weights instances"),
        Mistake(text: "at 1s update e", says: "to= is missing"),
        Mistake(text: "at 1s update e to=v9", says: "there is no configuration \"v9\""),
        Mistake(text: "at 1s update e to=c canary=1 linear=1", says: "canary and linear exclude each other"),
        Mistake(text: "at 1s update e to=c canary=0", says: "canary is \"0\""),
        Mistake(text: "at 1s update e to=c canary=101%", says: "canary is \"101\""),
        Mistake(text: "at 1s update e to=c wait=3s", says: "wait needs canary=, linear=, rolling= or all-at-once"),
        Mistake(text: "at 1s update e to=c canary=1 rollback-batch=1", says: "rollback-batch needs rolling="),
        Mistake(text: "at 1s update e to=c rolling=1 termination=3s", says: "termination does not go with rolling="),
        Mistake(text: "at 1s update e to=c rollback-on=x", says: "there is no alarm \"x\"; known are: none"),
        Mistake(text: "at 1s update e to=c gently", says: "\"gently\" is not known here; allowed are: to= canary="),
        Mistake(text: "at 1s weights e", says: "name at least one variant"),
        Mistake(text: "at 1s weights e A", says: "\"A\" must be like A=2"),
        Mistake(text: "at 1s weights e A=1 A=2", says: "A is given twice"),
        Mistake(text: "at 1s instances e A=-1", says: "the count of A is \"-1\""),
        Mistake(text: "at 1s alarm x=ALARM", says: "there is no alarm \"x\""),
        Mistake(text: "alarm x on e metric=M > 1\nat 1s alarm x=RINGING", line: 3, says: "the state is \"RINGING\"; allowed are: OK ALARM"),
        Mistake(text: "alarm x on e metric=M > 1\nat 1s alarm x", line: 3, says: "write: alarm NAME=ALARM"),
        Mistake(text: "at 1s behavior b off now", says: "\"now\" is not known here"),
        Mistake(text: "at 1s expect", says: "expect what? Allowed are: status config weights"),
        Mistake(text: "at 1s expect happiness", says: "\"happiness\" cannot be expected; allowed are: status"),
        Mistake(text: "at 1s expect mood=good", says: "\"mood=good\" cannot be expected"),
        Mistake(text: "at 1s expect status=Fine", says: "status is \"Fine\"; allowed are: Creating InService"),
        Mistake(text: "at 1s expect status~In", says: "\"~\" does not go with status"),
        Mistake(text: "at 1s expect status>1", says: "\">\" does not go with status"),
        Mistake(text: "at 1s expect config=v9", says: "there is no configuration \"v9\""),
        Mistake(text: "at 1s expect weights", says: "weights needs blue= or green="),
        Mistake(text: "at 1s expect weights blue=120", says: "blue is \"120\"; it must be a number from 0 to 100"),
        Mistake(text: "at 1s expect weights blue=1 blue=2", says: "blue is given twice"),
        Mistake(text: "at 1s expect instances", says: "instances needs blue= or green="),
        Mistake(text: "at 1s expect variants", says: "variants needs the names of variants"),
        Mistake(text: "at 1s expect requests~5", says: "\"~\" does not go with requests"),
        Mistake(text: "at 1s expect requests>=many", says: "requests is \"many\""),
        Mistake(text: "at 1s expect errors(v9)=0", says: "there is no configuration \"v9\""),
        Mistake(text: "at 1s expect errors(c=0", says: "write errors(CONFIG)"),
        Mistake(text: "endpoint f config=c\nat 1s expect status=InService", line: 3, says: "name the endpoint"),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsNamedWithItsLine(_ mistake: Mistake) { Self.check(mistake) }

    static func check(_ mistake: Mistake) {
        do {
            _ = try ScenarioParser.parse("endpoint e config=c instances=1\n" + mistake.text)
            Issue.record("nothing is wrong with it")
        } catch {
            #expect(error.line == mistake.line, "\(error)")
            #expect(error.message.contains(mistake.says), "\(error)")
        }
    }

    @Test func anEmptyFileIsNoScenario() {
        #expect(throws: ScenarioProblem(line: 2, "there is no endpoint.")) { try ScenarioParser.parse("# nothing\n") }
    }

    @Test func anyBytesAreReadOrRefused() {
        var random = SeededRandom(seed: 11)
        let pieces = ["at", "1s", "expect", "alarm", "on", "e", "=", "\"", "~", ">=", "weights", "endpoint", "\n", "#", "%", "é", "1/s"]
        for _ in 0..<3000 {
            let text = (0..<Int(random.next() % 30)).map { _ in
                pieces[Int(random.next() % UInt64(pieces.count))] + (random.next() % 2 == 0 ? " " : "")
            }.joined()
            _ = try? ScenarioParser.parse(text)
        }
    }
}
