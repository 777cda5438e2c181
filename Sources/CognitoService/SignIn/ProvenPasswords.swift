import Synchronization
import TokenCrypto

/// Passwords that were right a while ago: a test suite signs the same users in again and again, and proving a password takes
/// as long as signing a token.
///
/// What is kept, in memory only, is a hash of verifier and password under a key that ends with the process. It says nothing
/// without the key, and no more than the verifier itself with it. A changed password has another verifier, and so another mark.
final class ProvenPasswords: Sendable {
    private static let marksMax = 1024
    private let key: [UInt8]
    private let marks = Mutex<Set<[UInt8]>>([])

    init(key: [UInt8]) { self.key = key }

    /// Whether `password` is the verifier's: at once when it was proven before.
    func isRight(_ password: String, _ verifier: SRPVerifier, of identity: SRPIdentity) -> Bool {
        // A verifier always has the same length, so where it ends and the password begins is never in doubt.
        let mark = Digesting.hmacSHA256(key: key, verifier.verifier + Array(password.utf8))
        if marks.withLock({ $0.contains(mark) }) { return true }
        guard verifier.matches(password, of: identity) else { return false }
        marks.withLock { marks in
            if marks.count >= Self.marksMax { marks = [] }
            marks.insert(mark)
        }
        return true
    }

    func forget() { marks.withLock { $0 = [] } }
}
