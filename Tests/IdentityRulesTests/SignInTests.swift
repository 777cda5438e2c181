import IdentityRules
import Testing

private typealias Facts = SignIn.Facts

/// One row: facts, the events in order, and the step that follows the last of them.
struct SignInCase: Sendable, CustomStringConvertible {
    let description: String
    var flow = SignIn.Flow.password
    var facts = SignIn.Facts()
    var events: [SignIn.Event] = [.passwordProven]
    let expected: SignIn.Step

    init(
        _ description: String, flow: SignIn.Flow = .password, events: [SignIn.Event] = [.passwordProven],
        _ expected: SignIn.Step, _ change: (inout SignIn.Facts) -> Void = { _ in }
    ) {
        self.description = description
        self.flow = flow
        self.events = events
        self.expected = expected
        change(&facts)
    }

    static let all: [SignInCase] = [
        SignInCase("a right password", .grant),
        SignInCase("a wrong password", events: [.passwordRefused], .refuse(.incorrectPassword)),
        SignInCase("SRP asks for the proof", flow: .srp, events: [], .challenge(.passwordVerifier)),
        SignInCase("SRP proven", flow: .srp, .grant),
        SignInCase("disabled", events: [], .refuse(.disabled)) { $0.isEnabled = false },
        SignInCase("disabled in between", .refuse(.disabled)) { $0.isEnabled = false },
        SignInCase("unconfirmed", .refuse(.unconfirmed)) { $0.status = .unconfirmed },
        SignInCase("unconfirmed, wrong password", events: [.passwordRefused], .refuse(.incorrectPassword)) { $0.status = .unconfirmed },
        SignInCase("reset required", .refuse(.resetRequired)) { $0.status = .resetRequired },
        SignInCase("temporary password", .challenge(.newPassword)) { $0.status = .forceChangePassword },
        SignInCase("temporary password, by SRP", flow: .srp, .challenge(.newPassword)) { $0.status = .forceChangePassword },
        SignInCase("new password", events: [.passwordProven, .newPasswordSet], .grant) { $0.status = .forceChangePassword },
        SignInCase("expired temporary password", .refuse(.temporaryPasswordExpired)) {
            $0.status = .forceChangePassword
            $0.isTemporaryPasswordExpired = true
        },
        SignInCase("new password before MFA", events: [.passwordProven, .newPasswordSet], .challenge(.mfa(.sms))) {
            $0.status = .forceChangePassword
            $0.poolMFA = .on
            $0.registeredMFA = [.sms]
        },
        SignInCase("optional MFA without any", .grant) { $0.poolMFA = .optional },
        SignInCase("optional MFA with one", .challenge(.mfa(.softwareToken))) {
            $0.poolMFA = .optional
            $0.registeredMFA = [.softwareToken]
        },
        SignInCase("MFA off ignores registered ones", .grant) { $0.registeredMFA = [.sms] },
        SignInCase("MFA on without any", .challenge(.mfaSetup([.softwareToken]))) {
            $0.poolMFA = .on
            $0.availableSetup = [.softwareToken]
        },
        SignInCase("MFA on and nothing to set up", .refuse(.mfaNotAvailable)) { $0.poolMFA = .on },
        SignInCase("MFA set up", events: [.passwordProven, .mfaSetUp(.softwareToken)], .grant) {
            $0.poolMFA = .on
            $0.availableSetup = [.softwareToken]
        },
        SignInCase("MFA set up with what was not offered", events: [.passwordProven, .mfaSetUp(.email)], .refuse(.invalidSession)) {
            $0.poolMFA = .on
            $0.availableSetup = [.softwareToken]
        },
        SignInCase("two and no preference", .challenge(.selectMFA([.sms, .softwareToken]))) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms, .softwareToken]
        },
        SignInCase("two and a preference", .challenge(.mfa(.softwareToken))) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms, .softwareToken]
            $0.preferredMFA = .softwareToken
        },
        SignInCase("a choice", events: [.passwordProven, .mfaChosen(.sms)], .challenge(.mfa(.sms))) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms, .softwareToken]
        },
        SignInCase("a choice that was not offered", events: [.passwordProven, .mfaChosen(.email)], .refuse(.mfaNotAvailable)) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms, .softwareToken]
        },
        SignInCase("a wrong code", events: [.passwordProven, .codeRefused], .refuse(.wrongCode)) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms]
        },
        SignInCase("a remembered device", .challenge(.deviceSRP)) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms]
            $0.hasRememberedDevice = true
            $0.deviceReplacesMFA = true
        },
        SignInCase("a proven device", events: [.passwordProven, .deviceNamed, .deviceProven], .grant) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms]
            $0.hasRememberedDevice = true
            $0.deviceReplacesMFA = true
        },
        SignInCase("a device that does not replace MFA", .challenge(.mfa(.sms))) {
            $0.poolMFA = .on
            $0.registeredMFA = [.sms]
            $0.hasRememberedDevice = true
        },
        SignInCase("a choice of first factors", flow: .choice, events: [], .challenge(.selectFactor([.password, .emailOTP]))) {
            $0.firstFactors = [.password, .emailOTP]
        },
        SignInCase("a code as first factor", flow: .choice, events: [.factorChosen(.emailOTP), .codeProven], .grant) {
            $0.firstFactors = [.password, .emailOTP]
        },
        SignInCase("a factor the pool lacks", flow: .choice, events: [.factorChosen(.smsOTP)], .refuse(.factorNotAvailable)) {
            $0.firstFactors = [.password, .emailOTP]
        },
        SignInCase("custom begins with the trigger", flow: .custom, events: [], .define),
        SignInCase("custom challenge", flow: .custom, events: [.customDirective(.custom)], .challenge(.custom)),
        SignInCase("custom answered", flow: .custom, events: [.customDirective(.custom), .customAnswered], .define),
        SignInCase("custom grants", flow: .custom, events: [.customDirective(.grant)], .grant) { $0.poolMFA = .on },
        SignInCase("custom fails", flow: .custom, events: [.customDirective(.fail)], .refuse(.customFailed)),
        SignInCase("custom with SRP first", flow: .custom, events: [.customDirective(.passwordVerifier), .passwordProven], .define),
        SignInCase("an answer to another question", events: [.codeProven], .refuse(.invalidSession)),
    ]
}

struct SignInTests {
    @Test(arguments: SignInCase.all) func `a sign-in takes its step`(_ row: SignInCase) {
        var signIn = SignIn(row.flow)
        var step = signIn.begin(row.facts)
        for event in row.events { step = signIn.handle(event, row.facts) }
        #expect(step == row.expected)
    }

    /// Every path of every flow under every combination of facts, three answers deep and deeper where it goes on:
    /// tokens are never granted without what they need.
    @Test(arguments: SignIn.Flow.allCases) func `no path leads past a proof`(_ flow: SignIn.Flow) {
        var paths = 0
        for facts in Self.everyFacts {
            var signIn = SignIn(flow)
            let first = signIn.begin(facts)
            if case .refuse = first { continue }
            explore(signIn, flow, facts, [], &paths)
        }
        #expect(paths > 1000)
    }

    private func explore(_ signIn: SignIn, _ flow: SignIn.Flow, _ facts: SignIn.Facts, _ path: [SignIn.Event], _ paths: inout Int) {
        guard path.count < 6 else { return }
        for event in Self.everyEvent {
            var next = signIn
            let step = next.handle(event, facts)
            paths += 1
            let whole = path + [event]
            switch step {
            case .grant: check(whole, flow, facts)
            case .challenge, .define: explore(next, flow, facts, whole, &paths)
            case .refuse: break
            }
        }
    }

    private func check(_ path: [SignIn.Event], _ flow: SignIn.Flow, _ facts: SignIn.Facts) {
        let password = path.contains(.passwordProven)
        let otherFirst = flow == .choice && (path.contains(.codeProven) || path.contains(.webAuthnProven))
        let custom = flow == .custom && path.contains(.customDirective(.grant))
        let hasFirst = flow == .custom ? custom : password || otherFirst
        let isTemporary = facts.status == .forceChangePassword && password
        let hasNew = !isTemporary || path.contains(.newPasswordSet)
        let owesSecond = password && !custom && facts.poolMFA == .on
        let second = path.contains(.codeProven) || path.contains(.deviceProven) || path.contains(.mfaSetUp(.softwareToken))
        let standing = facts.isEnabled && facts.status != .unconfirmed && facts.status != .resetRequired
        let refused = path.contains(.passwordRefused) || path.contains(.codeRefused) || path.contains(.deviceRefused)
            || path.contains(.webAuthnRefused)
        #expect(hasFirst && hasNew && (!owesSecond || second) && standing && !refused, "\(flow) \(facts) \(path)")
    }

    private static let everyEvent: [SignIn.Event] = [
        .passwordProven, .passwordRefused, .newPasswordSet, .codeProven, .codeRefused, .mfaChosen(.sms),
        .mfaSetUp(.softwareToken), .factorChosen(.password), .factorChosen(.emailOTP), .factorChosen(.webAuthn),
        .webAuthnProven, .webAuthnRefused, .customAnswered, .customDirective(.grant), .customDirective(.custom),
        .customDirective(.passwordVerifier), .deviceNamed, .deviceProven, .deviceRefused,
    ]

    private static let everyFacts: [SignIn.Facts] = {
        var all: [SignIn.Facts] = []
        for status in UserStatus.allCases {
            for enabled in [true, false] {
                for mfa in SignIn.Facts.PoolMFA.allCases {
                    for registered in [[], [.sms], [.sms, .softwareToken]] as [[SignIn.MFA]] {
                        for device in [true, false] {
                            var facts = SignIn.Facts()
                            (facts.status, facts.isEnabled, facts.poolMFA) = (status, enabled, mfa)
                            (facts.registeredMFA, facts.availableSetup) = (registered, [.softwareToken])
                            (facts.hasRememberedDevice, facts.deviceReplacesMFA) = (device, device)
                            facts.firstFactors = [.password, .emailOTP, .webAuthn]
                            all.append(facts)
                        }
                    }
                }
            }
        }
        return all
    }()
}
