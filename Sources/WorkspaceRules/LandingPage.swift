/// Where a presigned link leads: the app to start and the path under it.
package struct LandingPage: Equatable, Sendable, Codable {
    package enum Experience: String, Equatable, Sendable, Codable {
        /// Studio's own home.
        case studio
        case jupyterServer = "JupyterServer"
        case jupyterLab = "JupyterLab"
        case rStudioServerPro = "RStudioServerPro"
        case codeEditor = "CodeEditor"
        case canvas = "Canvas"
    }

    package var experience: Experience
    /// What follows the experience's own path; never begins with a slash.
    package var relativePath: String

    package init(_ experience: Experience, relativePath: String = "") {
        self.experience = experience
        self.relativePath = relativePath
    }

    /// Reads `studio::path` or `app:TYPE:path`; nil for anything else, and for a path that would lead out of the domain.
    // AWS: documented — spec/studio.md §A11.
    package init?(landingURI text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        switch (parts[0], parts[1]) {
        case ("studio", ""): experience = .studio
        case ("app", let name):
            guard let known = Experience(rawValue: String(name)), known != .studio else { return nil }
            experience = known
        default: return nil
        }
        let path = parts[2].drop { $0 == "/" }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x5c }), !path.split(separator: "/").contains("..")
        else { return nil }
        relativePath = String(path)
    }

    /// Reads what a user appends to a link, `redirect=RStudioServerPro`; nil for an unknown word.
    // AWS: documented — spec/studio.md §A11.
    package init?(redirect: String) {
        guard let known = Experience(rawValue: redirect), known != .studio else { return nil }
        self.init(known)
    }

    /// The absolute path on the domain's host.
    // AWS: documented for JupyterServer and RStudio — spec/studio.md §A11; the others inferred.
    package var path: String {
        let base = switch experience {
        case .studio: "/studio"
        case .jupyterServer: "/jupyter/default/lab"
        case .jupyterLab: "/jupyterlab/default/lab"
        case .rStudioServerPro: "/rstudio/default"
        case .codeEditor: "/codeeditor/default"
        case .canvas: "/canvas/default"
        }
        return relativePath.isEmpty ? base : base + "/" + relativePath
    }

    /// The landing page a path on the domain's host stands for; Studio's home for anything else.
    package init(path: String) {
        switch path.split(separator: "/").first {
        case "jupyter"?: self.init(.jupyterServer)
        case "jupyterlab"?: self.init(.jupyterLab)
        case "rstudio"?: self.init(.rStudioServerPro)
        case "codeeditor"?: self.init(.codeEditor)
        case "canvas"?: self.init(.canvas)
        default: self.init(.studio)
        }
    }

    /// The app the page is of; nil for Studio's own home.
    package var appType: AppType? {
        switch experience {
        case .studio: nil
        case .jupyterServer: .jupyterServer
        case .jupyterLab: .jupyterLab
        case .rStudioServerPro: .rStudioServerPro
        case .codeEditor: .codeEditor
        case .canvas: .canvas
        }
    }
}
