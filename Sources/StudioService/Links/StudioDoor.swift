import AWSModel
import Gateway
import HTTPServer
import Logging
import SimTime
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// What a browser meets at Studio's hosts: it opens presigned links, and shows who has come in and which app runs.
/// Every request is authorised anew for the principal who made the link.
// AWS: documented — spec/studio.md §A11.
struct StudioDoor: Sendable {
    let workspaces: Workspaces
    let visits: AppVisits
    let authorization: any StudioAuthorization
    let logger: Logger
    let links = Shelf<LinkRecord>()
    let sessions = Shelf<SessionRecord>()

    var route: PlainRoute {
        PlainRoute(where: { StudioAddress($0) != nil }, respond: respond)
    }

    private func respond(_ request: HTTPRequest) async -> HTTPResponse {
        guard let address = StudioAddress(request) else { return StudioPage.notFound.response(404) }
        guard request.method == "GET" else {
            var response = StudioPage.methodNotAllowed.response(405)
            response.headers.add("Allow", "GET")
            return response
        }
        do {
            let query = QueryItems(parsing: request.rawQuery ?? "") ?? QueryItems()
            switch address.place {
            case .domain where address.path == "/auth":
                return try await open(query["token"] ?? "", query, request, address)
            case .notebook where query.contains("authToken"):
                return try await open(query["authToken"] ?? "", query, request, address)
            case .domain, .notebook:
                return try await show(request, address)
            }
        } catch let refusal as LinkRefusal {
            return refused(refusal)
        } catch let denial as AccessDenial {
            return StudioPage.denied(denial.message).response(403)
        } catch let fault as AWSFault {
            return StudioPage.denied(fault.message ?? fault.code).response(400)
        } catch {
            logger.error("failed to show a Studio page", metadata: ["error": "\(error)"])
            return StudioPage.failed.response(500)
        }
    }

    /// The page of a link or session that is not honoured; a link that is over leads to the sign-in page where one is set.
    // AWS: documented that the browser is sent to the console's sign-in page — spec/studio.md §A11.
    private func refused(_ refusal: LinkRefusal) -> HTTPResponse {
        if let signIn = workspaces.settings.signInURL, refusal != .unknown {
            var response = HTTPResponse(status: 302, headers: StudioPage.headers)
            response.headers.add("Location", signIn)
            return response
        }
        return StudioPage.refused(refusal).response(403)
    }

    // MARK: Opening a link

    /// Redeems the token, starts the session and the app, and leads to the landing page.
    private func open(
        _ token: String, _ query: QueryItems, _ request: HTTPRequest, _ address: StudioAddress
    ) async throws -> HTTPResponse {
        let hash = LinkToken.hash(token)
        guard let record = try workspaces.store.read({ try links.find(hash, in: .shared, $0) }),
              record.target.place == address.place else { throw LinkRefusal.unknown }
        // A refused visitor does not use the link up.
        var attempt = record.link
        _ = try attempt.redeem(at: workspaces.timeline.now)
        try await authorize(record.target, record.principal, record.home, request)
        let cookie = LinkToken.cookie()
        let redirect = query["redirect"].flatMap { LandingPage(redirect: $0) }
        let session = try await workspaces.timeline.turn { turn in
            guard var link = try links.find(hash, in: .shared, turn.transaction) else { throw LinkRefusal.unknown }
            let end = try link.link.redeem(at: turn.now)
            try links.save(link, in: turn)
            let landing = try redirect ?? link.landing ?? visits.defaultLanding(link.target, in: link.home, turn.transaction)
            let session = SessionRecord(
                cookieHash: LinkToken.hash(cookie), target: link.target, home: link.home, principal: link.principal,
                landing: landing, expiresAt: end)
            try sessions.save(session, in: turn)
            _ = try visits.visit(landing, session, in: turn)
            return session
        }
        var response = HTTPResponse(status: 302, headers: StudioPage.headers)
        let path = if case .domain = session.target { session.landing.path } else { "/lab" }
        response.headers.add("Location", address.basePath + path)
        let seconds = record.link.sessionLength.milliseconds / 1000
        response.headers.add(
            "Set-Cookie",
            "\(StudioCookie.name)=\(cookie); Path=\(address.basePath.isEmpty ? "/" : address.basePath); "
                + "Max-Age=\(seconds); HttpOnly; SameSite=Lax")
        return response
    }

    // MARK: Within a session

    private func show(_ request: HTTPRequest, _ address: StudioAddress) async throws -> HTTPResponse {
        guard let cookie = StudioCookie.value(in: request.headers) else { throw LinkRefusal.noSession }
        let hash = LinkToken.hash(cookie)
        guard let session = try workspaces.store.read({ try sessions.find(hash, in: .shared, $0) }),
              session.target.place == address.place, workspaces.timeline.now < session.expiresAt else {
            throw LinkRefusal.noSession
        }
        try await authorize(session.target, session.principal, session.home, request)
        let landing = address.path == "/" ? session.landing : LandingPage(path: address.path)
        let visit = try await workspaces.timeline.turn { turn in try visits.visit(landing, session, in: turn) }
        let end = workspaces.timeline.clockShift.shown(session.expiresAt)
        switch visit {
        case .domain(let visit): return StudioPage.domain(visit, session, endsAt: end, address).response(200)
        case .notebook(let notebook): return StudioPage.notebook(notebook, session, endsAt: end).response(200)
        case .gone: return StudioPage.notFound.response(404)
        }
    }

    private struct AccessDenial: Error {
        let message: String
    }

    private func authorize(
        _ target: LinkTarget, _ principal: LinkPrincipal, _ home: Realm, _ request: HTTPRequest
    ) async throws {
        let access = StudioAccess(
            principal: principal.caller, action: target.action, resourceARN: target.resourceARN(in: home),
            region: home.region, request: request)
        if let message = try await authorization.refusal(of: access) { throw AccessDenial(message: message) }
    }

    /// A link's or session's timer is due: it is forgotten.
    func forget(link hash: String, in turn: Turn) throws {
        if let link = try links.find(hash, in: .shared, turn.transaction) { try links.remove(link, in: turn) }
    }

    func forget(session hash: String, in turn: Turn) throws {
        if let session = try sessions.find(hash, in: .shared, turn.transaction) { try sessions.remove(session, in: turn) }
    }
}

extension LinkTarget {
    /// The host the target answers at.
    var place: StudioAddress.Place {
        switch self {
        case .domain(let id, _, _): .domain(id)
        case .notebook(let name): .notebook(name.lowercased())
        }
    }
}

/// The session's cookie.
enum StudioCookie {
    static let name = "coldframe-studio"

    /// The cookie's value; nil when the browser sends none.
    static func value(in headers: HTTPHeaders) -> String? {
        for header in headers.values("Cookie") {
            for pair in header.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(name + "=") { return String(text.dropFirst(name.count + 1)) }
            }
        }
        return nil
    }
}
