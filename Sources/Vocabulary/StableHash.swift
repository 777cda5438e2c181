/// A hash that is the same in every process and run, unlike `Hasher`'s. Not for secrets.
package enum StableHash {
    /// FNV-1a of 64 bits.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(into: offset) { hash, byte in hash = (hash ^ UInt64(byte)) &* prime }
    }

    /// The same for runs of a body: the synthetic model hashes whole bodies, and a generic loop is not specialised across
    /// modules, which costs a call a byte.
    package static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBufferPointer { bytes in
            var hash = offset
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
            return hash
        }
    }

    private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3
}
