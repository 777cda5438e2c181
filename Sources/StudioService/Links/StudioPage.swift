import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import TokenCrypto
import WorkspaceRules

/// A small page: a heading, a sentence, facts in a table. All text is escaped; there is no script, and the policy allows none.
struct StudioPage: Sendable {
    private var title: String
    private var text: String
    private var facts: [(id: String, label: String, value: String)] = []
    private var images: [AppVisits.AttachedImage] = []

    private init(_ title: String, _ text: String) {
        self.title = title
        self.text = text
    }

    // MARK: Pages

    static let notFound = StudioPage("Not found", "There is nothing here. The domain, user profile or notebook instance may have been deleted.")
    static let methodNotAllowed = StudioPage("Not allowed", "Only pages can be read here.")
    static let failed = StudioPage("Something went wrong", "The server's log says why.")

    /// What the real service says in such cases is not recorded; it sends the browser to the console's sign-in page.
    static func refused(_ refusal: LinkRefusal) -> StudioPage {
        switch refusal {
        case .unknown:
            StudioPage("Access denied", "The URL is not valid. Ask for a new presigned URL.")
        case .expired:
            StudioPage("The URL has expired", "Presigned URLs are valid for a short time only. Ask for a new one.")
        case .used:
            StudioPage("The URL has been used", "A presigned URL can be opened once. Ask for a new one.")
        case .noSession:
            StudioPage("Your session has expired", "Sign in again: open a new presigned URL.")
        }
    }

    static func denied(_ message: String) -> StudioPage { StudioPage("Access denied", message) }

    static func domain(
        _ visit: AppVisits.DomainVisit, _ session: SessionRecord, endsAt end: SimInstant, _ address: StudioAddress
    ) -> StudioPage {
        let name = switch visit.landing.experience {
        case .studio: "SageMaker Studio"
        case .jupyterServer: "SageMaker Studio Classic"
        case .jupyterLab: "JupyterLab"
        case .rStudioServerPro: "RStudio"
        case .codeEditor: "Code Editor"
        case .canvas: "SageMaker Canvas"
        }
        var page = StudioPage(name, visit.problem ?? "Coldframe emulates the way in, not the application behind it.")
        page.facts = [
            ("domain", "Domain", "\(visit.domain.name) (\(visit.domain.id))"),
            ("profile", "User profile", visit.profile.name),
        ]
        if let space = visit.space { page.facts.append(("space", "Space", space)) }
        if let app = visit.app {
            let spec = app.plan.spec
            page.facts += [
                ("app-type", "App type", app.key.type.rawValue), ("app-name", "App name", app.key.name),
                ("app-status", "App status", app.track.status.rawValue),
                ("instance", "Instance type", spec.instanceType ?? "system"),
                ("image", "Image", app.plan.containerImage ?? spec.imageVersionARN ?? spec.imageARN ?? "AWS's default image"),
            ]
            if let reason = app.track.failureReason { page.facts.append(("failure", "Failure reason", reason)) }
        }
        page.facts += sessionFacts(session, end)
        page.images = visit.images
        return page
    }

    static func notebook(_ notebook: NotebookRecord, _ session: SessionRecord, endsAt end: SimInstant) -> StudioPage {
        var page = StudioPage("Jupyter", "Coldframe emulates the way in, not the application behind it.")
        page.facts = [
            ("notebook", "Notebook instance", notebook.name), ("status", "Status", notebook.track.status.rawValue),
            ("instance", "Instance type", notebook.members["InstanceType"]?.string ?? ""),
        ]
        page.facts += sessionFacts(session, end)
        return page
    }

    private static func sessionFacts(_ session: SessionRecord, _ end: SimInstant) -> [(id: String, label: String, value: String)] {
        [
            ("principal", "Authorised as", session.principal.principalARN),
            ("session-end", "Session ends", end.description),
        ]
    }

    // MARK: Response

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;color:#16191f;background:#f2f3f3;margin:0}\
        main{max-width:46rem;margin:3rem auto;padding:1.5rem 2rem;background:#fff;border:1px solid #d5dbdb;border-radius:8px}\
        h1{font-size:1.4rem;margin:0 0 .5rem}table{border-collapse:collapse;width:100%;margin-top:1rem}\
        th,td{text-align:left;padding:.4rem .5rem;border-top:1px solid #eaeded;vertical-align:top;overflow-wrap:anywhere}\
        th{font-weight:600;white-space:nowrap}
        """

    /// Nothing is loaded from anywhere, no script runs, and no other page may frame this one.
    private static let policy = "default-src 'none'; style-src 'sha256-\(Base64.encode(Digesting.sha256(style.utf8)))'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// What every answer to a browser carries.
    static let headers: HTTPHeaders = [
        "Cache-Control": "no-store", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    ]

    func response(_ status: Int) -> HTTPResponse {
        var response = HTTPResponse(status: status, headers: Self.headers, body: .bytes(Array(html.utf8)))
        response.headers.add("Content-Type", "text/html; charset=utf-8")
        return response
    }

    private var html: String {
        var rows = facts.map { fact in
            "<tr><th scope=\"row\">\(escaped(fact.label))</th><td id=\"\(fact.id)\">\(escaped(fact.value))</td></tr>"
        }.joined()
        if !rows.isEmpty { rows = "<table>\(rows)</table>" }
        var list = images.map { image in
            "<tr><td>\(escaped(image.label))</td><td>\(image.version.map(String.init) ?? "none")</td>"
                + "<td>\(escaped(image.containerImage ?? "no version was created"))</td><td>\(escaped(image.configName))</td></tr>"
        }.joined()
        if !list.isEmpty {
            list = "<table id=\"images\"><tr><th>Custom image</th><th>Version</th><th>Container image</th>"
                + "<th>Configuration</th></tr>\(list)</table>"
        }
        return "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>\(escaped(title))</title>"
            + "<style>\(Self.style)</style></head><body><main><h1>\(escaped(title))</h1>"
            + "<p id=\"text\">\(escaped(text))</p>\(rows)\(list)</main></body></html>"
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
