/// A search expression: `{Namespace,Dimension,…} terms`. AWS: doc — spec/cloudwatch.md §5, SEARCH terms.
package struct MetricSearch: Hashable, Sendable {
    /// A condition on a metric.
    indirect enum Condition: Hashable, Sendable {
        case all([Condition])
        case any([Condition])
        case not(Condition)
        case term(Term)
    }

    /// A text to find: in one property, or in any.
    struct Term: Hashable, Sendable {
        /// `MetricName`, `Namespace` or a dimension's name.
        let property: String?
        let text: String
        /// Quoted texts equal the whole property; others match by tokens.
        let isExact: Bool
    }

    /// The namespace, and the exact set of dimension names in the order given; nil searches everywhere.
    let schema: (namespace: String, dimensions: [String])?
    let condition: Condition

    package static func == (a: MetricSearch, b: MetricSearch) -> Bool {
        a.condition == b.condition && a.schema?.namespace == b.schema?.namespace
            && a.schema?.dimensions == b.schema?.dimensions
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(condition)
        hasher.combine(schema?.namespace)
        hasher.combine(schema?.dimensions)
    }

    // AWS: doc — spec/cloudwatch.md §5.
    package static let lengthMax = 1024
    package static let seriesMax = 500

    /// Throws `MathFault.malformedSearch`.
    package init(parsing text: String) throws {
        guard text.utf8.count <= Self.lengthMax else {
            throw MathFault.malformedSearch("more than \(Self.lengthMax) characters")
        }
        var parser = try SearchParser(text)
        schema = try parser.schema()
        condition = try parser.conditions()
    }

    package func matches(_ metric: MetricIdentity) -> Bool {
        if let schema {
            guard metric.namespace == schema.namespace, metric.dimensions.count == schema.dimensions.count,
                  Set(metric.dimensions.map(\.name)) == Set(schema.dimensions)
            else { return false }
        }
        return Self.holds(condition, of: metric)
    }

    /// What tells a found metric from the others: the values of its dimensions and its name. AWS: inferred.
    package func label(of metric: MetricIdentity) -> String {
        let order = schema?.dimensions ?? metric.dimensions.map(\.name)
        let values = order.compactMap { name in metric.dimensions.first { $0.name == name }?.value }
        return (values + [metric.name]).joined(separator: " ")
    }

    private static func holds(_ condition: Condition, of metric: MetricIdentity) -> Bool {
        switch condition {
        case .all(let conditions): conditions.allSatisfy { holds($0, of: metric) }
        case .any(let conditions): conditions.contains { holds($0, of: metric) }
        case .not(let condition): !holds(condition, of: metric)
        case .term(let term): holds(term, of: metric)
        }
    }

    private static func holds(_ term: Term, of metric: MetricIdentity) -> Bool {
        let properties: [String] = switch term.property {
        case "MetricName"?: [metric.name]
        case "Namespace"?: [metric.namespace]
        case let name?: metric.dimensions.filter { $0.name == name }.map(\.value)
        case nil: [metric.namespace, metric.name] + metric.dimensions.flatMap { [$0.name, $0.value] }
        }
        if term.isExact { return properties.contains(term.text) }
        let found = Set(properties.flatMap(tokens))
        let wanted = tokens(of: term.text)
        return !wanted.isEmpty && wanted.allSatisfy(found.contains)
    }

    /// The words of a property in lower case: cut at punctuation, around numbers and where the case changes, so that
    /// `HTTPCode5XX` is `http code 5 xx`.
    static func tokens(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        func kind(_ index: Int) -> Int {
            let byte = bytes[index]
            if byte.isUpper { return 1 }
            if byte.isLower || byte >= 0x80 { return 2 }
            return byte.isDigit ? 3 : 0
        }
        var tokens: [String] = []
        var current: [UInt8] = []
        for index in bytes.indices {
            let here = kind(index), before = index > 0 ? kind(index - 1) : 0
            let isLastCapital = here == 1 && before == 1 && index + 1 < bytes.count && kind(index + 1) == 2
            let isBoundary = here != before && !(before == 1 && here == 2) || isLastCapital
            if isBoundary, !current.isEmpty {
                tokens.append(String(decoding: current, as: UTF8.self).lowercased())
                current = []
            }
            if here != 0 { current.append(bytes[index]) }
        }
        if !current.isEmpty { tokens.append(String(decoding: current, as: UTF8.self).lowercased()) }
        return tokens
    }
}
