#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The system's secure random numbers, thirty-two at a time: the standard library's generator makes a system call for each,
/// and a refresh token has a hundred.
package struct PooledRandom: RandomNumberGenerator, Sendable {
    /// As many bytes as getentropy gives in one call.
    private static let wordsMax = 256 / 8
    private var pool: [UInt64] = []

    package init() {}

    package mutating func next() -> UInt64 {
        if pool.isEmpty { refill() }
        // No number is handed out twice, and none stays behind in the pool.
        return pool.removeLast()
    }

    private mutating func refill() {
        var words = [UInt64](repeating: 0, count: Self.wordsMax)
        let result = words.withUnsafeMutableBytes { getentropy($0.baseAddress!, $0.count) }
        precondition(result == 0, "the system has random numbers")
        pool = words
    }
}
