/// Seeds for what must differ from endpoint to endpoint, yet repeat from run to run.
enum Seed {
    /// `base` mixed with a name (FNV-1a).
    static func mixed(_ base: UInt64, _ name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash ^ base
    }
}
