package import SimTime

/// The words a resource's status is told in.
package protocol ResourceStatus: RawRepresentable, Codable, Sendable, Equatable where RawValue == String {}

/// Where a resource stands in its life: the status shown, since when, and the change that is under way.
/// The machines of the single resources are extensions that say which event leads from which status to which.
package struct StatusTrack<Status: ResourceStatus>: Equatable, Sendable, Codable {
    /// A change that time brings about.
    package struct Change: Equatable, Sendable, Codable {
        package var at: SimInstant
        package var ending: Ending
    }

    /// How a change ends.
    package enum Ending: Equatable, Sendable, Codable {
        case status(Status)
        case failure(Status, reason: String)
        /// The resource is gone.
        case removal
    }

    package private(set) var status: Status
    package private(set) var failureReason: String?
    package private(set) var createdAt: SimInstant
    package private(set) var modifiedAt: SimInstant
    /// Nil while nothing is under way.
    package private(set) var pending: Change?

    /// A resource that comes into being at `now` and has its first lasting status `after` that.
    init(creating status: Status, ending: Ending, after duration: SimDuration, at now: SimInstant) {
        self.status = status
        createdAt = now
        modifiedAt = now
        pending = Change(at: now + duration, ending: ending)
    }

    /// Shows `status` from now on, until the change ends.
    mutating func begin(_ status: Status, ending: Ending, after duration: SimDuration, at now: SimInstant) {
        self.status = status
        failureReason = nil
        modifiedAt = now
        pending = Change(at: now + duration, ending: ending)
    }

    /// A change of contents that takes no time.
    package mutating func touch(at now: SimInstant) { modifiedAt = now }

    /// Ends what is due by `now`. Answers true when the resource is gone.
    package mutating func settle(at now: SimInstant) -> Bool {
        guard let change = pending, change.at <= now else { return false }
        pending = nil
        switch change.ending {
        case .removal: return true
        case .status(let next):
            status = next
        case .failure(let next, let reason):
            status = next
            // AWS: sdk — FailureReason has at most 1024 characters.
            failureReason = String(reason.prefix(1024))
        }
        modifiedAt = max(modifiedAt, change.at)
        return false
    }
}

/// An event came at a time when the resource cannot take it. Nothing has changed when one is thrown.
package struct StatusRejection: Error, Equatable, Sendable {
    /// The present status.
    package let status: String
    /// The statuses in which the event is taken.
    package let allowed: [String]
    /// The status the event leads to.
    package let wanted: String

    init<Status: ResourceStatus>(_ status: Status, allowed: [Status], wanted: Status) {
        self.status = status.rawValue
        self.allowed = allowed.map(\.rawValue)
        self.wanted = wanted.rawValue
    }
}

/// How long the steps of one kind of resource take, in simulated time.
package struct StepTimes: Equatable, Sendable {
    package var creation: SimDuration
    package var update: SimDuration
    package var deletion: SimDuration

    package init(creation: SimDuration, update: SimDuration, deletion: SimDuration) {
        self.creation = creation
        self.update = update
        self.deletion = deletion
    }
}

/// How long the work on each kind of resource takes.
package struct WorkspaceTimes: Equatable, Sendable {
    package var domain: StepTimes
    package var userProfile: StepTimes
    package var space: StepTimes
    package var app: StepTimes
    package var image: StepTimes
    package var imageVersion: StepTimes
    package var notebook: StepTimes

    /// About a second each.
    package static let short = WorkspaceTimes(
        domain: .brief, userProfile: .brief, space: .brief, app: .brief, image: .brief, imageVersion: .brief,
        notebook: .brief)

    /// About what the real service takes.
    // AWS: recorded for images (spec/studio.md §A7), else inferred from the user guide's "a few minutes".
    package static let realistic = WorkspaceTimes(
        domain: StepTimes(creation: .minutes(5), update: .seconds(30), deletion: .minutes(3)),
        userProfile: StepTimes(creation: .seconds(5), update: .seconds(5), deletion: .seconds(10)),
        space: StepTimes(creation: .seconds(3), update: .seconds(3), deletion: .seconds(10)),
        app: StepTimes(creation: .minutes(2), update: .minutes(2), deletion: .seconds(30)),
        image: StepTimes(creation: .seconds(1), update: .seconds(1), deletion: .seconds(5)),
        imageVersion: StepTimes(creation: .seconds(5), update: .seconds(5), deletion: .seconds(5)),
        notebook: StepTimes(creation: .minutes(4), update: .minutes(1), deletion: .minutes(1)))
}

extension StepTimes {
    fileprivate static let brief = StepTimes(
        creation: .milliseconds(1000), update: .milliseconds(500), deletion: .milliseconds(500))
}
