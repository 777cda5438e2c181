package import WorkspaceRules

/// How Studio is to behave, from the command line and `coldframe.yaml`.
package struct StudioSettings: Sendable {
    package var times = WorkspaceTimes.short
    /// How long a Describe call may be held for the next status change, in real seconds; 0 never holds one.
    package var describeWaitsSeconds = 2.0
    /// Service quotas by AWS's name, e.g. `Total domains` or `KernelGateway Apps running on ml.m5.12xlarge instance`;
    /// what is not named has no limit.
    package var quotas: [String: Int] = [:]
    /// Whether License Manager is taken to hold a licence of RStudio.
    package var hasRStudioLicense = true
    /// Whether attaching and detaching custom images is refused while apps are in service.
    package var isStrictAboutCustomImages = false
    /// How presigned links are spelled.
    package var links = LinkForm.aws
    /// Where a browser with an expired link is sent; nil shows a page that says so.
    package var signInURL: String?

    package init() {}

    /// Presigned links with AWS's host names, or with one that a browser without DNS can open.
    package enum LinkForm: String, Sendable {
        /// `https://DOMAIN.studio.REGION.sagemaker.aws/auth?token=…`
        case aws
        /// `http://localhost:PORT/studio/DOMAIN/auth?token=…`
        case local
    }
}
