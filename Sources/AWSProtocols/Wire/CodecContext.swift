import AWSModel
import SimTime

/// What every codec needs beside the bytes: the shapes, and how far shown time lags.
struct CodecContext: Sendable {
    let model: ServiceModel
    let clockShift: ClockShift

    /// The one place where a client's timestamp becomes simulated time (DESIGN §3).
    func read(_ shown: SimInstant) -> AWSValue { .timestamp(clockShift.read(shown)) }

    /// The one place where simulated time becomes what a client sees.
    func shown(_ instant: SimInstant) -> SimInstant { clockShift.shown(instant) }
}

/// Collects the entries of a structure or map in wire order; a repeated key replaces the earlier value in its place.
struct ObjectBuilder {
    private var entries: [(key: String, value: AWSValue)] = []
    /// Made only for large maps, where looking through the entries would be quadratic.
    private var positions: [String: Int] = [:]
    private static let linearLimit = 16

    mutating func append(_ key: String, _ value: AWSValue) {
        if entries.count >= ObjectBuilder.linearLimit { index(); positions[key] = entries.count }
        entries.append((key, value))
    }

    mutating func set(_ key: String, _ value: AWSValue) {
        let position: Int?
        if entries.count >= ObjectBuilder.linearLimit {
            index()
            position = positions[key]
        } else {
            position = entries.firstIndex { $0.key == key }
        }
        if let position { entries[position].value = value } else { append(key, value) }
    }

    private mutating func index() {
        guard positions.isEmpty else { return }
        for (position, entry) in entries.enumerated() { positions[entry.key] = position }
    }

    func finish() -> AWSObject {
        var object = AWSObject()
        for entry in entries { object.append(entry.key, entry.value) }
        return object
    }
}
