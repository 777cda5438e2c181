import AWSModel
import Crypto
import MetricRules
import SimTime

/// One series of an alarm on several, while it is in ALARM. AWS: sdk.
struct AlarmContributor: Codable, Sendable, Equatable {
    /// Sixteen hexadecimal digits: the same attributes always have the same.
    var id: String
    var attributes: [AlarmRecord.Dimension]
    var stateReason: String
    var stateTransitioned: SimInstant

    init(attributes: [AlarmRecord.Dimension], stateReason: String, stateTransitioned: SimInstant) {
        id = Self.id(of: attributes)
        self.attributes = attributes
        self.stateReason = stateReason
        self.stateTransitioned = stateTransitioned
    }

    static func id(of attributes: [AlarmRecord.Dimension]) -> String {
        let text = attributes.map { "\($0.name)\u{1f}\($0.value)" }.joined(separator: "\u{1e}")
        return SHA256.hash(data: Array(text.utf8)).prefix(8).map { byte in
            byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }.joined()
    }

    /// `{"Endpoint":"blue"}`
    var attributesJSON: String { JSONText.object(attributes.map { ($0.name, JSONText.string($0.value)) }) }

    static func shown(_ attributes: [AlarmRecord.Dimension]) -> AWSValue {
        var shown = AWSObject()
        for attribute in attributes { shown[attribute.name] = .string(attribute.value) }
        return .object(shown)
    }
}

/// A contributor has gone to ALARM or to OK.
struct ContributorChange: Sendable {
    /// As it is now.
    var contributor: AlarmContributor
    var state: AlarmState
    var prior: PriorState
}
