import SimTime
import Synchronization

/// Makes request ids in the form of a version 4 UUID, without a lock: an atomic counter run through a mixer.
package final class RequestIDSource: Sendable {
    private let counter: Atomic<UInt64>

    /// The same seed makes the same ids in the same order.
    package init(seed: UInt64 = .random(in: 0 ... .max)) { counter = Atomic(seed) }

    package func next() -> String {
        let position = counter.wrappingAdd(2, ordering: .relaxed).newValue
        var random = SeededRandom(seed: position &* 0x9e37_79b9_7f4a_7c15)
        let high = (random.next() & 0xffff_ffff_ffff_0fff) | 0x4000
        let low = (random.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            for position in 0..<32 {
                if position == 8 || position == 12 || position == 16 || position == 20 {
                    buffer[index] = UInt8(ascii: "-")
                    index += 1
                }
                let word = position < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - (position % 16) * 4)) & 15
                buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
                index += 1
            }
            return 36
        }
    }
}
