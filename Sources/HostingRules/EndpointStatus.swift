/// The `EndpointStatus` of the API. AWS: documented — spec/hosting.md §A.1.
package enum EndpointStatus: String, Equatable, Sendable, Codable, CaseIterable {
    case creating = "Creating"
    case inService = "InService"
    case updating = "Updating"
    case systemUpdating = "SystemUpdating"
    case rollingBack = "RollingBack"
    case updateRollbackFailed = "UpdateRollbackFailed"
    case outOfService = "OutOfService"
    case deleting = "Deleting"
    case failed = "Failed"

    /// The spelling in EventBridge events. AWS: documented — spec/hosting.md §B.7.
    package var eventName: String {
        switch self {
        case .creating: "CREATING"
        case .inService: "IN_SERVICE"
        case .updating: "UPDATING"
        case .systemUpdating: "SYSTEM_UPDATING"
        case .rollingBack: "ROLLING_BACK"
        case .updateRollbackFailed: "UPDATE_ROLLBACK_FAILED"
        case .outOfService: "OUT_OF_SERVICE"
        case .deleting: "DELETING"
        case .failed: "FAILED"
        }
    }

    /// True while invocations are answered.
    package var isInvocable: Bool {
        switch self {
        case .inService, .updating, .systemUpdating, .rollingBack, .updateRollbackFailed: true
        case .creating, .outOfService, .deleting, .failed: false
        }
    }
}
