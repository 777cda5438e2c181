/// The name and value pairs of a query or a form body, decoded, in the order they were sent.
package struct QueryItems: Sendable, Equatable {
    /// One `name=value`; `value` is nil when there was no `=` (`?uploads`).
    package struct Item: Sendable, Equatable {
        package var name: String
        package var value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    package var items: [Item]

    package init(_ items: [Item] = []) { self.items = items }

    /// Parses what stands between `&`. Answers nil when an escape is malformed or does not make UTF-8.
    /// `plusIsSpace` is how forms and AWS's services read a query.
    package init?(parsing query: Substring, plusIsSpace: Bool = true) {
        items = []
        for pair in query.utf8.split(separator: 0x26) {
            let equals = pair.firstIndex(of: 0x3d)
            let name = PercentCoding.percentDecoded(
                Substring(pair[..<(equals ?? pair.endIndex)]), plusIsSpace: plusIsSpace)
            guard let name else { return nil }
            var value: String?
            if let equals {
                value = PercentCoding.percentDecoded(
                    Substring(pair[pair.index(after: equals)...]), plusIsSpace: plusIsSpace)
                if value == nil { return nil }
            }
            items.append(Item(name: name, value: value))
        }
    }

    /// The first value of `name`: empty when it stands there without `=`, nil when it does not stand there.
    package subscript(name: String) -> String? {
        items.first { $0.name == name }.map { $0.value ?? "" }
    }

    /// Whether `name` occurs, with or without a value.
    package func contains(_ name: String) -> Bool { items.contains { $0.name == name } }
}
