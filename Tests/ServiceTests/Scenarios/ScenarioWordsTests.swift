@testable import ColdframeTesting
import Foundation
import SimTime
import Testing

/// The words for kinds of endpoints, components, auto scaling and single requests.
@Suite struct ScenarioWordsTests {
    @Test func kindsOfEndpointsAreRead() throws {
        let scenario = try ScenarioParser.parse("""
            endpoint churn config=s serverless=2048 max-concurrency=5 provisioned=2
            capture  a to=s3://b/captured sampling=20 output csv=text/csv,text/plain
            async    a output=s3://b/out failure=s3://b/failed concurrency=3
            config   a model=pipe routing=least-outstanding
            config   p for-components managed=0-4
            container one of pipe image=x/one:1
            model    pipe serial
            container two of pipe model-data=s3://b/two
            model    many multi-model model-data=s3://b/many/
            bucket   b
            object   s3://b/k body="a b"
            component rank of churn copies=0 cores=0.5 accelerators=2 model=many
            behavior slow stream="a|b" stream-delay=5ms breaks-after=1 breaks-with=StreamBroken cold-start=2s load-time=1s \
            max-models=4 closes-session custom-attributes=x
            alarm    wake on rank metric=NoCapacityInvocationFailures >= 1
            alarm    work on churn variant=none metric=ApproximateBacklogSize >= 1
            """)
        let serverless = scenario.configs.first { $0.name == "s" }?.variants.first?.serverless
        #expect(serverless == .init(memoryInMB: 2048, maximum: 5, provisioned: 2))
        let a = try #require(scenario.configs.first { $0.name == "a" })
        #expect(a.capture?.modes == ["Output"] && a.capture?.csvTypes == ["text/csv", "text/plain"])
        #expect(a.capture?.samplingPercentage == 20 && a.async?.concurrencyPerInstance == 3)
        #expect(a.async?.failure == "s3://b/failed")
        #expect(a.variants.first?.model == "pipe" && a.variants.first?.routing == "LEAST_OUTSTANDING_REQUESTS")
        let p = try #require(scenario.configs.first { $0.name == "p" }?.variants.first)
        #expect(p.isForComponents && p.managedInstances == 0...4)
        #expect(scenario.models.map(\.kind) == [.serial, .multiModel])
        #expect(scenario.models.first?.containers.map(\.hostname) == ["one", "two"])
        #expect(scenario.buckets == ["b"] && scenario.objects == [.init(uri: "s3://b/k", body: "a b")])
        guard case .component(.create(let rank)) = scenario.components.first?.action
        else { throw ScenarioProblem(line: 12, "no component") }
        #expect(rank.endpoint == "churn" && rank.copies == 0 && rank.specification == .init(
            model: "many", cores: 0.5, memoryInMB: 1024, accelerators: 2))
        #expect(scenario.behaviors.first?.stream == .init(
            chunks: ["a", "b"], delay: .milliseconds(5), breaksAfter: 1, breaksWith: "StreamBroken"))
        #expect(scenario.behaviors.first?.closesSession == true && scenario.behaviors.first?.modelsMax == 4)
        #expect(scenario.alarms.map(\.component) == ["rank", nil] && scenario.alarms.map(\.variant) == [nil, nil])
    }

    @Test func actionsAreRead() throws {
        let scenario = try ScenarioParser.parse("""
            endpoint churn config=v1 instances=1
            component rank of churn
            alarm    busy on churn metric=InvocationsPerInstance stat=Sum < 10
            scaling  churn min=0 max=4
            tracking t on churn/AllTraffic metric=SageMakerVariantInvocationsPerInstance value=100 in-cooldown=60s no-scale-in
            step     s on rank when=busy percent=-10,-20@5 cooldown=60s
            at 1s    scheduled n on rank at=90s min=1
            at 2s    update churn to=v1 retain-variant-properties exclude=instances,capture refused~"in progress"
            at 3s    concurrency churn AllTraffic=20/2
            at 4s    update-component rank image=x/y:2 rolling=25% wait=60s rollback-on=busy
            at 5s    copies rank=0
            at 6s    invoke churn session=new as=a target-variant=AllTraffic times=3 expect status=200, body~x session=opened
            at 7s    invoke-stream churn session=a expect chunks>=2 error=StreamBroken
            at 8s    invoke-async churn input=s3://b/k ttl=60s as=job expect status=202
            at 9s    expect output(job)~done, metric Invocations of churn over=2m stat=Average >= 1.5, activities=1
            at 9s    scaling churn off
            at 9s    object s3://b/k off
            at 9s    delete-config v1
            """)
        let target = Scenario.ScalingTarget.instances(endpoint: "churn", variant: "AllTraffic")
        #expect(scenario.scaling.map(\.action) == [
            .scaling(.register(target, minimum: 0, maximum: 4)),
            .scaling(.tracking(.init(
                name: "t", target: target, metric: "SageMakerVariantInvocationsPerInstance", statistic: "Average",
                value: 100, outCooldownSeconds: nil, inCooldownSeconds: 60, isScaleInDisabled: true))),
            .scaling(.step(.init(
                name: "s", target: .copies(component: "rank"), alarm: "busy", type: "PercentChangeInCapacity",
                steps: [.init(adjustment: -10, beyond: 0), .init(adjustment: -20, beyond: 5)], cooldownSeconds: 60))),
        ])
        let actions = scenario.steps.map(\.action)
        #expect(actions[0] == .scaling(.scheduled(.init(
            name: "n", target: .copies(component: "rank"), when: .at(.seconds(90)), minimum: 1, maximum: nil))))
        guard case .update(let update) = actions[1] else { throw ScenarioProblem(line: 8, "no update") }
        #expect(update.excludedProperties == ["DesiredInstanceCount", "DataCaptureConfig"])
        #expect(scenario.steps[1].refusal == "in progress" && scenario.steps[0].refusal == nil)
        #expect(actions[2] == .concurrency(endpoint: "churn", ["AllTraffic": .init(maximum: 20, provisioned: 2)]))
        guard case .component(.update(let change)) = actions[3] else { throw ScenarioProblem(line: 10, "no update") }
        #expect(change.batch == .percent(25) && change.rollbackOn == ["busy"] && change.specification.image == "x/y:2")
        #expect(actions[4] == .component(.copies(["rank": 0])))
        guard case .invoke(let invocation) = actions[5] else { throw ScenarioProblem(line: 12, "no request") }
        #expect(invocation.session == .new && invocation.times == 3)
        #expect(invocation.members == ["TargetVariant": "AllTraffic"])
        #expect(invocation.conditions.map(\.subject) == [.status(200), .body(.contains("x")), .session("opened")])
        guard case .invoke(let stream) = actions[6] else { throw ScenarioProblem(line: 13, "no request") }
        #expect(stream.kind == .stream && stream.session == .opened(label: "a"))
        #expect(stream.conditions.map(\.subject) == [.chunks(.atLeast, 2), .error(.equals("StreamBroken"))])
        guard case .expect(let expectation) = actions[8] else { throw ScenarioProblem(line: 15, "no expectation") }
        #expect(expectation.conditions.map(\.subject) == [
            .object(.output(label: "job", .contains("done"))),
            .metric(.init(
                name: "Invocations", namespace: "AWS/SageMaker",
                owner: .endpoint("churn", variant: "AllTraffic", config: nil, container: nil), statistic: "Average",
                over: .minutes(2), bound: .init(comparison: .atLeast, value: 1.5))),
            .activities(.equal, 1),
        ])
        #expect(actions[9...] == [
            .scaling(.deregister(target)), .removeObject(uri: "s3://b/k"), .deleteConfig("v1"),
        ])
    }

    typealias Mistake = ScenarioParserTests.Mistake

    /// Each text stands below the line `endpoint e config=c instances=1`.
    static let mistakes = [
        Mistake(text: "config d serverless=2000 max-concurrency=1", says: "the memory in MB must be one of: 1024 2048"),
        Mistake(text: "config d serverless=2048", says: "max-concurrency= is missing"),
        Mistake(text: "config d max-concurrency=3", says: "max-concurrency needs serverless"),
        Mistake(text: "config d serverless=1024 max-concurrency=3 instances=2", says: "instances does not go with serverless"),
        Mistake(text: "config d model=m", says: "there is no model \"m\""),
        Mistake(text: "config d model=m image=x", says: "image does not go with model"),
        Mistake(text: "config d for-components image=x", says: "image does not go with for-components"),
        Mistake(text: "config d managed=1-2", says: "managed needs for-components"),
        Mistake(text: "config d for-components managed=3-2", says: "managed is \"3-2\"; it must be MIN-MAX"),
        Mistake(text: "config d routing=best", says: "routing is \"best\"; allowed are: least-outstanding random"),
        Mistake(text: "model m serial direct", says: "serial and direct exclude each other"),
        Mistake(text: "model m serial", says: "the model m needs two containers or more"),
        Mistake(text: "model m serial image=x", says: "image does not go with serial"),
        Mistake(text: "model m\nmodel m", line: 3, says: "two models named m"),
        Mistake(text: "container h m", says: "write: container HOSTNAME of MODEL"),
        Mistake(text: "container h of m", says: "there is no model \"m\""),
        Mistake(text: "model m\ncontainer h of m", line: 3, says: "the model m has one container"),
        Mistake(text: "async d output=s3://b/o", says: "there is no configuration \"d\"; known are: c"),
        Mistake(text: "async c", says: "output= is missing"),
        Mistake(text: "async c output=b/o", says: "output is \"b/o\"; write it as s3://BUCKET/KEY"),
        Mistake(text: "async c output=s3://b/o\nasync c output=s3://b/o", line: 3, says: "async c is given twice"),
        Mistake(text: "capture c", says: "to= is missing"),
        Mistake(text: "capture c to=s3://b sampling=101", says: "sampling is \"101\""),
        Mistake(text: "bucket b\nbucket b", line: 3, says: "two buckets named b"),
        Mistake(text: "object b/k", says: "the object is \"b/k\""),
        Mistake(text: "behavior b stream-delay=5ms", says: "stream-delay needs stream"),
        Mistake(text: "behavior b stream=a body=b", says: "body does not go with stream"),
        Mistake(text: "behavior b stream=a breaks-after=1", says: "breaks-after needs breaks-with"),
        Mistake(text: "behavior b stream=a breaks-after=2 breaks-with=StreamBroken", says: "breaks-after is \"2\""),
        Mistake(text: "behavior b stream=a breaks-with=Broken", says: "breaks-with is \"Broken\"; allowed are: StreamBroken"),
        Mistake(text: "component r", says: "write: component NAME of ENDPOINT"),
        Mistake(text: "component r of f", says: "there is no endpoint \"f\""),
        Mistake(text: "component e of e", says: "something named e already"),
        Mistake(text: "component r of e cores=0", says: "cores is \"0\""),
        Mistake(text: "component r of e model=m", says: "there is no model \"m\"; known are: none"),
        Mistake(text: "component r of e\nalarm a on r metric=M >= 1 variant=A", line: 3, says: "variant does not go with a component"),
        Mistake(text: "at 1s copies r=1", says: "there is no component \"r\"; known are: none"),
        Mistake(text: "component r of e\nat 1s update-component r wait=60s", line: 3, says: "wait needs rolling"),
        Mistake(text: "component r of e\nat 1s update-component r rolling=0", line: 3, says: "rolling is \"0\""),
        Mistake(text: "at 1s delete-component r", says: "there is no component \"r\""),
        Mistake(text: "scaling x min=1 max=2", says: "there is no endpoint or component \"x\""),
        Mistake(text: "scaling e max=2", says: "min= is missing"),
        Mistake(text: "scaling e min=1 max=many", says: "max is \"many\""),
        Mistake(text: "tracking t e", says: "write: tracking NAME on TARGET"),
        Mistake(text: "tracking t on e metric=M", says: "value= is missing"),
        Mistake(text: "tracking t on e value=1", says: "metric= is missing"),
        Mistake(text: "tracking t on e metric=SageMakerX value=1 stat=Sum", says: "stat does not go with a predefined metric"),
        Mistake(text: "step s on e add=1", says: "when= is missing"),
        Mistake(text: "step s on e when=a add=1", says: "there is no alarm \"a\""),
        Mistake(text: "alarm a on e metric=M > 1\nstep s on e when=a", line: 3, says: "needs one of add=, percent= and exact="),
        Mistake(text: "alarm a on e metric=M > 1\nstep s on e when=a add=1 exact=1", line: 3, says: "needs one of add="),
        Mistake(text: "alarm a on e metric=M > 1\nstep s on e when=a add=1@5,2@5", line: 3, says: "each step must begin further"),
        Mistake(text: "alarm a on e metric=M > 1\nstep s on e when=a add=some", line: 3, says: "add is \"some\""),
        Mistake(text: "scheduled s on e min=1", says: "needs at=TIME or schedule=EXPRESSION"),
        Mistake(text: "scheduled s on e at=5s", says: "needs min=, max= or both"),
        Mistake(text: "at 1s update e to=c exclude=weight", says: "exclude needs retain-variant-properties"),
        Mistake(text: "at 1s update e to=c retain-variant-properties exclude=all", says: "exclude is \"all\"; allowed are: capture"),
        Mistake(text: "at 1s update e to=c refused~", says: "write: refused~"),
        Mistake(text: "at 1s update e to=c refused~a refused~b", says: "refused is given twice"),
        Mistake(text: "at 1s expect status=InService refused~a", says: "expect is no action"),
        Mistake(text: "at 1s invoke e refused~a", says: "write what the answer is"),
        Mistake(text: "at 1s concurrency e A=0", says: "the concurrency of A is \"0\""),
        Mistake(text: "at 1s concurrency e A=2/0", says: "the provisioned concurrency of A is \"0\""),
        Mistake(text: "at 1s delete-config d", says: "there is no configuration \"d\""),
        Mistake(text: "at 1s object s3://b/k off now", says: "\"now\" is not known here"),
        Mistake(text: "at 1s invoke f", says: "there is no endpoint \"f\""),
        Mistake(text: "at 1s invoke e status=200", says: "\"status=200\" is not known here; allowed are: accept="),
        Mistake(text: "at 1s invoke e times=0", says: "times is \"0\""),
        Mistake(text: "at 1s invoke e as=a", says: "as needs session=new"),
        Mistake(text: "at 1s invoke e session=a", says: "no earlier line opens the session \"a\""),
        Mistake(text: "at 1s invoke e expect mood=good", says: "cannot be expected of an answer; allowed are: status body"),
        Mistake(text: "at 1s invoke e expect status=99", says: "status is \"99\""),
        Mistake(text: "at 1s invoke e expect status~2", says: "\"~\" does not go with status"),
        Mistake(text: "at 1s invoke e expect session=lost", says: "session is \"lost\"; allowed are: opened closed none"),
        Mistake(text: "at 1s invoke e expect chunks=1", says: "chunks goes with invoke-stream"),
        Mistake(text: "at 1s invoke-stream e target-model=m", says: "\"target-model=m\" is not known here"),
        Mistake(text: "at 1s invoke-async e", says: "input= is missing"),
        Mistake(text: "at 1s invoke-async e input=k", says: "input is \"k\""),
        Mistake(text: "at 1s expect metric M", says: "write: metric NAME of ENDPOINT"),
        Mistake(text: "at 1s expect metric M of f >= 1", says: "there is no endpoint \"f\""),
        Mistake(text: "at 1s expect metric M of e", says: "the comparison, e.g. >= 1, is missing"),
        Mistake(text: "at 1s expect metric M of e colour=blue >= 1", says: "\"colour=blue\" is not known here; allowed are: variant="),
        Mistake(text: "at 1s expect metric M of e >= none", says: "the number is \"none\""),
        Mistake(text: "at 1s expect metric M of e stat=Mean >= 1", says: "stat is \"Mean\"; allowed are: Sum SampleCount"),
        Mistake(text: "at 1s expect metric M of e stat=p99 >= 1", says: "a percentile needs over=60s"),
        Mistake(text: "at 1s expect metric M of e over=30s >= 1", says: "over must be whole minutes"),
        Mistake(text: "at 1s expect metric M of e variant=none config=c >= 1", says: "config does not go with variant=none"),
        Mistake(text: "component r of e\nat 1s expect component r", line: 3, says: "component r needs status="),
        Mistake(text: "component r of e\nat 1s expect component r status=Fine", line: 3, says: "status is \"Fine\"; allowed are: Creating"),
        Mistake(text: "at 1s expect output(a)=x", says: "no earlier line sends the request \"a\""),
        Mistake(text: "at 1s expect output=x", says: "write output(LABEL)"),
        Mistake(text: "at 1s expect objects(k)=1", says: "objects is \"k\""),
        Mistake(text: "at 1s expect objects(s3://b/)~1", says: "\"~\" does not go with objects"),
        Mistake(text: "at 1s expect contents(s3://b/)>1", says: "\">\" does not go with contents"),
        Mistake(text: "at 1s expect desired", says: "desired needs the names of variants"),
        Mistake(text: "at 1s expect concurrency", says: "concurrency needs max= or provisioned="),
        Mistake(text: "at 1s expect activities~1", says: "\"~\" does not go with activities"),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsNamedWithItsLine(_ mistake: Mistake) { ScenarioParserTests.check(mistake) }

    @Test func helpAndPageListAllWords() throws {
        let page = try String(
            contentsOf: ScenarioRunTests.folder.appendingPathComponent("../../docs/scenarios.md"), encoding: .utf8)
        for word in ScenarioParser.statements + ScenarioParser.actions + ScenarioParser.conditionNames {
            #expect(ScenarioParser.summary.contains(word), "\(word)")
            #expect(page.contains("`\(word)"), "\(word)")
        }
    }
}
