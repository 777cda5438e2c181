import MetricRules
import SimTime
import Testing

/// Rules of composite alarms. AWS: spec/cloudwatch.md §10.
@Suite struct CompositeTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let rule: String
        let isTrue: Bool
        var testDescription: String { rule }
    }

    /// a rings, b is well, c knows nothing, and there is no d.
    private static let states: [String: AlarmState] = [
        "a": .alarm, "b": .ok, "c": .insufficientData, "x (1)": .alarm, "arn:aws:cloudwatch:us-east-1:1:alarm:a": .alarm,
    ]

    static let samples: [Sample] = [
        Sample(rule: "ALARM(a)", isTrue: true), Sample(rule: "ALARM(b)", isTrue: false), Sample(rule: "OK(b)", isTrue: true),
        Sample(rule: "INSUFFICIENT_DATA(c)", isTrue: true), Sample(rule: "ALARM(c)", isTrue: false),
        Sample(rule: "OK(d)", isTrue: false), Sample(rule: "NOT OK(d)", isTrue: true),
        Sample(rule: " ALARM ( \"a\" ) ", isTrue: true), Sample(rule: "ALARM(\"x (1)\")", isTrue: true),
        Sample(rule: "ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:a)", isTrue: true),
        Sample(rule: "TRUE", isTrue: true), Sample(rule: "FALSE", isTrue: false), Sample(rule: "NOT FALSE", isTrue: true),
        Sample(rule: "NOT NOT ALARM(a)", isTrue: true),
        Sample(rule: "ALARM(a) AND ALARM(b)", isTrue: false), Sample(rule: "ALARM(a) OR ALARM(b)", isTrue: true),
        // AND binds tighter than OR, NOT tighter than both.
        Sample(rule: "ALARM(a) OR ALARM(b) AND FALSE", isTrue: true),
        Sample(rule: "(ALARM(a) OR ALARM(b)) AND FALSE", isTrue: false),
        Sample(rule: "NOT ALARM(b) AND ALARM(a)", isTrue: true), Sample(rule: "NOT (ALARM(b) OR ALARM(a))", isTrue: false),
        Sample(rule: "ALARM(a)\n  AND\tNOT OK(a)", isTrue: true),
    ]

    @Test(arguments: [
        (rule: "AT_LEAST(2, ALARM, (a, b, c))", ringing: "ab", isTrue: true), ("AT_LEAST(2, ALARM, (a, b, c))", "a", false),
        ("AT_LEAST(50%, ALARM, (a, b, c))", "ab", true), ("AT_LEAST(50%, ALARM, (a, b, c))", "a", false),
        ("AT_LEAST(34%, NOT ALARM, (a, b, c))", "a", true), ("AT_LEAST(100%, OK, (a, b))", "", true),
        ("NOT AT_LEAST(1, ALARM, (a)) AND OK(b)", "", true), (#"AT_LEAST( 1 , ALARM , ( "a, b)" ) )"#, "", false),
    ])
    func atLeastSoMany(rule: String, ringing: String, isTrue: Bool) throws {
        #expect(try AlarmRule(parsing: rule).isTrue { ringing.contains($0) ? .alarm : .ok } == isTrue)
    }

    @Test(arguments: [
        "AT_LEAST(0, ALARM, (a))", "AT_LEAST(2, ALARM, (a))", "AT_LEAST(101%, ALARM, (a))", "AT_LEAST(1, ALARM, ())",
        "AT_LEAST(1, RED, (a))", "AT_LEAST(1, ALARM, a)", "AT_LEAST(ALARM, (a))", "AT_LEAST(1, ALARM, (a)",
        "AT_LEAST(99999999999999999999, ALARM, (a))",
    ])
    func atLeastIsChecked(rule: String) { #expect(throws: AlarmRule.Malformed.self) { try AlarmRule(parsing: rule) } }

    @Test(arguments: samples)
    func evaluates(sample: Sample) throws {
        #expect(try AlarmRule(parsing: sample.rule).isTrue { Self.states[$0] } == sample.isTrue)
    }

    @Test func namesItsChildrenOnce() throws {
        let rule = try AlarmRule(parsing: "ALARM(b) OR ALARM(a) AND OK(\"b\") OR NOT ALARM(c d)")
        #expect(rule.children == ["b", "a", "c d"])
    }

    @Test(arguments: [
        "", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "ALARM(\"a)", "ALARM(a) ALARM(b)", "ALARM(a) AND", "alarm(a)", "AND TRUE",
        "(TRUE", "TRUE)", "NOT", "TRUEFALSE", "ALARM(a) XOR ALARM(b)", String(repeating: "(", count: 100) + "TRUE",
        Array(repeating: "TRUE", count: 501).joined(separator: " OR "),
        (0...100).map { "ALARM(a\($0))" }.joined(separator: " OR "),
    ])
    func refuses(rule: String) { #expect(throws: AlarmRule.Malformed.self) { try AlarmRule(parsing: rule) } }

    /// AWS: recorded — spec/cloudwatch.md §10.
    @Test func explains() {
        let since = CivilTime(year: 2022, month: 7, day: 22, hour: 15, minute: 57, second: 45)!.instant
        let child = AlarmExplanation.Child(arn: "arn:aws:cloudwatch:us-east-1:1:alarm:c", state: .alarm, since: since)
        let changed = AlarmExplanation(changedChild: child)
        #expect(changed.reason == "arn:aws:cloudwatch:us-east-1:1:alarm:c transitioned to ALARM at Friday 22 July, 2022 15:57:45 UTC")
        #expect(changed.reasonData == #"{"triggeringAlarms":[{"arn":"arn:aws:cloudwatch:us-east-1:1:alarm:c","state":{"value":"ALARM","timestamp":"2022-07-22T15:57:45.000+0000"}}]}"#)
        let created = AlarmExplanation(compositeARN: "arn:x", isNew: true, state: .ok, children: [])
        #expect(created.reason == "arn:x was created and its alarm rule evaluates to OK")
    }

    // MARK: Suppression

    private static let now = CivilTime(year: 2026, month: 5, day: 26, hour: 14)!.instant

    @Test func aQuietSuppressorLetsActionsRunAfterTheWait() {
        var suppression = ActionSuppression()
        #expect(suppression.compositeChanged(suppressorRings: false, wait: .seconds(120), at: Self.now) == .hold(until: Self.now + .seconds(120)))
        #expect(suppression.cause == .waitPeriod)
        // Another change begins the wait again.
        let later = Self.now + .seconds(60)
        #expect(suppression.compositeChanged(suppressorRings: false, wait: .seconds(120), at: later) == .hold(until: later + .seconds(120)))
        #expect(suppression.holdEnded() == .act)
        #expect(suppression.cause == nil)
        #expect(suppression.holdEnded() == .nothing)
    }

    @Test func aRingingSuppressorHoldsAndExtends() {
        var suppression = ActionSuppression()
        _ = suppression.compositeChanged(suppressorRings: false, wait: .seconds(120), at: Self.now)
        #expect(suppression.suppressorChanged(rings: true, extension: .seconds(60), at: Self.now) == .holdWhileSuppressed)
        #expect(suppression.cause == .alarm)
        #expect(suppression.holdEnded() == .nothing)
        #expect(suppression.compositeChanged(suppressorRings: true, wait: .seconds(120), at: Self.now) == .holdWhileSuppressed)
        #expect(suppression.suppressorChanged(rings: false, extension: .seconds(60), at: Self.now) == .hold(until: Self.now + .seconds(60)))
        #expect(suppression.cause == .extensionPeriod)
        #expect(suppression.compositeChanged(suppressorRings: false, wait: .seconds(120), at: Self.now) == .nothing)
        #expect(suppression.holdEnded() == .act)
    }

    @Test func periodsOfNothingHoldNothing() {
        var suppression = ActionSuppression()
        #expect(suppression.compositeChanged(suppressorRings: false, wait: .zero, at: Self.now) == .act)
        #expect(suppression.suppressorChanged(rings: true, extension: .zero, at: Self.now) == .nothing)
        #expect(suppression.compositeChanged(suppressorRings: true, wait: .zero, at: Self.now) == .holdWhileSuppressed)
        #expect(suppression.suppressorChanged(rings: false, extension: .zero, at: Self.now) == .act)
    }

    // MARK: Mute schedules

    struct Window: Sendable, CustomTestStringConvertible {
        let expression: String
        let duration: String
        /// Minutes until the window that holds `now`, Tuesday 14:00, ends; nil when none does.
        let minutes: Int64?
        var offset: SimDuration = .zero
        var testDescription: String { "\(expression) \(duration)" }
    }

    static let windows: [Window] = [
        Window(expression: "cron(0 14 * * *)", duration: "PT1H", minutes: 60),
        Window(expression: "cron(30 13 * * *)", duration: "PT1H", minutes: 30),
        Window(expression: "cron(0 13 * * *)", duration: "PT1H", minutes: nil),
        Window(expression: "cron(0 0 * * TUE)", duration: "P1D", minutes: 600),
        Window(expression: "cron(0 0 * * 1-5)", duration: "PT15H", minutes: 60),
        Window(expression: "cron(0 0 * * SAT,SUN)", duration: "P1D", minutes: nil),
        Window(expression: "cron(0 0 24 5 ?)", duration: "P3D", minutes: 600),
        Window(expression: "cron(*/15 * * * *)", duration: "PT5M", minutes: 5),
        Window(expression: "cron(7/15 * * * *)", duration: "PT5M", minutes: nil),
        Window(expression: "at(2026-05-26T13:45)", duration: "PT30M", minutes: 15),
        Window(expression: "at(2026-05-26T14:01)", duration: "PT30M", minutes: nil),
        Window(expression: "at(2026-05-26T16:00:00)", duration: "PT30M", minutes: 30, offset: .hours(2)),
        Window(expression: "cron(0 16 * * *)", duration: "PT30M", minutes: 30, offset: .hours(2)),
    ]

    @Test(arguments: windows)
    func mutes(window: Window) throws {
        let schedule = try MuteSchedule(expression: window.expression, duration: window.duration)
        let until = schedule.activeUntil(at: Self.now) { _ in window.offset }
        #expect(until == window.minutes.map { Self.now + .minutes($0) })
    }

    @Test(arguments: [
        ("cron(0 14 * *)", "PT1H"), ("cron(60 * * * *)", "PT1H"), ("cron(a * * * *)", "PT1H"), ("cron(5-1 * * * *)", "PT1H"),
        ("cron(*/0 * * * *)", "PT1H"), ("at(2026-13-01T00:00)", "PT1H"), ("at(now)", "PT1H"), ("rate(1 minute)", "PT1H"), ("", "PT1H"),
        ("cron(0 14 * * *)", "PT30S"), ("cron(0 14 * * *)", "P16D"), ("cron(0 14 * * *)", "1H"), ("cron(0 14 * * *)", "PT1"),
        ("cron(0 14 * * *)", "P1H"), ("cron(0 14 * * *)", "PT99999999999999H"),
    ])
    func refusesSchedules(expression: String, duration: String) {
        #expect(throws: MuteSchedule.Malformed.self) { try MuteSchedule(expression: expression, duration: duration) }
    }
}
