/// Why machines did not come up.
package enum LaunchFailure: Equatable, Sendable, Codable {
    case pingFailed(VariantName)
    /// The same of one of several containers, by its hostname.
    case containerPingFailed(String, VariantName)
    case insufficientCapacity
    case imagesMissing(VariantName)
    /// Any other reason, as clients shall read it.
    case other(reason: String)

    /// The `FailureReason` to show. AWS: recorded — spec/hosting.md §A.5.
    package var failureReason: String {
        switch self {
        case .pingFailed(let variant):
            "The primary container for production variant \(variant) did not pass the ping health check."
                + " Please check CloudWatch logs for this endpoint."
        case .containerPingFailed(let hostname, let variant):
            "The \(hostname) container for production variant \(variant) did not pass the ping health check."
                + " Please check CloudWatch logs for this endpoint."
        case .insufficientCapacity:
            "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
                + " Please retry using a different ML instance type or after some time."
        case .imagesMissing(let variant):
            "Please make sure all images included in the model for the production variant \(variant) exist,"
                + " and that the execution role used to create the model has permissions to access them"
        case .other(let reason):
            reason
        }
    }
}

/// What machines turned out to be when they were due.
package enum LaunchOutcome: Equatable, Sendable {
    case healthy
    /// There are too few machines for these variants at the moment, which may be waited for.
    case short([VariantName])
    case failed(LaunchFailure)

    /// Nil when the machines are healthy.
    package var failure: LaunchFailure? {
        switch self {
        case .healthy: nil
        case .short: .insufficientCapacity
        case .failed(let failure): failure
        }
    }
}

/// Why a deployment was stopped and undone.
package enum RollbackCause: Equatable, Sendable, Codable {
    case alarms([AlarmName])
    case launch(LaunchFailure)
    case executionLimit(seconds: Int)

    /// The `FailureReason` to show. AWS: recorded for alarms and launches — spec/hosting.md §A.5; the text for the
    /// time limit is our own.
    package var failureReason: String {
        switch self {
        case .alarms(let names):
            "One or more configured alarm for automatic rollback deployment is in ALARM state: ["
                + names.map(\.text).joined(separator: ", ") + "]."
        case .launch(let failure):
            failure.failureReason
        case .executionLimit(let seconds):
            "Deployment exceeded MaximumExecutionTimeoutInSeconds of \(seconds) seconds."
        }
    }
}
