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

    /// Why the token may not be used; nil when it may. A rotated token that comes back after its grace period
    /// has been stolen or replayed.
    package func rejection(of token: String, at now: SimInstant) -> Rejection? {
        if isRevoked { return .revoked }
        if now >= expires { return .expired }
        if token == current { return nil }
        guard let graceEnd = retired[token] else { return .unknown }
        return now >= graceEnd ? .reused : nil
    }

    /// Puts `next` in the place of `token`, which is still taken for the grace period.
    package mutating func rotate(_ token: String, to next: String, graceSeconds: Int64, at now: SimInstant) {
        if retired[token] == nil { retired[token] = now + .seconds(graceSeconds) }
        if current != token, retired[current] == nil { retired[current] = now + .seconds(graceSeconds) }
        current = next
    }

    package mutating func revoke() { isRevoked = true }
}
