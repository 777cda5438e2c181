import AWSModel
import Gateway
import HTTPServer
import IdentityRules

extension CognitoService {
    // MARK: /signup

    func showSignUp(_ call: HostedCall) throws -> HTTPResponse { try signUpPage(visit(call), message: nil) }

    private func signUpPage(_ visit: HostedVisit, message: String?) throws -> HTTPResponse {
        guard !visit.pool.onlyAdministratorsCreateUsers else {
            throw HostedRefusal.page("SignUp is not permitted for this user pool")
        }
        let given = visit.call.parameters
        var page = HostedPage(title: "Sign up", message: message)
        var fields = [Self.usernameField(visit.pool, value: given["username"] ?? "")]
        fields += Self.signUpAttributes(visit.pool).map { name in
            let type = name == "email" ? "email" : name == "phone_number" ? "tel" : name == "birthdate" ? "date" : "text"
            return .init(
                name: "attribute.\(name)", label: Self.label(name), type: type, value: given["attribute.\(name)"] ?? "",
                isRequired: visit.pool.schema[name]?.isRequired ?? false)
        }
        fields.append(.init(name: "password", label: "Password", type: "password", autocomplete: "new-password"))
        page.form = .init(action: visit.link(to: "/signup"), button: "Sign up", fields: fields)
        page.links = [(visit.link(to: "/login"), "Already have an account? Sign in")]
        let terms = try directory.all(Terms.self, of: visit.pool).filter { $0.clientID == visit.client.id }
        // AWS: doc — the links are shown once both documents are there.
        if Set(terms.map(\.name)).count == 2 {
            page.links += terms.sorted { $0.name > $1.name }.compactMap { terms in
                terms.links["cognito:default"].map { ($0, terms.name == "terms-of-use" ? "Terms of use" : "Privacy policy") }
            }
        }
        return show(page, visit)
    }

    /// What the page asks for: required attributes and those that are verified, but what is the user name already.
    private static func signUpAttributes(_ pool: Pool) -> [String] {
        let wanted = pool.schema.requiredNames + pool.autoVerifiedAttributes
        var names: [String] = []
        for name in wanted where !names.contains(name) && !pool.naming.usernameAttributes.contains(name) { names.append(name) }
        return names
    }

    private static func label(_ attribute: String) -> String {
        let words = attribute.replacing("custom:", with: "").replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    func takeSignUp(_ call: HostedCall) async throws -> HTTPResponse {
        let visit = try visit(call)
        try Self.checkForm(call)
        let name = call.parameters["username"] ?? ""
        let attributes = call.parameters.filter { $0.key.hasPrefix("attribute.") && !$0.value.isEmpty }.sorted { $0.key < $1.key }
        do {
            let output = try await perform("SignUp", of: signUpOperations, [
                "ClientId": .string(visit.client.id), "SecretHash": visit.secretHash(name), "Username": .string(name),
                "Password": .string(call.parameters["password"] ?? ""),
                "UserAttributes": .list(attributes.map {
                    ["Name": .string(String($0.key.dropFirst("attribute.".count))), "Value": .string($0.value)]
                }),
            ], visit)
            let next = output["UserConfirmed"]?.bool == true ? "/login" : "/confirmUser"
            return .redirect(to: visit.link(to: next, adding: [("username", name)]))
        } catch let fault as AWSFault where fault.status != 500 {
            return try signUpPage(visit, message: fault.message)
        }
    }

    // MARK: /confirmUser

    func showConfirmation(_ call: HostedCall) async throws -> HTTPResponse {
        if call.query["confirmation_code"] != nil { return try await confirmByLink(call) }
        return confirmationPage(try visit(call), message: nil)
    }

    private func confirmationPage(_ visit: HostedVisit, message: String?) -> HTTPResponse {
        let name = visit.call.parameters["username"] ?? visit.call.query["username"] ?? ""
        var page = HostedPage(title: "Confirm your account", message: message)
        page.introduction = "<p>Enter the code that was sent to you.</p>"
        page.form = .init(
            action: visit.link(to: "/confirmUser"), button: "Confirm account",
            fields: [.init(name: "code", label: "Code", autocomplete: "one-time-code")], hidden: [("username", name)],
            otherButton: ("resend", "Send a new code"))
        return show(page, visit)
    }

    func takeConfirmation(_ call: HostedCall) async throws -> HTTPResponse {
        let visit = try visit(call)
        try Self.checkForm(call)
        let name = call.parameters["username"] ?? ""
        do {
            if call.parameters["resend"] != nil {
                _ = try await perform("ResendConfirmationCode", of: signUpOperations, [
                    "ClientId": .string(visit.client.id), "SecretHash": visit.secretHash(name), "Username": .string(name),
                ], visit)
                return confirmationPage(visit, message: "A new code was sent.")
            }
            _ = try await perform("ConfirmSignUp", of: signUpOperations, [
                "ClientId": .string(visit.client.id), "SecretHash": visit.secretHash(name), "Username": .string(name),
                "ConfirmationCode": .string(call.parameters["code"] ?? ""),
            ], visit)
            return .redirect(to: visit.link(to: "/login", adding: [("notice", "confirmed")]))
        } catch let fault as AWSFault where fault.status != 500 {
            return confirmationPage(visit, message: fault.message)
        }
    }

    /// The link of a verification e-mail: it names client, user and code, and nothing of an authorization.
    private func confirmByLink(_ call: HostedCall) async throws -> HTTPResponse {
        guard let client = try? call.query["client_id"].map({ try directory.client($0) }), let name = call.query["user_name"],
              let pool = try? directory.pool(client.poolID), let code = call.query["confirmation_code"],
              let placeholder = try? AuthorizationRequest(
                ["redirect_uri": "x", "response_type": "code"],
                client: OAuthClient(
                    id: client.id, hasSecret: false, isOAuthEnabled: true, flows: ["code"], scopes: [], callbackURLs: ["x"]))
        else { throw HostedRefusal.page("The link is not complete.") }
        let visit = HostedVisit(call: call, request: placeholder, client: client, pool: pool)
        do {
            _ = try await perform("ConfirmSignUp", of: signUpOperations, [
                "ClientId": .string(client.id), "SecretHash": visit.secretHash(name), "Username": .string(name),
                "ConfirmationCode": .string(code),
            ], visit)
            return show(HostedPage(title: "Your registration has been confirmed!"), visit)
        } catch let fault as AWSFault where fault.status != 500 {
            throw HostedRefusal.page(fault.message ?? "The link is not good.")
        }
    }

    // MARK: /forgotPassword

    func showForgotPassword(_ call: HostedCall) throws -> HTTPResponse { forgotPasswordPage(try visit(call), message: nil) }

    private func forgotPasswordPage(_ visit: HostedVisit, message: String?) -> HTTPResponse {
        var page = HostedPage(title: "Forgot your password?", message: message)
        page.introduction = "<p>We will send a code to reset your password.</p>"
        page.form = .init(
            action: visit.link(to: "/forgotPassword"), button: "Reset my password", fields: [Self.usernameField(visit.pool)])
        page.links = [(visit.link(to: "/login"), "Back to sign in")]
        return show(page, visit)
    }

    func takeForgotPassword(_ call: HostedCall) async throws -> HTTPResponse {
        let visit = try visit(call)
        try Self.checkForm(call)
        let name = call.parameters["username"] ?? ""
        do {
            _ = try await perform("ForgotPassword", of: passwordOperations, [
                "ClientId": .string(visit.client.id), "SecretHash": visit.secretHash(name), "Username": .string(name),
            ], visit)
        } catch let fault as AWSFault where fault.status != 500 && fault.code != "UserNotFoundException" {
            return forgotPasswordPage(visit, message: fault.message)
        } catch is AWSFault {
            // Who exists is nobody's business here: the next page looks the same.
        }
        return .redirect(to: visit.link(to: "/confirmforgotPassword", adding: [("username", name)]))
    }

    func showConfirmForgotPassword(_ call: HostedCall) throws -> HTTPResponse { resetPage(try visit(call), message: nil) }

    private func resetPage(_ visit: HostedVisit, message: String?) -> HTTPResponse {
        let name = visit.call.parameters["username"] ?? visit.call.query["username"] ?? ""
        var page = HostedPage(title: "Reset your password", message: message)
        page.introduction = "<p>Enter the code that was sent to you, and a new password.</p>"
        page.form = .init(
            action: visit.link(to: "/confirmforgotPassword"), button: "Change password",
            fields: [
                .init(name: "code", label: "Code", autocomplete: "one-time-code"),
                .init(name: "password", label: "New password", type: "password", autocomplete: "new-password"),
            ], hidden: [("username", name)])
        page.links = [(visit.link(to: "/login"), "Back to sign in")]
        return show(page, visit)
    }

    func takeConfirmForgotPassword(_ call: HostedCall) async throws -> HTTPResponse {
        let visit = try visit(call)
        try Self.checkForm(call)
        let name = call.parameters["username"] ?? ""
        do {
            _ = try await perform("ConfirmForgotPassword", of: passwordOperations, [
                "ClientId": .string(visit.client.id), "SecretHash": visit.secretHash(name), "Username": .string(name),
                "ConfirmationCode": .string(call.parameters["code"] ?? ""), "Password": .string(call.parameters["password"] ?? ""),
            ], visit)
            return .redirect(to: visit.link(to: "/login"))
        } catch let fault as AWSFault where fault.status != 500 {
            let message = fault.code == "UserNotFoundException" ? AWSFault.expiredCode.message : fault.message
            return resetPage(visit, message: message)
        }
    }
}
