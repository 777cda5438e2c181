import HostingRules
import Synchronization

/// How many requests each machine of an endpoint is busy with: what LEAST_OUTSTANDING_REQUESTS chooses by. It outlives the
/// published endpoint, since requests under way do.
final class OutstandingRequests: Sendable {
    private let counts = Mutex<[InstanceID: Int]>([:])

    func begin(_ instance: InstanceID) { counts.withLock { $0[instance, default: 0] += 1 } }

    func end(_ instance: InstanceID) {
        counts.withLock { counts in
            guard let count = counts[instance] else { return }
            counts[instance] = count > 1 ? count - 1 : nil
        }
    }

    /// Hands over the counts as they are now, for one choice.
    func choosing<Result>(_ choose: ((InstanceID) -> Int) -> Result) -> Result {
        let counts = counts.withLock { $0 }
        return choose { counts[$0] ?? 0 }
    }
}
