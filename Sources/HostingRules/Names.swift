/// A name or id kept as text, typed so that two kinds of name are never mixed up. Coded as a plain string.
package protocol HostingName: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name as the client wrote it.
    var text: String { get }
    /// Takes the text as it is; the service model has validated it before.
    init(_ text: String)
}

extension HostingName {
    package var description: String { text }

    package init(stringLiteral text: String) { self.init(text) }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// The name of a variant within an endpoint, such as `AllTraffic`.
package struct VariantName: HostingName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The name of an endpoint configuration.
package struct EndpointConfigName: HostingName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The name of a model.
package struct ModelName: HostingName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The name of a CloudWatch alarm, metric or composite.
package struct AlarmName: HostingName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// A simulated machine: `i-` and seventeen hexadecimal digits.
package struct InstanceID: HostingName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The number of a fleet within its endpoint, counted from 1 and never used twice.
package struct FleetID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let number: Int

    package init(_ number: Int) { self.number = number }

    package var description: String { "fleet-\(number)" }

    package static func < (a: FleetID, b: FleetID) -> Bool { a.number < b.number }

    package init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
