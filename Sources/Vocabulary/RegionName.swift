/// An AWS region's name, such as `us-east-1`. Any name of the right form is a region here.
package struct RegionName: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The region's name in lower case.
    package let name: String

    /// The region of a request that names none.
    package static let fallback = RegionName(unchecked: "us-east-1")

    /// The region under which names that no region owns are kept (IAM, S3 bucket names).
    package static let global = RegionName(unchecked: "global")

    /// Accepts 1–32 characters of `[a-z0-9-]`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        let isName = text.withUTF8 { bytes in
            (1...32).contains(bytes.count)
                && bytes.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
        }
        guard isName else { return nil }
        name = text
    }

    private init(unchecked: String) { name = unchecked }

    package var description: String { name }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let region = RegionName(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a region"))
        }
        self = region
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
