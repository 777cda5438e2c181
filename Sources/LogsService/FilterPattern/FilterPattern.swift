import AWSModel
import AWSProtocols

/// A filter pattern: terms of plain text, or conditions on JSON.
// AWS: doc — "Filter pattern syntax for metric filters, subscription filters, filter log events". Terms are matched as
// parts of the text, with regard to case (inferred from examples).
enum FilterPattern: Sendable, Equatable {
    case all
    case terms(Terms)
    case json(JSONCondition)

    struct Terms: Sendable, Equatable {
        var required: [String] = []
        var excluded: [String] = []
        /// `?term`: one of them. AWS: doc — ignored beside required and excluded terms.
        var optional: [String] = []
    }

    /// Throws InvalidParameterException for what is not a pattern, and a named fault for forms that are not emulated.
    static func read(_ text: String) throws -> FilterPattern {
        let trimmed = text.trimmingSpaces
        guard let first = trimmed.first else { return .all }
        switch first {
        case "{":
            var parser = JSONConditionParser(trimmed)
            return .json(try parser.parse())
        case "[": throw AWSFault.notEmulated(member: "filterPattern (space-delimited [...])", of: "FilterLogEvents")
        default: return .terms(try terms(trimmed))
        }
    }

    func matches(_ message: String) -> Bool {
        switch self {
        case .all: return true
        case .terms(let terms):
            if terms.excluded.contains(where: { message.contains($0) }) { return false }
            if !terms.required.isEmpty { return terms.required.allSatisfy { message.contains($0) } }
            guard terms.excluded.isEmpty, !terms.optional.isEmpty else { return true }
            return terms.optional.contains { message.contains($0) }
        case .json(let condition):
            guard message.first(where: { !$0.isWhitespace }) == "{", let value = try? JSON.parse(Array(message.utf8))
            else { return false }
            return condition.holds(in: value)
        }
    }

    private static func terms(_ text: String) throws -> Terms {
        var terms = Terms()
        var rest = text[...]
        while let first = rest.first {
            if first == " " || first == "\t" {
                rest.removeFirst()
                continue
            }
            let sign = first == "?" || first == "-" ? rest.removeFirst() : nil
            let term: String
            if rest.first == "\"" {
                term = try quoted(&rest)
            } else {
                let word = rest.prefix { $0 != " " && $0 != "\t" }
                rest = rest[word.endIndex...]
                term = String(word)
                if term.hasPrefix("%") { throw AWSFault.notEmulated(member: "filterPattern (%regular expression%)", of: "FilterLogEvents") }
                // AWS: doc — terms of other than letters, digits and underscores must be quoted.
                guard !term.isEmpty, !term.contains(where: { "\"{}[]()&|<>=!,".contains($0) }) else { throw invalid }
            }
            switch sign {
            case "?"?: terms.optional.append(term)
            case "-"?: terms.excluded.append(term)
            default: terms.required.append(term)
            }
        }
        return terms
    }

    /// Takes a text in quotes off the front; a backslash keeps the next character as it is.
    static func quoted(_ rest: inout Substring) throws -> String {
        rest.removeFirst()
        var text = ""
        while let next = rest.popFirst() {
            switch next {
            case "\"": return text
            case "\\": if let escaped = rest.popFirst() { text.append(escaped) }
            default: text.append(next)
            }
        }
        throw invalid
    }

    static let invalid = LogsFault.invalid("Invalid filter pattern")
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
