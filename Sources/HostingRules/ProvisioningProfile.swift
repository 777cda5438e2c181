package import SimTime

/// How long the work of an endpoint takes, in simulated time.
package struct ProvisioningProfile: Equatable, Sendable, Codable {
    /// CreateEndpoint until InService.
    package var creation: SimDuration
    /// UpdateEndpoint until its workflow starts and the pending deployment shows.
    package var workflowStart: SimDuration
    /// Starting machines until they answer their health check.
    package var provisioning: SimDuration
    /// Switching traffic, once per step.
    package var trafficSwitch: SimDuration
    /// Ending machines.
    package var termination: SimDuration
    /// A change of instance counts outside a deployment.
    package var scaling: SimDuration
    /// DeleteEndpoint until the endpoint is gone.
    package var deletion: SimDuration

    package init(
        creation: SimDuration, workflowStart: SimDuration, provisioning: SimDuration, trafficSwitch: SimDuration,
        termination: SimDuration, scaling: SimDuration, deletion: SimDuration
    ) {
        self.creation = creation
        self.workflowStart = workflowStart
        self.provisioning = provisioning
        self.trafficSwitch = trafficSwitch
        self.termination = termination
        self.scaling = scaling
        self.deletion = deletion
    }

    /// About a second for a creation, and for an update without guardrails.
    package static let short = ProvisioningProfile(
        creation: .milliseconds(1000), workflowStart: .milliseconds(100), provisioning: .milliseconds(700),
        trafficSwitch: .milliseconds(100), termination: .milliseconds(100), scaling: .milliseconds(500),
        deletion: .milliseconds(500))

    /// The times of the real service: a canary of 300 s reaches its final bake 447 s after the request.
    /// AWS: recorded — spec/hosting.md §A.2, §B.3.
    package static let realistic = ProvisioningProfile(
        creation: .seconds(150), workflowStart: .seconds(3), provisioning: .seconds(140),
        trafficSwitch: .seconds(2), termination: .seconds(60), scaling: .seconds(140), deletion: .seconds(60))
}
