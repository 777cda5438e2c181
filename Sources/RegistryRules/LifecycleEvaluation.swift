package import SimTime

/// An image as lifecycle rules see it.
package struct LifecycleImage: Equatable, Sendable {
    package var digest: ImageDigest
    package var tags: [String]
    package var pushed: SimInstant
    package var pulled: SimInstant?
    /// When it was archived; nil in standard storage.
    package var archived: SimInstant?

    package init(
        digest: ImageDigest, tags: [String], pushed: SimInstant, pulled: SimInstant? = nil, archived: SimInstant? = nil
    ) {
        self.digest = digest
        self.tags = tags
        self.pushed = pushed
        self.pulled = pulled
        self.archived = archived
    }
}

/// What a policy does with one image.
package struct LifecycleVerdict: Equatable, Sendable {
    package var image: LifecycleImage
    package var priority: Int64
    package var action: LifecyclePolicy.Action
}

extension LifecyclePolicy {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// Which images the policy takes at `now`, each by one rule; in ascending priority, oldest first within a rule.
    // AWS: doc — spec/ecr.md §E8, evaluation: every rule looks at all images; a lower-priority rule cannot take an image
    // that meets a higher one's tag condition, but counts it.
    package func verdicts(on images: [LifecycleImage], at now: SimInstant) -> [LifecycleVerdict] {
        var verdicts: [LifecycleVerdict] = []
        var settled: Set<ImageDigest> = []
        for rule in rules {
            let selected = images.filter {
                ($0.archived != nil) == rule.selection.isOfArchive && rule.selection.tags.holds(for: $0.tags)
            }
            for image in rule.candidates(among: selected, at: now) where !settled.contains(image.digest) {
                verdicts.append(LifecycleVerdict(image: image, priority: rule.priority, action: rule.action))
            }
            for image in selected { settled.insert(image.digest) }
        }
        return verdicts
    }

    /// The next instant at which age alone makes the policy take another image; nil when none will come of itself.
    package func nextDue(for images: [LifecycleImage], after now: SimInstant) -> SimInstant? {
        var next: SimInstant?
        for rule in rules {
            guard case .days(let days, let event) = rule.selection.count else { continue }
            for image in images where rule.selection.tags.holds(for: image.tags) {
                guard (image.archived != nil) == rule.selection.isOfArchive, let start = event.instant(of: image),
                      let due = Self.end(of: days, from: start), due > now else { continue }
                next = next.map { min($0, due) } ?? due
            }
        }
        return next
    }

    /// The first instant at which `start` is more than `days` days ago; nil when that is beyond all time.
    fileprivate static func end(of days: Int64, from start: SimInstant) -> SimInstant? {
        let (length, overflows) = days.multipliedReportingOverflow(by: dayMilliseconds)
        let (sum, exceeds) = start.millisecondsSinceEpoch.addingReportingOverflow(length)
        return overflows || exceeds || sum == Int64.max ? nil : SimInstant(millisecondsSinceEpoch: sum + 1)
    }
}

extension LifecyclePolicy.Rule {
    /// Those of the selected images that the rule would take, oldest first.
    fileprivate func candidates(among images: [LifecycleImage], at now: SimInstant) -> [LifecycleImage] {
        // Equal instants are told apart by digest, so that the answer does not depend on the order of rows.
        let oldestFirst = images.sorted { ($0.pushed, $0.digest) < ($1.pushed, $1.digest) }
        switch selection.count {
        case .moreThan(let kept):
            return oldestFirst.dropLast(Int(clamping: kept)).map { $0 }
        case .days(let days, let event):
            return oldestFirst.filter { image in
                guard let start = event.instant(of: image), let end = LifecyclePolicy.end(of: days, from: start) else { return false }
                return end <= now
            }
        }
    }
}

extension LifecyclePolicy.Event {
    fileprivate func instant(of image: LifecycleImage) -> SimInstant? {
        switch self {
        case .pushed: image.pushed
        case .pulled: image.pulled ?? image.pushed
        case .archived: image.archived
        }
    }
}
