/// Seeds for what must differ from endpoint to endpoint, yet repeat from run to run.
enum Seed {
    /// `base` mixed with a name.
    static func mixed(_ base: UInt64, _ name: String) -> UInt64 { hash(name.utf8) ^ base }

    /// FNV-1a: the same bytes give the same number in every process.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
