/// A 12-digit AWS account number.
package struct AccountID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The twelve digits.
    package let digits: String

    /// The account of a caller that nothing else identifies.
    package static let fallback = AccountID(unchecked: "123456789012")

    /// Reads twelve ASCII digits; nil for anything else.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        let isID = text.withUTF8 { $0.count == 12 && $0.allSatisfy { (0x30...0x39).contains($0) } }
        guard isID else { return nil }
        digits = text
    }

    private init(unchecked: String) { digits = unchecked }

    package var description: String { digits }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = AccountID(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not an account id"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(digits)
    }
}
