/// Text in which `*` stands for any run of characters, the empty one included, and `?` for exactly one.
/// Compared by Unicode scalars: AWS knows no equivalence of differently composed characters.
struct Wildcards: Equatable, Sendable {
    enum Token: Equatable, Sendable {
        case scalar(Unicode.Scalar)
        case anyOne
        case anyRun

        func covers(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .scalar(let own): own == scalar
            case .anyOne: true
            case .anyRun: false
            }
        }
    }

    private(set) var tokens: [Token] = []

    init() {}

    init(_ text: String) { append(pattern: text) }

    private init(tokens: [Token]) { self.tokens = tokens }

    /// Adds text whose `*` and `?` are wildcards.
    mutating func append(pattern text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "*": tokens.append(.anyRun)
            case "?": tokens.append(.anyOne)
            default: tokens.append(.scalar(scalar))
            }
        }
    }

    /// Adds text in which every character stands for itself.
    mutating func append(literal text: String) {
        tokens.append(contentsOf: text.unicodeScalars.map { .scalar($0) })
    }

    /// Whether the pattern covers all of `text`. Only the last run is ever retried, which is enough because an
    /// earlier one gains nothing by taking more: no pattern of a client can make this worse than quadratic.
    func covers(_ text: [Unicode.Scalar]) -> Bool {
        var (token, position) = (0, 0)
        var retry: (token: Int, position: Int)?
        while position < text.count {
            if token < tokens.count, tokens[token] == .anyRun {
                retry = (token, position)
                token += 1
            } else if token < tokens.count, tokens[token].covers(text[position]) {
                token += 1
                position += 1
            } else if let last = retry {
                retry = (last.token, last.position + 1)
                token = last.token + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyRun }
    }

    func covers(_ text: String) -> Bool { covers(Array(text.unicodeScalars)) }

    /// Whether the pattern covers an ARN: each of the six colon-separated parts by itself, so that a wildcard does not
    /// reach across a colon before the resource. A lone `*` covers everything.
    /// AWS: doc — spec/studio.md §B3; the lone `*` inferred.
    func coversARN(_ text: String) -> Bool {
        if tokens == [.anyRun] { return true }
        let parts = Array(text.unicodeScalars).split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let patterns = tokens.split(separator: .scalar(":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, patterns.count == 6 else { return false }
        return zip(patterns, parts).allSatisfy { Wildcards(tokens: Array($0)).covers(Array($1)) }
    }
}
