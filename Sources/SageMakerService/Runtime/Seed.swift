import SimTime
import Vocabulary

/// Seeds for what must differ from endpoint to endpoint, yet repeat from run to run.
enum Seed {
    /// `base` mixed with a name.
    static func mixed(_ base: UInt64, _ name: String) -> UInt64 { StableHash.of(name.utf8) ^ base }

    /// A version 4 UUID of that chance.
    static func uuid(_ random: inout SeededRandom) -> String {
        let high = random.next() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = random.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        func digits(_ word: UInt64, _ count: Int, shiftedBy shift: UInt64) -> String {
            let text = String(word >> shift & (1 << UInt64(count * 4) - 1), radix: 16)
            return String(repeating: "0", count: count - text.utf8.count) + text
        }
        return [
            digits(high, 8, shiftedBy: 32), digits(high, 4, shiftedBy: 16), digits(high, 4, shiftedBy: 0),
            digits(low, 4, shiftedBy: 48), digits(low, 12, shiftedBy: 0),
        ].joined(separator: "-")
    }
}
