import HTTPServer

/// A compiled URI template such as `/{Bucket}/{Key+}?uploads`.
struct RESTTemplate: Sendable {
    enum Segment: Sendable, Equatable {
        case literal(String)
        case label(String)
        /// Takes the rest of the path, slashes included; only ever the last segment.
        case greedy(String)
    }

    let segments: [Segment]
    /// `/invocations` of `/endpoints/{EndpointName}/invocations`: what a path must end in to be looked at more closely.
    private let literalEnd: String?
    /// What the query must contain: a name, and a value where the template gives one.
    let query: [(name: String, value: String?)]

    init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        segments = parts[0].split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("+") ? .greedy(String(name.dropLast())) : .label(String(name))
        }
        literalEnd = if case .literal(let text)? = segments.last { "/" + text } else { nil }
        let items = parts.count > 1 ? QueryItems(parsing: parts[1])?.items ?? [] : []
        query = items.filter { $0.name != "x-id" }.map { ($0.name, $0.value) }
    }

    var literalCount: Int { segments.count { if case .literal = $0 { true } else { false } } }

    /// The labels of `path`, still percent-encoded, or nil when it has another form. `path` begins with a slash; a slash
    /// after a last plain label is insignificant, every slash within a greedy label is kept.
    func labels(of path: Substring) -> [(name: String, raw: Substring)]? {
        // Of a service's routes nearly all end here.
        if let literalEnd, !path.ends(with: literalEnd), path.utf8.last != 0x2f { return nil }
        var rest = path[path.utf8.index(after: path.startIndex)...]
        var labels: [(name: String, raw: Substring)] = []
        for (index, segment) in segments.enumerated() {
            if case .greedy(let name) = segment {
                guard !rest.isEmpty else { return nil }
                labels.append((name, rest))
                return labels
            }
            let end = rest.utf8.firstIndex(of: 0x2f) ?? rest.endIndex
            let part = rest[..<end]
            guard !part.isEmpty else { return nil }
            switch segment {
            case .literal(let text): guard part.isIdentical(to: text) else { return nil }
            case .label(let name), .greedy(let name): labels.append((name, part))
            }
            let isLast = index == segments.count - 1
            if !isLast, end == rest.endIndex { return nil }
            rest = end == rest.endIndex ? rest[end...] : rest[rest.utf8.index(after: end)...]
        }
        return rest.isEmpty ? labels : nil
    }

    /// Whether the request's query has every part the template fixes.
    func accepts(_ items: QueryItems) -> Bool {
        query.allSatisfy { fixed in
            items.items.contains { $0.name == fixed.name && (fixed.value == nil || $0.value == fixed.value) }
        }
    }
}
