package import Gateway
package import HTTPServer
package import Vocabulary

/// One request of a browser that uses a presigned link or the session it led to.
package struct StudioAccess: Sendable {
    /// Who made the link.
    package var principal: Caller
    /// `sagemaker:CreatePresignedDomainUrl` or `sagemaker:CreatePresignedNotebookInstanceUrl`.
    package var action: String
    /// The user profile's or the notebook instance's ARN.
    package var resourceARN: String
    package var region: RegionName
    /// As it came from the browser: its peer address, its listener and its Host tell the network path.
    package var request: HTTPRequest

    package init(
        principal: Caller, action: String, resourceARN: String, region: RegionName, request: HTTPRequest
    ) {
        self.principal = principal
        self.action = action
        self.resourceARN = resourceARN
        self.region = region
        self.request = request
    }
}

/// Authorises every request of a Studio session anew, for the principal who made the link and from where the browser is.
/// Implemented by the IAM emulation, joined by the composition root.
// AWS: documented — spec/studio.md §A11.
package protocol StudioAuthorization: Sendable {
    /// AWS's message when the access is refused; nil when it is allowed.
    func refusal(of access: StudioAccess) async throws -> String?
}

/// Lets everybody in who has a good link: what holds while policies are not enforced.
package struct UnrestrictedStudio: StudioAuthorization {
    package init() {}

    package func refusal(of access: StudioAccess) async throws -> String? { nil }
}

/// Whether SageMaker can work as a role. Implemented by the IAM emulation, joined by the composition root.
package protocol ExecutionRoles: Sendable {
    /// Why SageMaker cannot assume the role; nil when it can, and for roles that nobody has made here.
    /// Reads the store: not to be asked within a turn.
    func obstacle(toAssuming roleARN: String) throws -> String?
}
