import IdentityRules
import SimTime

extension CognitoService {
    /// What the sign-in machine has to know of a user, now.
    static func facts(of user: User, in pool: Pool, deviceKey: String?, at now: SimInstant) -> SignIn.Facts {
        var facts = SignIn.Facts()
        facts.status = user.status
        facts.isEnabled = user.isEnabled
        if let since = user.temporarySince {
            facts.isTemporaryPasswordExpired = now >= since + .days(Int64(pool.passwordPolicy.temporaryPasswordValidityDays))
        }
        facts.poolMFA = pool.mfaMode
        facts.registeredMFA = registeredMFA(of: user, in: pool)
        facts.preferredMFA = user.mfa.preferred
        // AWS: doc — MFAS_CAN_SETUP lists what the pool has on; a number or address is set up outside the sign-in.
        facts.availableSetup = pool.allowedMFA
        facts.firstFactors = firstFactors(of: user, in: pool)
        facts.hasRememberedDevice = user.devices.contains { $0.key == deviceKey && $0.isRemembered && $0.verifier != nil }
        facts.deviceReplacesMFA = pool.deviceReplacesMFA
        return facts
    }

    /// The second factors a user has switched on and can use. Where a pool demands one, a verified number or address
    /// counts without being switched on.
    static func registeredMFA(of user: User, in pool: Pool) -> [SignIn.MFA] {
        pool.allowedMFA.filter { factor in
            let isOn = user.mfa.enabled.contains(factor) || (pool.mfaMode == .on && user.mfa.enabled.isEmpty)
            switch factor {
            case .sms: return isOn && user["phone_number"] != nil && user["phone_number_verified"] == "true"
            case .email: return isOn && user["email"] != nil && user["email_verified"] == "true"
            case .softwareToken: return user.mfa.enabled.contains(factor) && user.mfa.totpSecret != nil
            }
        }
    }

    /// The first factors of USER_AUTH.
    static func firstFactors(of user: User, in pool: Pool) -> [SignIn.Factor] {
        // AWS: doc — who needs a second factor cannot sign in by one code or one passkey, unless the passkey is both.
        let needsTwo = pool.mfaMode == .on || (pool.mfaMode == .optional && !registeredMFA(of: user, in: pool).isEmpty)
        return pool.firstFactors.flatMap { name -> [SignIn.Factor] in
            switch name {
            case "PASSWORD": user.verifier == nil ? [] : [.password, .passwordSRP]
            case "EMAIL_OTP": user["email_verified"] == "true" && !needsTwo ? [.emailOTP] : []
            case "SMS_OTP": user["phone_number_verified"] == "true" && !needsTwo ? [.smsOTP] : []
            case "WEB_AUTHN":
                (user.passkeys ?? []).isEmpty || (needsTwo && !pool.passkeysAreMultiFactor) ? [] : [.webAuthn]
            default: []
            }
        }
    }
}
