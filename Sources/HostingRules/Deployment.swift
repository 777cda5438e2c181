import SimTime

/// An update under way, of either kind.
enum Deployment: Equatable, Sendable, Codable {
    case blueGreen(BlueGreenDeployment)
    case rolling(RollingDeployment)

    /// Where an event has brought a deployment.
    enum Progress: Equatable {
        case running
        /// Green serves alone; blue is gone.
        case succeeded(green: [Fleet])
        /// Blue serves alone, as before; green is gone.
        case rolledBack(RollbackCause)
        /// Neither could be completed; both serve what they have. Rolling only.
        case rollbackFailed(RollbackCause, LaunchFailure, green: [Fleet])
    }

    var green: [Fleet] {
        switch self {
        case .blueGreen(let deployment): deployment.green
        case .rolling(let deployment): deployment.green
        }
    }

    /// Changes the green fleets where they are.
    mutating func changeGreen(_ change: (inout [Fleet]) -> Void) {
        switch self {
        case .blueGreen(var deployment):
            change(&deployment.green)
            self = .blueGreen(deployment)
        case .rolling(var deployment):
            change(&deployment.green)
            self = .rolling(deployment)
        }
    }

    var configName: EndpointConfigName {
        switch self {
        case .blueGreen(let deployment): deployment.configName
        case .rolling(let deployment): deployment.configName
        }
    }

    /// Nil between the request and the start of the workflow; clients see no pending deployment then.
    var workflowStartedAt: SimInstant? {
        switch self {
        case .blueGreen(let deployment): deployment.workflowStartedAt
        case .rolling(let deployment): deployment.workflowStartedAt
        }
    }

    /// True while the answer to a `probe` is awaited.
    var isProbing: Bool {
        switch self {
        case .blueGreen(let deployment): deployment.isProbing
        case .rolling(let deployment): deployment.isProbing
        }
    }

    /// The alarms that would stop the deployment now: none before the first traffic on green.
    var watchedAlarms: [AlarmName] {
        switch self {
        case .blueGreen(let deployment): deployment.isWatching ? deployment.alarms : []
        case .rolling(let deployment): deployment.isWatching ? deployment.alarms : []
        }
    }

    /// The timer of the current stage has fired.
    mutating func stageElapsed(blue: inout [Fleet], turn: inout Turn) -> Progress {
        switch self {
        case .blueGreen(var deployment):
            let progress = deployment.stageElapsed(blue: &blue, turn: &turn)
            self = .blueGreen(deployment)
            return progress
        case .rolling(var deployment):
            let progress = deployment.stageElapsed(blue: &blue, turn: &turn)
            self = .rolling(deployment)
            return progress
        }
    }

    /// The answer to a `probe`; nil for healthy machines.
    mutating func launched(_ failure: LaunchFailure?, blue: inout [Fleet], turn: inout Turn) -> Progress {
        switch self {
        case .blueGreen(var deployment):
            deployment.launched(failure, blue: &blue, turn: &turn)
            self = .blueGreen(deployment)
            return .running
        case .rolling(var deployment):
            let progress = deployment.launched(failure, blue: &blue, turn: &turn)
            self = .rolling(deployment)
            return progress
        }
    }

    /// The machines of the open probe are not to be had yet.
    mutating func awaitCapacity() {
        switch self {
        case .blueGreen(var deployment):
            deployment.awaitCapacity()
            self = .blueGreen(deployment)
        case .rolling(var deployment):
            deployment.awaitCapacity()
            self = .rolling(deployment)
        }
    }

    /// Undoes the deployment if it still can be undone.
    mutating func stop(_ cause: RollbackCause, blue: inout [Fleet], turn: inout Turn) {
        switch self {
        case .blueGreen(var deployment):
            deployment.stop(cause, blue: &blue, turn: &turn)
            self = .blueGreen(deployment)
        case .rolling(var deployment):
            deployment.stop(cause, blue: &blue, turn: &turn)
            self = .rolling(deployment)
        }
    }
}
