package import SimTime

/// `DomainStatus`, `UserProfileStatus` and `SpaceStatus`: one vocabulary.
// AWS: sdk — spec/studio.md §A3.
package enum WorkspaceStatus: String, ResourceStatus, CaseIterable {
    case pending = "Pending"
    case inService = "InService"
    case updating = "Updating"
    case updateFailed = "Update_Failed"
    case failed = "Failed"
    case deleting = "Deleting"
    case deleteFailed = "Delete_Failed"
}

/// The life of a domain, a user profile or a space:
/// Pending → InService | Failed; InService | Update_Failed → Updating → InService; any lasting status → Deleting → gone.
// AWS: documented order — spec/studio.md §A3.
extension StatusTrack where Status == WorkspaceStatus {
    /// - Parameter failure: why the creation is to fail; nil lets it succeed.
    package static func creating(failure: String? = nil, times: StepTimes, at now: SimInstant) -> Self {
        Self(
            creating: .pending, ending: failure.map { .failure(.failed, reason: $0) } ?? .status(.inService),
            after: times.creation, at: now)
    }

    /// Throws `StatusRejection` while another change is under way, and for what has failed.
    package mutating func update(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        let allowed: [WorkspaceStatus] = [.inService, .updateFailed]
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: .updating) }
        begin(.updating, ending: .status(.inService), after: times.update, at: now)
    }

    /// Throws `StatusRejection` while another change is under way.
    package mutating func delete(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        let allowed: [WorkspaceStatus] = [.inService, .failed, .updateFailed, .deleteFailed]
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: .deleting) }
        begin(.deleting, ending: .removal, after: times.deletion, at: now)
    }
}
