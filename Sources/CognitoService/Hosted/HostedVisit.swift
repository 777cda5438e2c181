import AWSModel
import Gateway
import HTTPServer
import IdentityRules
import SimTime
import Timeline
import TokenCrypto
import Vocabulary

/// Somebody who came to the pages with a client's authorization request.
struct HostedVisit: Sendable {
    let call: HostedCall
    let request: AuthorizationRequest
    let client: Client
    let pool: Pool

    /// The address of another page of the same visit.
    func link(to page: String, adding extra: [(String, String?)] = []) -> String {
        address(page, adding: call.query.sorted { $0.key < $1.key }.filter { $0.key != "username" }.map { ($0.key, $0.value) } + extra)
    }

    /// The secret hash of a call for that user name, where the client has a secret.
    func secretHash(_ username: String) -> AWSValue? {
        client.secret.map {
            .string(Base64Text.encode(Digesting.secretHash(secret: $0, username: username, clientID: client.id)))
        }
    }
}

extension CognitoService {
    /// The visit a request belongs to. The authorization parameters stand in the query, also of a posted form.
    func visit(_ call: HostedCall) throws -> HostedVisit {
        let client = try? call.query["client_id"].map { try directory.client($0) }
        do {
            let request = try AuthorizationRequest(call.query, client: client?.oauth)
            guard let client else { throw HostedRefusal.page("Client does not exist.") }
            return HostedVisit(call: call, request: request, client: client, pool: try directory.pool(client.poolID))
        } catch let rejection as AuthorizationRequest.Rejection {
            switch rejection {
            case .page(let text): throw HostedRefusal.page(text)
            case .redirect(let uri, let code, let state):
                throw HostedRefusal.redirect(address(uri, adding: [("error", code), ("state", state)]))
            }
        }
    }

    /// Throws unless the form was made by a page of this browser.
    static func checkForm(_ call: HostedCall) throws {
        guard let given = call.parameters["_csrf"], !given.isEmpty, let cookie = call.cookies["XSRF-TOKEN"],
              Digesting.areEqual(given, cookie) else { throw HostedRefusal.page("The form was too old. Go back and try again.") }
    }

    /// Calls an operation of this service as the page's own client would.
    func perform(_ name: String, of operations: [Operation], _ input: AWSObject, _ visit: HostedVisit) async throws -> AWSObject {
        guard let operation = operations.first(where: { $0.name == name }) else { throw AWSFault.internalFailure }
        let request = OperationRequest(input: input, payload: RequestBody(bytes: []), context: context(of: visit, name))
        return try await operation.behavior(request).output
    }

    func context(of visit: HostedVisit, _ name: String) -> RequestContext {
        let reading = timeline.reading
        return RequestContext(
            requestID: mint.uuid(), caller: .root(of: visit.pool.account, accessKeyID: nil), region: visit.pool.region,
            now: reading.now, clockShift: reading.shift, service: Self.userPools, operation: name,
            method: visit.call.request.method, target: visit.call.request.target, headers: visit.call.request.headers)
    }

    /// How the client's pages look.
    func style(_ visit: HostedVisit) -> HostedStyle {
        var style = HostedStyle()
        if let custom = try? directory.customization(of: visit.client.id, in: visit.pool) {
            style.own = custom.css ?? ""
            style.logo = custom.imageAddress
        }
        if let branding = try? directory.branding(of: visit.client, in: visit.pool), !branding.usesProvidedValues {
            style.page = branding.color("components", "pageBackground", "lightMode", "color") ?? style.page
            style.form = branding.color("components", "form", "lightMode", "backgroundColor") ?? style.form
            style.button = branding.color("components", "primaryButton", "lightMode", "defaults", "backgroundColor") ?? style.button
            style.buttonText = branding.color("components", "primaryButton", "lightMode", "defaults", "textColor") ?? style.buttonText
        }
        return style
    }

    /// A page of this visit.
    func show(_ page: HostedPage, _ visit: HostedVisit, cookies: [String] = []) -> HTTPResponse {
        var page = page
        page.style = style(visit)
        return page.response(csrf: HexText.encode(mint.bytes(16)), cookies: cookies)
    }

    /// The name and kind of field by which the pool's users sign in.
    static func usernameField(_ pool: Pool, value: String = "") -> HostedPage.Field {
        let attributes = pool.naming.usernameAttributes
        let (label, type) = switch attributes {
        case ["email"]: ("Email", "email")
        case ["phone_number"]: ("Phone number", "tel")
        case []: ("Username", "text")
        default: ("Email or phone number", "text")
        }
        return .init(name: "username", label: label, type: type, autocomplete: "username", value: value)
    }
}
