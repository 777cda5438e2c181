package import SimTime

/// A six-digit code that was sent to somebody, until it is used or too old.
package struct OneTimeCode: Codable, Sendable, Equatable {
    package enum Purpose: String, Codable, Sendable, CaseIterable {
        case signUp, passwordReset, attributeVerification, signIn

        // AWS: doc — spec/cognito.md §D12.
        package var validity: SimDuration {
            switch self {
            case .signUp, .attributeVerification: .hours(24)
            case .passwordReset: .hours(1)
            case .signIn: .minutes(3)
            }
        }
    }

    package enum Verdict: Sendable, Equatable { case right, wrong, expired }

    package let purpose: Purpose
    package let digits: String
    /// The attribute it proves, e.g. `email`.
    package let attribute: String
    /// What the attribute becomes once the code comes back; nil when it has its value already.
    package let value: String?
    /// The address or number it went to, which alone it proves; nil in data of versions that did not keep it.
    package let sentTo: String?
    package let expires: SimInstant

    package init(
        _ purpose: Purpose, digits: String, attribute: String, value: String? = nil, sentTo: String? = nil,
        sentAt now: SimInstant
    ) {
        self.purpose = purpose
        self.digits = digits
        self.attribute = attribute
        self.value = value
        self.sentTo = sentTo
        expires = now + purpose.validity
    }

    /// Whether the code proves the value that its attribute has now.
    package func proves(_ current: String?) -> Bool { sentTo.map { $0 == current } ?? true }

    /// An expired code is expired, right or wrong.
    package func verdict(on given: String, at now: SimInstant) -> Verdict {
        if now >= expires { return .expired }
        return given == digits ? .right : .wrong
    }
}
