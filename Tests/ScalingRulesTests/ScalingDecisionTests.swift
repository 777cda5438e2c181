import ScalingRules
import SimTime
import Testing

/// What ringing alarms lead to, with limits, cooldowns and several policies.
@Suite struct ScalingDecisionTests {
    static let now = SimInstant(millisecondsSinceEpoch: 1_800_000_000_000)

    static func tracking(_ value: Double, target: Double = 100, isHigh: Bool = true, _ name: String = "t") -> PolicyInvocation {
        PolicyInvocation(
            policyName: name, alarmName: name, kind: .tracking(TrackingPolicy(target: target), isHigh: isHigh),
            values: [value], threshold: isHigh ? target : target * 0.9)
    }

    static func step(_ adjustment: Int, _ name: String = "s") -> PolicyInvocation {
        let policy = StepPolicy(
            type: .changeInCapacity, steps: [.init(lower: 0, adjustment: adjustment), .init(upper: 0, adjustment: adjustment)],
            cooldownSeconds: nil)
        return PolicyInvocation(policyName: name, alarmName: name, kind: .step(policy), values: [150], threshold: 100)
    }

    static func decide(
        _ invocations: [PolicyInvocation], current: Int, limits: CapacityLimits = .init(minimum: 1, maximum: 10),
        suspended: SuspendedScaling = .init(), memory: ScalingMemory = .init(), isUnscalable: Bool = false,
        holdsScaleIn: Bool = false
    ) -> String {
        let decision = ScalingDecision.decide(
            invocations, current: current, limits: limits, suspended: suspended, memory: memory, isUnscalable: isUnscalable,
            holdsScaleIn: holdsScaleIn, at: now)
        switch decision {
        case .wait: return "wait"
        case .scale(let to, _, _, let because): return "\(to) by \(because.policyName)"
        case .notScaled(let reason, _): return reason.rawValue
        }
    }

    @Test func targetTrackingIsProportional() {
        #expect(Self.decide([Self.tracking(250)], current: 2) == "5 by t")
        #expect(Self.decide([Self.tracking(201)], current: 1) == "3 by t")
        #expect(Self.decide([Self.tracking(900)], current: 3) == "10 by t")
        #expect(Self.decide([Self.tracking(900)], current: 10) == "AlreadyAtMaxCapacity")
        #expect(Self.decide([Self.tracking(40, isHigh: false)], current: 5) == "2 by t")
        #expect(Self.decide([Self.tracking(0, isHigh: false)], current: 5) == "1 by t")
        #expect(Self.decide([Self.tracking(0, isHigh: false)], current: 1) == "AlreadyAtMinCapacity")
        #expect(Self.decide([Self.tracking(89, isHigh: false)], current: 2) == "AutoScalingAnticipatedFlapping")
        #expect(Self.decide([], current: 2) == "wait")
    }

    @Test func theLargestCapacityWins() {
        #expect(Self.decide([Self.step(1), Self.tracking(250)], current: 2) == "5 by t")
        #expect(Self.decide([Self.step(4), Self.tracking(250)], current: 2) == "6 by s")
        #expect(Self.decide([Self.step(-3, "a"), Self.step(-1, "b")], current: 5) == "4 by b")
        #expect(Self.decide([Self.step(-1), Self.tracking(250)], current: 2) == "5 by t")
    }

    @Test func scaleInNeedsEveryTrackingPolicy() {
        let low = Self.tracking(10, isHigh: false)
        #expect(Self.decide([low], current: 5, holdsScaleIn: true) == "wait")
        #expect(Self.decide([Self.step(-1)], current: 5, holdsScaleIn: true) == "4 by s")
    }

    @Test func suspensionsAndRolloutsHoldBack() {
        #expect(Self.decide([Self.tracking(250)], current: 2, suspended: .init(scaleOut: true)) == "wait")
        #expect(Self.decide([Self.tracking(10, isHigh: false)], current: 5, suspended: .init(scaleIn: true)) == "wait")
        #expect(Self.decide([Self.tracking(250)], current: 2, isUnscalable: true) == "TargetServicePutResourceAsUnscalable")
    }

    struct Cooldown: Sendable, CustomTestStringConvertible {
        let what: String
        let secondsAgo: Int64
        let invocation: PolicyInvocation
        let expected: String
        var testDescription: String { what }
    }

    @Test(arguments: [
        Cooldown(what: "what was added counts", secondsAgo: 60, invocation: tracking(200), expected: "wait"),
        Cooldown(what: "a larger scale-out goes at once", secondsAgo: 60, invocation: tracking(350), expected: "7 by t"),
        Cooldown(what: "afterwards from what there is", secondsAgo: 301, invocation: tracking(200), expected: "8 by t"),
        Cooldown(what: "a step counts from before", secondsAgo: 60, invocation: step(3), expected: "5 by s"),
        Cooldown(what: "the same step adds nothing", secondsAgo: 60, invocation: step(2), expected: "wait"),
        Cooldown(what: "no scale-in meanwhile", secondsAgo: 60, invocation: tracking(10, isHigh: false), expected: "wait"),
    ])
    func cooldownOfScaleOut(_ row: Cooldown) {
        // Two instances became four.
        let memory = ScalingMemory(lastScaleOut: .init(
            from: 2, to: 4, completedAt: Self.now - .seconds(row.secondsAgo), cooldownSeconds: 300))
        #expect(Self.decide([row.invocation], current: 4, memory: memory) == row.expected)
    }

    @Test func scaleInCoolsButScaleOutDoesNotWait() {
        let memory = ScalingMemory(lastScaleIn: .init(
            from: 4, to: 2, completedAt: Self.now - .seconds(60), cooldownSeconds: 300))
        #expect(Self.decide([Self.tracking(10, isHigh: false)], current: 2, memory: memory) == "wait")
        #expect(Self.decide([Self.tracking(200)], current: 2, memory: memory) == "4 by t")
    }
}
