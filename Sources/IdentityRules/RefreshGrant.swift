package import SimTime

/// What stands behind the refresh tokens of one sign-in: one token, or a chain of rotated ones. Tokens are known by
/// their hashes only.
package struct RefreshGrant: Codable, Sendable, Equatable {
    /// The hash of the token that is good now.
    package private(set) var current: String
    /// Hashes of rotated tokens, with the instant until which they are still taken.
    package private(set) var retired: [String: SimInstant] = [:]
    package private(set) var isRevoked = false
    package let expires: SimInstant

    package init(token: String, expires: SimInstant) {
        current = token
        self.expires = expires
    }

    package enum Rejection: Error, Equatable, Sendable { case unknown, revoked, expired, reused }

    /// Throws `Rejection` unless the token may be used. A rotated token that comes back after its grace period
    /// has been stolen or replayed.
    package func check(_ token: String, at now: SimInstant) throws(Rejection) {
        if isRevoked { throw .revoked }
        if now >= expires { throw .expired }
        if token == current { return }
        guard let graceEnd = retired[token] else { throw .unknown }
        if now >= graceEnd { throw .reused }
    }

    /// Puts `next` in the place of `token`, which is still taken for the grace period.
    package mutating func rotate(_ token: String, to next: String, graceSeconds: Int64, at now: SimInstant) {
        if retired[token] == nil { retired[token] = now + .seconds(graceSeconds) }
        if current != token, retired[current] == nil { retired[current] = now + .seconds(graceSeconds) }
        current = next
    }

    package mutating func revoke() { isRevoked = true }
}
