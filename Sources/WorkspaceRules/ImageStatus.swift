package import SimTime

/// `ImageStatus`.
// AWS: sdk — spec/studio.md §A7.
package enum ImageStatus: String, ResourceStatus, CaseIterable {
    case creating = "CREATING"
    case created = "CREATED"
    case createFailed = "CREATE_FAILED"
    case updating = "UPDATING"
    case updateFailed = "UPDATE_FAILED"
    case deleting = "DELETING"
    case deleteFailed = "DELETE_FAILED"
}

/// The life of an image: CREATING → CREATED | CREATE_FAILED; CREATED | UPDATE_FAILED → UPDATING → CREATED;
/// any lasting status → DELETING → gone.
// AWS: sdk waiters, recorded creation — spec/studio.md §A7.
extension StatusTrack where Status == ImageStatus {
    package static func creating(failure: String? = nil, times: StepTimes, at now: SimInstant) -> Self {
        Self(
            creating: .creating, ending: failure.map { .failure(.createFailed, reason: $0) } ?? .status(.created),
            after: times.creation, at: now)
    }

    package mutating func update(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        let allowed: [ImageStatus] = [.created, .updateFailed]
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: .updating) }
        begin(.updating, ending: .status(.created), after: times.update, at: now)
    }

    package mutating func delete(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        let allowed: [ImageStatus] = [.created, .createFailed, .updateFailed, .deleteFailed]
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: .deleting) }
        begin(.deleting, ending: .removal, after: times.deletion, at: now)
    }

    /// Whether versions can be made of it and it can be attached.
    package var isUsable: Bool { status == .created || status == .updating || status == .updateFailed }
}

/// `ImageVersionStatus`.
// AWS: sdk — spec/studio.md §A7.
package enum ImageVersionStatus: String, ResourceStatus, CaseIterable {
    case creating = "CREATING"
    case created = "CREATED"
    case createFailed = "CREATE_FAILED"
    case deleting = "DELETING"
    case deleteFailed = "DELETE_FAILED"
}

/// The life of an image version: CREATING → CREATED | CREATE_FAILED; any lasting status → DELETING → gone.
extension StatusTrack where Status == ImageVersionStatus {
    package static func creating(failure: String? = nil, times: StepTimes, at now: SimInstant) -> Self {
        Self(
            creating: .creating, ending: failure.map { .failure(.createFailed, reason: $0) } ?? .status(.created),
            after: times.creation, at: now)
    }

    package mutating func delete(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        let allowed: [ImageVersionStatus] = [.created, .createFailed, .deleteFailed]
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: .deleting) }
        begin(.deleting, ending: .removal, after: times.deletion, at: now)
    }
}
