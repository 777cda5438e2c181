import HTTPServer
import TokenCrypto
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A page a person sees: plain HTML without script. What it shows is escaped where it is put in.
struct HostedPage {
    var title: String
    var message: String?
    /// Text above the form, escaped already.
    var introduction = ""
    var form: Form?
    /// Addresses below the form, with their words.
    var links: [(address: String, words: String)] = []
    var status = 200
    var style = HostedStyle()

    struct Form {
        var action: String
        var button: String
        var fields: [Field]
        /// Values that come back as they are. Nothing secret.
        var hidden: [(name: String, value: String)] = []
        /// A second button that sends this name.
        var otherButton: (name: String, words: String)?
    }

    struct Field {
        var name: String
        var label: String
        var type = "text"
        var autocomplete = "off"
        var value = ""
        var isRequired = true
        /// Set for a choice of several: value and words.
        var choices: [(value: String, words: String)] = []
    }

    /// The response, with the cookie that proves that a form came from this page.
    func response(csrf: String, cookies: [String] = []) -> HTTPResponse {
        let css = style.css
        let note = message.map { "<p role=\"alert\" class=\"errorMessage-customizable\">\(escaped($0))</p>" } ?? ""
        let logo = style.logo.map { "<div class=\"banner-customizable\"><img class=\"logo-customizable\" alt=\"\" src=\"\(escaped($0))\"></div>" } ?? ""
        let below = links.map { "<p><a href=\"\(escaped($0.address))\">\(escaped($0.words))</a></p>" }.joined(separator: "\n")
        let page = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escaped(title))</title>
            <meta name="viewport" content="width=device-width"><style>\(css)</style></head>
            <body><main class="background-customizable">\(logo)<h1>\(escaped(title))</h1>\(note)\(introduction)
            \(form.map { html($0, csrf: csrf) } ?? "")
            \(below)</main></body></html>
            """
        let hash = Data(Digesting.sha256(css.utf8)).base64EncodedString()
        var headers: HTTPHeaders = [
            "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "Content-Security-Policy":
                "default-src 'none'; style-src 'sha256-\(hash)'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        ]
        headers.add("Set-Cookie", "XSRF-TOKEN=\(csrf); Path=/; HttpOnly; SameSite=Lax")
        for cookie in cookies { headers.add("Set-Cookie", cookie) }
        return HTTPResponse(status: status, headers: headers, body: .bytes(Array(page.utf8)))
    }

    private func html(_ form: Form, csrf: String) -> String {
        let fields = form.fields.map(html).joined(separator: "\n")
        let hidden = (form.hidden + [("_csrf", csrf)]).map {
            "<input type=\"hidden\" name=\"\(escaped($0.name))\" value=\"\(escaped($0.value))\">"
        }.joined(separator: "\n")
        let other = form.otherButton.map {
            "<button name=\"\(escaped($0.name))\" value=\"1\" class=\"other\" formnovalidate>\(escaped($0.words))</button>"
        } ?? ""
        return """
            <form method="post" action="\(escaped(form.action))">
            \(fields)
            \(hidden)
            <button class="submitButton-customizable">\(escaped(form.button))</button>\(other)
            </form>
            """
    }

    private func html(_ field: Field) -> String {
        let required = field.isRequired ? " required" : ""
        if !field.choices.isEmpty {
            return field.choices.map { choice in
                "<label class=\"choice\"><input type=\"radio\" name=\"\(escaped(field.name))\" value=\"\(escaped(choice.value))\"\(required)> \(escaped(choice.words))</label>"
            }.joined(separator: "\n")
        }
        return """
            <label class="inputField-label">\(escaped(field.label))
            <input class="inputField-customizable" name="\(escaped(field.name))" type="\(escaped(field.type))" \
            autocomplete="\(escaped(field.autocomplete))" value="\(escaped(field.value))"\(required)></label>
            """
    }

    /// A page that says why there is no other.
    static func refusal(_ text: String) -> HTTPResponse {
        var page = HostedPage(title: "An error was encountered with the requested page.")
        page.introduction = "<p>\(escaped(text))</p>"
        page.status = 400
        return page.response(csrf: "")
    }
}

/// How a client's pages look.
struct HostedStyle: Sendable {
    var page = "#ffffff"
    var form = "#ffffff"
    var button = "#0972d3"
    var buttonText = "#ffffff"
    /// The client's own style sheet.
    var own = ""
    /// A picture, as an address that carries it.
    var logo: String?

    var css: String {
        """
        body{font:16px system-ui,sans-serif;margin:0;background:\(page);color:#16191f}
        main{max-width:22rem;margin:3rem auto;padding:1rem 1.5rem 1.5rem;background:\(form);border:1px solid #c6c6cd;border-radius:8px}
        h1{font-size:1.4rem}label,button{display:block;margin:1rem 0}
        input:not([type=radio]){width:100%;padding:.5rem;box-sizing:border-box;font:inherit}
        button{width:100%;padding:.6rem;border:0;border-radius:4px;font:inherit;background:\(button);color:\(buttonText);cursor:pointer}
        button.other{background:none;color:inherit;text-decoration:underline}
        .errorMessage-customizable{padding:.5rem;border:1px solid #d64958;color:#d64958}code{overflow-wrap:anywhere}
        \(own)
        """
    }
}

/// Text as HTML shows it.
func escaped(_ text: String) -> String {
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
