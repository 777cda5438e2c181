/// A sign-in on its way to tokens: what has been proven, and what is asked next.
///
/// begin → first factor (password, SRP, one-time code, passkey, custom challenges) → new password if the old one was
/// temporary → second factor, its choice or its set-up → tokens. A remembered device may stand in for the second factor.
package struct SignIn: Codable, Sendable, Equatable {
    /// How the caller asked to sign in.
    package enum Flow: String, Codable, Sendable, CaseIterable {
        /// USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password came with the first call.
        case password
        /// USER_SRP_AUTH.
        case srp
        /// CUSTOM_AUTH: the triggers decide.
        case custom
        /// USER_AUTH: the user chooses the first factor.
        case choice
    }

    /// A first factor of the choice-based flow.
    package enum Factor: String, Codable, Sendable, CaseIterable {
        case password = "PASSWORD"
        case passwordSRP = "PASSWORD_SRP"
        case emailOTP = "EMAIL_OTP"
        case smsOTP = "SMS_OTP"
        case webAuthn = "WEB_AUTHN"
    }

    /// A second factor.
    package enum MFA: String, Codable, Sendable, CaseIterable {
        case sms = "SMS_MFA"
        case softwareToken = "SOFTWARE_TOKEN_MFA"
        case email = "EMAIL_OTP"
    }

    package enum Challenge: Codable, Sendable, Hashable {
        case password, passwordVerifier, newPassword
        case firstFactorCode(Factor)
        case webAuthn
        case mfa(MFA)
        case mfaSetup([MFA])
        case selectMFA([MFA])
        case selectFactor([Factor])
        case custom
        case deviceSRP, devicePasswordVerifier
    }

    package enum Rejection: Error, Codable, Sendable, Hashable {
        case incorrectPassword, wrongCode, invalidSession, disabled, unconfirmed, resetRequired
        case temporaryPasswordExpired, mfaNotAvailable, factorNotAvailable, customFailed
    }

    /// What the service does next.
    package enum Step: Sendable, Hashable {
        case refuse(Rejection)
        case challenge(Challenge)
        /// Ask the DefineAuthChallenge trigger.
        case define
        case grant
    }

    /// What is true of the user and the pool when the machine decides. Read anew at each step.
    package struct Facts: Sendable, Hashable {
        package enum PoolMFA: String, Codable, Sendable, CaseIterable { case off = "OFF", optional = "OPTIONAL", on = "ON" }

        package var status = UserStatus.confirmed
        package var isEnabled = true
        package var isTemporaryPasswordExpired = false
        package var poolMFA = PoolMFA.off
        /// The second factors the user has set up and the pool allows.
        package var registeredMFA: [MFA] = []
        package var preferredMFA: MFA?
        /// The second factors the user could set up during sign-in.
        package var availableSetup: [MFA] = []
        /// The first factors the user may choose from.
        package var firstFactors: [Factor] = []
        /// The caller named a device that the user has had remembered.
        package var hasRememberedDevice = false
        /// A remembered device replaces the second factor.
        package var deviceReplacesMFA = false

        package init() {}
    }

    /// Something that was asked for has been answered.
    package enum Event: Sendable, Hashable {
        case passwordProven, passwordRefused
        case newPasswordSet
        case codeProven, codeRefused
        case mfaChosen(MFA)
        case mfaSetUp(MFA)
        case factorChosen(Factor)
        case webAuthnProven, webAuthnRefused
        case customAnswered
        case customDirective(CustomDirective)
        case deviceNamed, deviceProven, deviceRefused
    }

    /// What the DefineAuthChallenge trigger decided.
    package enum CustomDirective: Sendable, Hashable { case grant, fail, custom, passwordVerifier }

    package let flow: Flow
    package private(set) var pending: Challenge?
    private var hasFirstFactor = false
    private var usedPassword = false
    private var hasNewPassword = false
    private var hasSecondFactor = false

    package init(_ flow: Flow) { self.flow = flow }

    /// The first step. A password that came along is judged by the event that follows.
    package mutating func begin(_ facts: Facts, preferring preferred: Factor? = nil) -> Step {
        guard facts.isEnabled else { return .refuse(.disabled) }
        switch flow {
        case .password: return ask(.password)
        case .srp: return ask(.passwordVerifier)
        case .custom: return .define
        case .choice:
            // AWS: doc — what the user cannot use is not insisted on: the user chooses among the rest.
            if let preferred, facts.firstFactors.contains(preferred) { return choose(preferred, facts) }
            return ask(.selectFactor(facts.firstFactors))
        }
    }

    /// The first step of somebody who has just signed up and proven a contact: that stands for the first factor.
    package mutating func beginAfterSignUp(_ facts: Facts) -> Step {
        guard facts.isEnabled else { return .refuse(.disabled) }
        return firstFactorProven(facts)
    }

    /// What follows from an event. An event that does not answer the pending challenge is an invalid session.
    package mutating func handle(_ event: Event, _ facts: Facts) -> Step {
        guard facts.isEnabled else { return .refuse(.disabled) }
        switch (event, pending) {
        case (.passwordProven, .password), (.passwordProven, .passwordVerifier):
            usedPassword = true
            if flow == .custom { return define() }
            return firstFactorProven(facts)
        case (.passwordRefused, .password), (.passwordRefused, .passwordVerifier): return .refuse(.incorrectPassword)
        case (.codeProven, .firstFactorCode), (.webAuthnProven, .webAuthn): return firstFactorProven(facts)
        case (.webAuthnRefused, .webAuthn): return .refuse(.incorrectPassword)
        case (.codeRefused, .firstFactorCode), (.codeRefused, .mfa): return .refuse(.wrongCode)
        case (.newPasswordSet, .newPassword):
            hasNewPassword = true
            return next(facts)
        case (.codeProven, .mfa), (.deviceProven, .devicePasswordVerifier):
            hasSecondFactor = true
            return next(facts)
        case (.mfaSetUp(let factor), .mfaSetup(let offered)) where offered.contains(factor):
            hasSecondFactor = true
            return next(facts)
        case (.mfaChosen(let factor), .selectMFA(let offered)):
            return offered.contains(factor) ? ask(.mfa(factor)) : .refuse(.mfaNotAvailable)
        case (.factorChosen(let factor), .selectFactor): return choose(factor, facts)
        case (.customAnswered, .custom): return define()
        case (.customDirective(let directive), nil) where flow == .custom: return follow(directive, facts)
        case (.deviceNamed, .deviceSRP): return ask(.devicePasswordVerifier)
        case (.deviceRefused, .deviceSRP), (.deviceRefused, .devicePasswordVerifier): return .refuse(.incorrectPassword)
        default: return .refuse(.invalidSession)
        }
    }

    // MARK: Deciding

    private mutating func ask(_ challenge: Challenge) -> Step {
        pending = challenge
        return .challenge(challenge)
    }

    private mutating func define() -> Step {
        pending = nil
        return .define
    }

    private mutating func choose(_ factor: Factor, _ facts: Facts) -> Step {
        guard facts.firstFactors.contains(factor) else { return .refuse(.factorNotAvailable) }
        switch factor {
        case .password: return ask(.password)
        case .passwordSRP: return ask(.passwordVerifier)
        case .emailOTP, .smsOTP: return ask(.firstFactorCode(factor))
        case .webAuthn: return ask(.webAuthn)
        }
    }

    private mutating func follow(_ directive: CustomDirective, _ facts: Facts) -> Step {
        switch directive {
        case .fail: return .refuse(.customFailed)
        case .custom: return ask(.custom)
        case .passwordVerifier: return ask(.passwordVerifier)
        case .grant:
            // The triggers alone decide: no second factor is asked for in this flow.
            hasSecondFactor = true
            return firstFactorProven(facts)
        }
    }

    private mutating func firstFactorProven(_ facts: Facts) -> Step {
        hasFirstFactor = true
        return next(facts)
    }

    /// The order of what is asked once the first factor is proven.
    // AWS: doc, recorded — spec/cognito.md §D8 (states after the password) and §D10 (temporary password, then MFA).
    private mutating func next(_ facts: Facts) -> Step {
        guard hasFirstFactor else { return .refuse(.invalidSession) }
        switch facts.status {
        case .unconfirmed: return .refuse(.unconfirmed)
        case .resetRequired: return .refuse(.resetRequired)
        case .forceChangePassword where usedPassword && !hasNewPassword:
            return facts.isTemporaryPasswordExpired ? .refuse(.temporaryPasswordExpired) : ask(.newPassword)
        case .forceChangePassword, .confirmed, .externalProvider: break
        }
        if needsSecondFactor(facts), !hasSecondFactor { return askSecondFactor(facts) }
        pending = nil
        return .grant
    }

    /// One-time codes and passkeys are not combined with a second factor.
    private func needsSecondFactor(_ facts: Facts) -> Bool {
        switch facts.poolMFA {
        case .off: false
        case .on: usedPassword
        case .optional: usedPassword && !facts.registeredMFA.isEmpty
        }
    }

    private mutating func askSecondFactor(_ facts: Facts) -> Step {
        if facts.hasRememberedDevice, facts.deviceReplacesMFA { return ask(.deviceSRP) }
        if let preferred = facts.preferredMFA, facts.registeredMFA.contains(preferred) { return ask(.mfa(preferred)) }
        switch facts.registeredMFA.count {
        case 0: return facts.availableSetup.isEmpty ? .refuse(.mfaNotAvailable) : ask(.mfaSetup(facts.availableSetup))
        case 1: return ask(.mfa(facts.registeredMFA[0]))
        default: return ask(.selectMFA(facts.registeredMFA))
        }
    }
}
