package import SimTime

/// A presigned link: good until it expires, and once.
package struct PresignedLink: Equatable, Sendable, Codable {
    // AWS: sdk — spec/studio.md §A11: the links of domains; those of notebook instances are good for five minutes, always.
    package static let domainLifeDefault = SimDuration.seconds(300)
    package static let notebookLife = SimDuration.minutes(5)
    package static let sessionLengthDefault = SimDuration.seconds(43_200)

    package let issuedAt: SimInstant
    package let expiresAt: SimInstant
    /// How long the session lasts that opening the link starts.
    package let sessionLength: SimDuration
    package private(set) var redeemedAt: SimInstant?

    package init(life: SimDuration, sessionLength: SimDuration, at now: SimInstant) {
        issuedAt = now
        expiresAt = now + life
        self.sessionLength = sessionLength
    }

    /// Uses the link up. Answers when the session ends that begins now.
    // AWS: inferred — spec/studio.md §A11: single use is widely assumed and nowhere stated.
    package mutating func redeem(at now: SimInstant) throws(LinkRefusal) -> SimInstant {
        if redeemedAt != nil { throw .used }
        guard now < expiresAt else { throw .expired }
        redeemedAt = now
        return now + sessionLength
    }
}

/// Why a link or a session is not honoured.
package enum LinkRefusal: Error, Equatable, Sendable {
    /// Nobody issued that token, or it was altered.
    case unknown
    case expired
    /// It has been opened before.
    case used
    /// There is no session, or it is over.
    case noSession
}
