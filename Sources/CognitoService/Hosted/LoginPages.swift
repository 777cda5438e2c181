import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

/// The cookie that holds the session of a sign-in on its way: not in the page, where it could be read.
private let progressCookie = "cognito-progress"

extension CognitoService {
    func showLogin(_ call: HostedCall) throws -> HTTPResponse {
        let visit = try visit(call)
        return loginPage(visit, message: call.query["notice"] == nil ? nil : "Your account is confirmed. Please sign in.")
    }

    private func loginPage(_ visit: HostedVisit, message: String?) -> HTTPResponse {
        var page = HostedPage(title: "Sign in", message: message)
        let providers = visit.client.settings["SupportedIdentityProviders"]?.texts ?? ["COGNITO"]
        if providers.contains("COGNITO") {
            page.form = .init(action: visit.link(to: "/login"), button: "Sign in", fields: [
                Self.usernameField(visit.pool, value: visit.call.query["login_hint"] ?? ""),
                .init(name: "password", label: "Password", type: "password", autocomplete: "current-password"),
            ])
            page.links.append((visit.link(to: "/forgotPassword"), "Forgot your password?"))
            if !visit.pool.onlyAdministratorsCreateUsers {
                page.links.append((visit.link(to: "/signup"), "Sign up"))
            }
        }
        for provider in providers where provider != "COGNITO" {
            page.links.append((
                visit.link(to: "/oauth2/authorize", adding: [("identity_provider", provider)]), "Continue with \(provider)"))
        }
        return show(page, visit, cookies: ["\(progressCookie)=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"])
    }

    /// A posted page of a sign-in: name and password first, then answers to challenges.
    func takeLogin(_ call: HostedCall) async throws -> HTTPResponse {
        let visit = try visit(call)
        try Self.checkForm(call)
        do {
            let challenge = call.parameters["challenge"] ?? ""
            let output = challenge.isEmpty
                ? try await beginHosted(visit) : try await answerHosted(challenge, visit)
            return try await goOn(output, visit)
        } catch let fault as AWSFault where fault.status != 500 {
            // A code may be tried again in the same session; everything else begins anew.
            if fault.code == "CodeMismatchException" || fault.code == "EnableSoftwareTokenMFAException"
                || fault.code == "InvalidPasswordException", let challenge = call.parameters["challenge"] {
                return challengePage(
                    challenge, Self.shownParameters(call), visit, cookies: [], message: fault.message)
            }
            return loginPage(visit, message: fault.code == "UserNotFoundException" ? AWSFault.incorrectPassword.message : fault.message)
        }
    }

    private func beginHosted(_ visit: HostedVisit) async throws -> AWSObject {
        let name = visit.call.parameters["username"] ?? "", password = visit.call.parameters["password"] ?? ""
        guard (visit.client.settings["SupportedIdentityProviders"]?.texts ?? ["COGNITO"]).contains("COGNITO") else {
            throw AWSFault.notAuthorized("The client takes no users of the pool itself.")
        }
        let input = CognitoInput(OperationRequest(
            input: ["ClientId": .string(visit.client.id)], payload: RequestBody(bytes: []), context: context(of: visit, "InitiateAuth")))
        return try await CallScope.of(input) {
            try await beginOnPage(name, password, visit.client, visit.pool, input)
        }
    }

    private func answerHosted(_ challenge: String, _ visit: HostedVisit) async throws -> AWSObject {
        let given = visit.call.parameters
        var session = visit.call.cookies[progressCookie] ?? ""
        let username = given["username"] ?? ""
        var responses: AWSObject = ["USERNAME": .string(username)]
        switch challenge {
        case "NEW_PASSWORD_REQUIRED":
            responses["NEW_PASSWORD"] = .string(given["new_password"] ?? "")
            for (name, value) in given.sorted(by: { $0.key < $1.key }) where name.hasPrefix("userAttributes.") {
                responses[name] = .string(value)
            }
        case "SELECT_MFA_TYPE": responses["ANSWER"] = .string(given["answer"] ?? "")
        case "MFA_SETUP":
            let proven = try await perform("VerifySoftwareToken", of: mfaOperations, [
                "Session": .string(session), "UserCode": .string(given["code"] ?? ""),
            ], visit)
            session = proven["Session"]?.string ?? ""
        case "SMS_MFA": responses["SMS_MFA_CODE"] = .string(given["code"] ?? "")
        case "EMAIL_OTP": responses["EMAIL_OTP_CODE"] = .string(given["code"] ?? "")
        case "SOFTWARE_TOKEN_MFA": responses["SOFTWARE_TOKEN_MFA_CODE"] = .string(given["code"] ?? "")
        default: throw AWSFault.invalidParameter("This page does not put the challenge \(challenge).")
        }
        let input = CognitoInput(OperationRequest(
            input: [
                "ClientId": .string(visit.client.id), "ChallengeName": .string(challenge), "Session": .string(session),
                "ChallengeResponses": .object(responses),
            ], payload: RequestBody(bytes: []), context: context(of: visit, "RespondToAuthChallenge")))
        return try await CallScope.of(input) { try await respond(input, byAdministrator: false, isOnPage: true) }
    }

    /// After a step: the next challenge, or back to the client.
    private func goOn(_ output: AWSObject, _ visit: HostedVisit) async throws -> HTTPResponse {
        if let username = output["SignedInUser"]?.string {
            let token = HexText.encode(mint.bytes(32)), pool = visit.pool
            try await turn { edit in
                let sub = try edit.directory.user(named: username, in: pool)?.sub
                try HostedTable.save(
                    BrowserSession(poolID: pool.id, username: username, sub: sub), poolID: pool.id, token: token,
                    until: edit.now + BrowserSession.validity, in: edit)
            }
            return try await complete(visit.request, username: username, cookie: Self.sessionCookie(token, pool))
        }
        let challenge = output["ChallengeName"]?.string ?? ""
        var session = output["Session"]?.string ?? "", parameters = output["ChallengeParameters"]?.textMap ?? [:]
        parameters["USERNAME"] = parameters["USER_ID_FOR_SRP"] ?? visit.call.parameters["username"]
        if challenge == "MFA_SETUP" {
            let associated = try await perform("AssociateSoftwareToken", of: mfaOperations, ["Session": .string(session)], visit)
            session = associated["Session"]?.string ?? session
            parameters["SECRET_CODE"] = associated["SecretCode"]?.string
        }
        return challengePage(
            challenge, parameters, visit, cookies: ["\(progressCookie)=\(session); Path=/; HttpOnly; SameSite=Lax; Max-Age=900"],
            message: nil)
    }

    /// What a challenge's page was shown with, for showing it again.
    private static func shownParameters(_ call: HostedCall) -> [String: String] {
        var parameters = ["USERNAME": call.parameters["username"] ?? ""]
        let required = call.parameters.keys.filter { $0.hasPrefix("userAttributes.") }.sorted()
        parameters["requiredAttributes"] = JSON.string(.list(ofTexts: required))
        parameters["CODE_DELIVERY_DESTINATION"] = call.parameters["destination"]
        return parameters
    }

    private func challengePage(
        _ challenge: String, _ parameters: [String: String], _ visit: HostedVisit, cookies: [String], message: String?
    ) -> HTTPResponse {
        var page = HostedPage(title: "Sign in", message: message)
        var form = HostedPage.Form(action: visit.link(to: "/login"), button: "Sign in", fields: [])
        form.hidden = [("challenge", challenge), ("username", parameters["USERNAME"] ?? "")]
        let code = HostedPage.Field(name: "code", label: "Code", autocomplete: "one-time-code")
        switch challenge {
        case "NEW_PASSWORD_REQUIRED":
            page.title = "Change password"
            form.button = "Change password"
            form.fields = [.init(name: "new_password", label: "New password", type: "password", autocomplete: "new-password")]
            let required = (parameters["requiredAttributes"].flatMap { try? JSON.parse($0) })?.texts ?? []
            form.fields += required.map { .init(name: $0, label: String($0.drop { $0 != "." }.dropFirst())) }
        case "SELECT_MFA_TYPE":
            let factors = (parameters["MFAS_CAN_CHOOSE"].flatMap { try? JSON.parse($0) })?.texts ?? []
            form.button = "Continue"
            let words = ["SMS_MFA": "Text message", "SOFTWARE_TOKEN_MFA": "Authenticator app", "EMAIL_OTP": "Email"]
            form.fields = [.init(name: "answer", label: "", choices: factors.map { ($0, words[$0] ?? $0) })]
        case "MFA_SETUP":
            page.title = "Set up your authenticator app"
            let secret = parameters["SECRET_CODE"].map { "<p>Enter this key in your authenticator app: <code id=\"secret\">\(escaped($0))</code></p>" }
            page.introduction = secret ?? "<p>Enter the code that your authenticator app shows for the key you have just entered.</p>"
            form.fields = [code]
        case "SMS_MFA", "EMAIL_OTP":
            let destination = parameters["CODE_DELIVERY_DESTINATION"] ?? ""
            page.introduction = "<p>We have sent a code to \(escaped(destination)).</p>"
            form.hidden.append(("destination", destination))
            form.fields = [code]
        case "SOFTWARE_TOKEN_MFA":
            page.introduction = "<p>Enter the code of your authenticator app.</p>"
            form.fields = [code]
        default:
            return loginPage(visit, message: "This page does not put the challenge \(challenge). Sign in through the API.")
        }
        page.form = form
        page.links = [(visit.link(to: "/login"), "Back to sign in")]
        return show(page, visit, cookies: cookies)
    }
}
