/// A value of a policy with its variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`,
/// `${$}` for the characters themselves.
/// AWS: doc — IAM policy elements, variables and tags.
struct PolicyPattern: Equatable, Sendable {
    private enum Part: Equatable, Sendable {
        case written(String)
        case escaped(String)
        case variable(key: String, fallback: String?)
    }

    let source: String
    private let parts: [Part]
    /// The pattern when it has no variable, made once.
    private let fixed: Wildcards?

    /// - Parameter hasVariables: false where variables are plain text: in old documents, and for operators that do not
    ///   compare texts.
    init(_ source: String, hasVariables: Bool) {
        self.source = source
        parts = hasVariables ? Self.parts(of: source) : [.written(source)]
        let isFixed = !parts.contains { if case .variable = $0 { true } else { false } }
        fixed = isFixed ? Self.wildcards(parts) { _ in nil } : nil
    }

    /// The keys of all variables, in order of appearance.
    var variables: [String] {
        parts.compactMap { if case .variable(let key, _) = $0 { key } else { nil } }
    }

    /// The pattern for a request; nil when a variable has neither value nor default: such a pattern matches nothing.
    /// What a variable brings in is plain text: a user called `*` gets no wildcard.
    func wildcards(in context: ConditionContext) -> Wildcards? {
        fixed ?? Self.wildcards(parts, context.onlyValue)
    }

    /// The same for operators without wildcards, where `*` and `?` always stand for themselves.
    func text(in context: ConditionContext) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .written(let own), .escaped(let own): text += own
            case .variable(let key, let fallback):
                guard let value = context.onlyValue(of: key) ?? fallback else { return nil }
                text += value
            }
        }
        return text
    }

    private static func wildcards(_ parts: [Part], _ value: (String) -> String?) -> Wildcards? {
        var wildcards = Wildcards()
        for part in parts {
            switch part {
            case .written(let text): wildcards.append(pattern: text)
            case .escaped(let text): wildcards.append(literal: text)
            case .variable(let key, let fallback):
                guard let text = value(key) ?? fallback else { return nil }
                wildcards.append(literal: text)
            }
        }
        return wildcards
    }

    private static func parts(of source: String) -> [Part] {
        var parts: [Part] = []
        var rest = source.unicodeScalars[...]
        var written = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            guard scalar == "$", rest.first == "{", let end = rest.firstIndex(of: "}") else {
                written.append(scalar)
                continue
            }
            if !written.isEmpty { parts.append(.written(String(written))) }
            written = String.UnicodeScalarView()
            parts.append(part(inside: String(rest[rest.index(after: rest.startIndex)..<end])))
            rest = rest[rest.index(after: end)...]
        }
        if !written.isEmpty { parts.append(.written(String(written))) }
        return parts
    }

    /// What stands between the braces: a character, a key, or a key with a default in single quotes.
    private static func part(inside text: String) -> Part {
        if ["*", "?", "$"].contains(text) { return .escaped(text) }
        let halves = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        let key = trimmed(halves[0])
        guard halves.count == 2 else { return .variable(key: key, fallback: nil) }
        let quoted = trimmed(halves[1])
        guard quoted.utf8.count >= 2, quoted.hasPrefix("'"), quoted.hasSuffix("'")
        else { return .variable(key: key, fallback: nil) }
        return .variable(key: key, fallback: String(quoted.dropFirst().dropLast()))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
