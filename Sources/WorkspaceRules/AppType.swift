/// `AppType`, and what distinguishes the types.
// AWS: sdk — spec/studio.md §A6.
package enum AppType: String, Codable, Sendable, CaseIterable {
    case jupyterServer = "JupyterServer"
    case kernelGateway = "KernelGateway"
    case detailedProfiler = "DetailedProfiler"
    case tensorBoard = "TensorBoard"
    case codeEditor = "CodeEditor"
    case jupyterLab = "JupyterLab"
    case rStudioServerPro = "RStudioServerPro"
    case rSessionGateway = "RSessionGateway"
    case canvas = "Canvas"

    /// As it stands in ARNs.
    // AWS: inferred — spec/studio.md §A2.
    package var inARN: String { rawValue.lowercased() }

    /// The member of UserSettings and SpaceSettings that holds the defaults of this type; nil when there is none.
    package var settingsMember: String? {
        switch self {
        case .jupyterServer: "JupyterServerAppSettings"
        case .kernelGateway: "KernelGatewayAppSettings"
        case .tensorBoard: "TensorBoardAppSettings"
        case .codeEditor: "CodeEditorAppSettings"
        case .jupyterLab: "JupyterLabAppSettings"
        case .rSessionGateway: "RSessionAppSettings"
        case .canvas, .detailedProfiler, .rStudioServerPro: nil
        }
    }

    /// Whether it can run an image of the account's own.
    // AWS: sdk — spec/studio.md §A9: the settings that have CustomImages.
    package var takesCustomImages: Bool {
        switch self {
        case .kernelGateway, .jupyterLab, .codeEditor, .rSessionGateway: true
        case .jupyterServer, .detailedProfiler, .tensorBoard, .rStudioServerPro, .canvas: false
        }
    }

    /// Where an app of this type can run.
    // AWS: inferred from the user guide: the new applications run in spaces, Canvas and RStudio belong to a user.
    package func runs(in place: AppPlace) -> Bool {
        switch (self, place) {
        case (.jupyterLab, .userProfile), (.codeEditor, .userProfile): false
        case (.canvas, .space), (.rSessionGateway, .space), (.rStudioServerPro, .space): false
        default: true
        }
    }
}

/// What an app belongs to.
package enum AppPlace: String, Codable, Sendable {
    case userProfile
    case space
}

/// The members of UserSettings in which custom images are attached.
// AWS: sdk — spec/studio.md §A9.
package let customImageSettings = [
    "KernelGatewayAppSettings", "JupyterLabAppSettings", "CodeEditorAppSettings", "RSessionAppSettings",
]
