/// A hash that is the same in every process and run, unlike `Hasher`'s. Not for secrets.
package enum StableHash {
    /// FNV-1a of 64 bits.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
