/// What happened to an endpoint, for the event log. Its instant is that of the call that returned it.
package enum EndpointEvent: Equatable, Sendable, Codable {
    /// The status now; the reason is set when the change before it failed.
    case statusChanged(EndpointStatus, reason: String?)
    case stageStarted(DeploymentStage)
    /// How far traffic has moved, per variant.
    case trafficShifted([TrafficShare])
    case rollbackStarted(RollbackCause)
    case launchFailed(LaunchFailure)
}

/// A stage of a deployment, as the log names it.
package enum DeploymentStage: Equatable, Sendable, Codable {
    case provisioning(instances: Int)
    case activating(step: Int, of: Int)
    case baking(seconds: Int)
    case finalBake(seconds: Int)
    /// Old machines end.
    case retiring(instances: Int)
    /// A rollback brings old machines back.
    case restoring(instances: Int)
}

/// The traffic of one variant while a deployment runs.
package struct TrafficShare: Equatable, Sendable, Codable {
    package let variant: VariantName
    package let greenActive: Int
    package let greenTotal: Int
    package let blueActive: Int
}

extension EndpointEvent: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        switch self {
        case .statusChanged(let status, let reason):
            "status \(status.rawValue)" + (reason.map { ": \($0)" } ?? "")
        case .stageStarted(let stage): stage.description
        case .trafficShifted(let shares):
            "traffic " + shares.map {
                "\($0.variant): green \($0.greenActive) of \($0.greenTotal), blue \($0.blueActive)"
            }.joined(separator: "; ")
        case .rollbackStarted(let cause): "rolling back: \(cause.failureReason)"
        case .launchFailed(let failure): "launch failed: \(failure.failureReason)"
        }
    }
}

extension DeploymentStage: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        switch self {
        case .provisioning(let instances): "provisioning \(instances) instance(s)"
        case .activating(let step, let count): "activating traffic, step \(step) of \(count)"
        case .baking(let seconds): "baking for \(seconds) seconds"
        case .finalBake(let seconds): "final bake for \(seconds) seconds"
        case .retiring(let instances): "retiring \(instances) instance(s)"
        case .restoring(let instances): "restoring \(instances) instance(s)"
        }
    }
}
