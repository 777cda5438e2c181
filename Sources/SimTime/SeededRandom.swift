/// A reproducible source of chance (SplitMix64): the same seed gives the same draws on every platform.
package struct SeededRandom: RandomNumberGenerator, Equatable, Sendable, Codable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number in 0 ..< 1 with 53 random bits.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1.0p-53
    }

    /// An independent generator, for a part of the simulation that must not disturb the draws of another.
    package mutating func split() -> SeededRandom { SeededRandom(seed: next()) }
}
