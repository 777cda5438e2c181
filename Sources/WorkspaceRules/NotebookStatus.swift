package import SimTime

/// `NotebookInstanceStatus`.
// AWS: sdk — the service model's enumeration.
package enum NotebookStatus: String, ResourceStatus, CaseIterable {
    case pending = "Pending"
    case inService = "InService"
    case stopping = "Stopping"
    case stopped = "Stopped"
    case failed = "Failed"
    case deleting = "Deleting"
    case updating = "Updating"
}

/// The life of a notebook instance: Pending → InService; InService → Stopping → Stopped; Stopped | Failed → Pending,
/// Updating (→ Stopped) or Deleting (→ gone).
// AWS: documented — the descriptions of Start-, Stop-, Update- and DeleteNotebookInstance.
extension StatusTrack where Status == NotebookStatus {
    package static func launching(times: StepTimes, at now: SimInstant) -> Self {
        Self(creating: .pending, ending: .status(.inService), after: times.creation, at: now)
    }

    package mutating func start(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        try require([.stopped, .failed], for: .pending)
        begin(.pending, ending: .status(.inService), after: times.creation, at: now)
    }

    package mutating func stop(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        try require([.inService], for: .stopping)
        begin(.stopping, ending: .status(.stopped), after: times.update, at: now)
    }

    package mutating func update(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        try require([.stopped, .failed], for: .updating)
        begin(.updating, ending: .status(.stopped), after: times.update, at: now)
    }

    package mutating func delete(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        try require([.stopped, .failed], for: .deleting)
        begin(.deleting, ending: .removal, after: times.deletion, at: now)
    }

    private func require(_ allowed: [NotebookStatus], for wanted: NotebookStatus) throws(StatusRejection) {
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: wanted) }
    }
}
