package import SimTime

/// `AppStatus`.
// AWS: sdk — spec/studio.md §A6.
package enum AppStatus: String, ResourceStatus, CaseIterable {
    case pending = "Pending"
    case inService = "InService"
    case failed = "Failed"
    case deleting = "Deleting"
    case deleted = "Deleted"

    /// Whether an app in this status keeps its profile, space or domain from being deleted.
    // AWS: documented — failed apps do not block (spec/studio.md §A3, §A4); "Deleted" ones are only shown.
    package var blocksDeletion: Bool {
        switch self {
        case .pending, .inService, .deleting: true
        case .failed, .deleted: false
        }
    }
}

/// The life of an app: Pending → InService | Failed; InService → Deleting → Deleted → forgotten after a day.
// AWS: documented — spec/studio.md §A6.
extension StatusTrack where Status == AppStatus {
    /// How long a deleted app is still described and listed.
    // AWS: documented — spec/studio.md §A6.
    package static var remembered: SimDuration { .hours(24) }

    package static func launching(failure: String? = nil, times: StepTimes, at now: SimInstant) -> Self {
        Self(
            creating: .pending, ending: failure.map { .failure(.failed, reason: $0) } ?? .status(.inService),
            after: times.creation, at: now)
    }

    /// Launches an app of the same key anew: only over one that is deleted or has failed.
    // AWS: documented — spec/studio.md §A6: within the day it is an update of what is remembered.
    package mutating func relaunch(failure: String? = nil, times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        let allowed: [AppStatus] = [.deleted, .failed]
        guard allowed.contains(status) else { throw StatusRejection(status, allowed: allowed, wanted: .pending) }
        self = .launching(failure: failure, times: times, at: now)
    }

    /// Only an app in service can be deleted.
    // AWS: documented — spec/studio.md §A6.
    package mutating func delete(times: StepTimes, at now: SimInstant) throws(StatusRejection) {
        guard status == .inService else { throw StatusRejection(status, allowed: [.inService], wanted: .deleting) }
        begin(.deleting, ending: .status(.deleted), after: times.deletion, at: now)
    }

    /// Ends what is due; a deleted app is remembered for a day. Answers true when the app is forgotten.
    package mutating func settleApp(at now: SimInstant) -> Bool {
        let ended = pending?.at
        if settle(at: now) { return true }
        if status == .deleted, pending == nil, let ended {
            begin(.deleted, ending: .removal, after: Self.remembered, at: ended)
        }
        return false
    }
}
