import HTTPServer

/// The pages a person sees: plain HTML, no script.
enum LoginPage {
    static func form(action: String, csrf: String, message: String?) -> HTTPResponse {
        let note = message.map { "<p role=\"alert\">\(escaped($0))</p>" } ?? ""
        let page = """
            <h1>Sign in</h1>\(note)
            <form method="post" action="\(escaped(action))">
            <input type="hidden" name="_csrf" value="\(escaped(csrf))">
            <label>Username <input name="username" autocomplete="username" autofocus required></label>
            <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
            <button>Sign in</button>
            </form>
            """
        var response = html(200, title: "Sign in", page)
        response.headers.add("Set-Cookie", "XSRF-TOKEN=\(csrf); Path=/; HttpOnly; SameSite=Lax")
        return response
    }

    static func refusal(_ text: String) -> HTTPResponse {
        html(400, title: "Error", "<h1>An error was encountered with the requested page.</h1><p>\(escaped(text))</p>")
    }

    private static func html(_ status: Int, title: String, _ body: String) -> HTTPResponse {
        let page = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
            <meta name="viewport" content="width=device-width"><style>
            body{font:16px system-ui;max-width:22rem;margin:4rem auto;padding:0 1rem}
            label,button{display:block;margin:1rem 0}input{width:100%;padding:.5rem;box-sizing:border-box}
            </style></head><body>\(body)</body></html>
            """
        return HTTPResponse(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ],
            body: .bytes(Array(page.utf8)))
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
