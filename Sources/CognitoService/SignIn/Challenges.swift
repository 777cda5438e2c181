import AWSModel
import AWSProtocols
import IdentityRules
import SimTime
import TokenCrypto

extension SignIn.Challenge {
    /// The challenge's name on the wire.
    var name: String {
        switch self {
        case .password: "PASSWORD"
        case .passwordVerifier: "PASSWORD_VERIFIER"
        case .newPassword: "NEW_PASSWORD_REQUIRED"
        case .firstFactorCode(let factor): factor.rawValue
        case .webAuthn: "WEB_AUTHN"
        case .mfa(let factor): factor.rawValue
        case .mfaSetup: "MFA_SETUP"
        case .selectMFA: "SELECT_MFA_TYPE"
        case .selectFactor: "SELECT_CHALLENGE"
        case .custom: "CUSTOM_CHALLENGE"
        case .deviceSRP: "DEVICE_SRP_AUTH"
        case .devicePasswordVerifier: "DEVICE_PASSWORD_VERIFIER"
        }
    }
}

extension CognitoService {
    /// Puts a challenge to the client: stores the session, sends a code where one is needed.
    // AWS: doc — spec/cognito.md §D9 and §D10.
    func ask(
        _ challenge: SignIn.Challenge, _ session: SignInSession, _ user: User?, _ context: SignInContext, _ edit: DirectoryEdit
    ) throws -> AWSObject {
        var session = session
        session.expires = edit.now + context.client.sessionValidity
        session.code = nil
        var output: AWSObject = ["ChallengeName": .string(challenge.name)]
        let parameters: AWSValue
        // Most challenges are answered with their session. The clients answer a password proof without one: the secret
        // block stands for it. And so they do for a device that is asked for: its key does.
        var standIn: [UInt8]?
        switch challenge {
        case .passwordVerifier, .devicePasswordVerifier:
            let secretBlock = mint.bytes(96)
            standIn = secretBlock
            session.secretBlock = secretBlock
            parameters = try proofParameters(challenge, session, user, secretBlock)
        case .mfa(.sms), .firstFactorCode(.smsOTP):
            parameters = try sendCode("phone_number", user, &session, edit)
        case .mfa(.email), .firstFactorCode:
            parameters = try sendCode("email", user, &session, edit)
        case .deviceSRP:
            standIn = Self.deviceToken(session.deviceKey ?? "", clientID: session.clientID)
            parameters = otherParameters(challenge, session, user, context.pool)
        case .webAuthn:
            let text = Base64URL.encode(mint.bytes(32))
            session.passkeyChallenge = text
            parameters = Self.passkeyRequest(text, user, context.pool)
        default:
            parameters = otherParameters(challenge, session, user, context.pool)
        }
        if case .selectFactor(let factors) = challenge { output["AvailableChallenges"] = .list(ofTexts: factors.map(\.rawValue)) }
        output["ChallengeParameters"] = parameters
        let foldedName = user?.foldedName ?? ""
        if let standIn {
            try SessionTable.save(session, token: standIn, in: edit, foldedName: foldedName)
        } else {
            let text = mint.session()
            try SessionTable.save(session, token: Array(text.utf8), in: edit, foldedName: foldedName)
            output["Session"] = .string(text)
        }
        return output
    }

    /// What a sign-in that asks for a device is found by.
    static func deviceToken(_ deviceKey: String, clientID: String) -> [UInt8] { Array("device \(clientID) \(deviceKey)".utf8) }

    private func proofParameters(
        _ challenge: SignIn.Challenge, _ session: SignInSession, _ user: User?, _ block: [UInt8]
    ) throws -> AWSValue {
        guard let exchange = session.exchange, let verifier = session.verifier else { throw AWSFault.missingParameter("SRP_A") }
        let name = user?.username ?? session.givenName
        return [
            "SALT": .string(HexText.encode(HexText.minimal(verifier.salt))), "SECRET_BLOCK": .string(Base64Text.encode(block)),
            "SRP_B": .string(exchange.serverPublicText), "USERNAME": .string(name),
            "USER_ID_FOR_SRP": challenge == .passwordVerifier ? .string(name) : nil,
            "DEVICE_KEY": challenge == .devicePasswordVerifier ? session.deviceKey.map { .string($0) } : nil,
        ]
    }

    private func sendCode(
        _ attribute: String, _ user: User?, _ session: inout SignInSession, _ edit: DirectoryEdit
    ) throws -> AWSValue {
        guard let user, let value = user[attribute] else { throw AWSFault.incorrectPassword }
        let contact = Attribute(name: attribute, value: value)
        let code = OneTimeCode(.signIn, digits: mint.code(), attribute: attribute, sentTo: value, sentAt: edit.now)
        session.code = code
        Self.post(.authentication, code.digits, to: contact, of: user, in: edit)
        return [
            "CODE_DELIVERY_DELIVERY_MEDIUM": .string(Self.medium(attribute)),
            "CODE_DELIVERY_DESTINATION": Self.delivery(contact)["Destination"],
            "USER_ID_FOR_SRP": .string(user.username),
        ]
    }

    private func otherParameters(
        _ challenge: SignIn.Challenge, _ session: SignInSession, _ user: User?, _ pool: Pool
    ) -> AWSValue {
        let name = AWSValue.string(user?.username ?? session.givenName)
        switch challenge {
        case .newPassword:
            let missing = pool.schema.requiredNames.filter { user?[$0] == nil }
            var attributes = AWSObject()
            for attribute in user?.attributes ?? [] { attributes.append(attribute.name, .string(attribute.value)) }
            return [
                "USER_ID_FOR_SRP": name,
                "requiredAttributes": .string(JSON.string(.list(ofTexts: missing.map { "userAttributes.\($0)" }))),
                "userAttributes": .string(JSON.string(.object(attributes))),
            ]
        case .mfa(.softwareToken): return ["FRIENDLY_DEVICE_NAME": user?.mfa.totpName.map { .string($0) }, "USER_ID_FOR_SRP": name]
        case .mfaSetup(let factors):
            return ["MFAS_CAN_SETUP": .string(JSON.string(.list(ofTexts: factors.map(\.rawValue)))), "USER_ID_FOR_SRP": name]
        case .selectMFA(let factors):
            return ["MFAS_CAN_CHOOSE": .string(JSON.string(.list(ofTexts: factors.map(\.rawValue)))), "USER_ID_FOR_SRP": name]
        case .custom:
            var shown = session.customPublic
            shown["USERNAME"] = user?.username ?? session.givenName
            return .object(ofTexts: shown)
        case .deviceSRP: return ["DEVICE_KEY": session.deviceKey.map { .string($0) }, "USERNAME": name]
        default: return [:]
        }
    }
}
