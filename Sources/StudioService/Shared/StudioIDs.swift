import SimTime
import Synchronization

/// Draws the ids of new resources.
final class StudioIDs: Sendable {
    private let random: Mutex<SeededRandom>

    /// The same seed draws the same ids in the same order.
    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    // AWS: documented form — spec/studio.md §A2.
    func domain() -> String { "d-" + draw(12, from: "abcdefghijklmnopqrstuvwxyz0123456789") }

    func fileSystem() -> String { "fs-" + draw(17, from: "0123456789abcdef") }

    func securityGroup() -> String { "sg-" + draw(17, from: "0123456789abcdef") }

    func networkInterface() -> String { "eni-" + draw(17, from: "0123456789abcdef") }

    /// What Identity Center calls the application of an SSO domain.
    func application() -> String { draw(16, from: "0123456789abcdef") }

    private func draw(_ count: Int, from letters: String) -> String {
        let letters = Array(letters)
        return random.withLock { random in
            String((0..<count).map { _ in letters[Int(random.next() % UInt64(letters.count))] })
        }
    }
}
