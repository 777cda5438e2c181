/// Where the statements of a policy's text are, as the simulator reports them.
struct StatementSpans: Sendable {
    /// A place between characters; lines and columns count from one.
    struct Position: Equatable, Sendable {
        var line: Int
        var column: Int
    }

    /// In the order of the statements.
    private(set) var spans: [(start: Position, end: Position)] = []

    /// AWS: recorded — a statement begins where the text before it ended: after the list's bracket, or after the brace
    /// of the statement before it; one that stands alone begins after its own brace. All end after their closing brace.
    init(of text: String) {
        var here = Position(line: 1, column: 1)
        var scanner = Scanner()
        var start: Position?
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                here = Position(line: here.line + 1, column: 1)
            } else {
                here.column += 1
            }
            switch scanner.take(scalar) {
            case .begins: start = here
            case .ends:
                if let start { spans.append((start, here)) }
                start = here
            case nil: continue
            }
        }
    }

    /// Follows JSON text that is known to be valid.
    private struct Scanner {
        enum Event { case begins, ends }

        private var depth = 0
        private var isInString = false
        private var isEscaped = false
        /// The last string that was read at the document's own level.
        private var key = ""
        private var isAwaited = false
        /// The depth around the statements while inside of them.
        private var outerDepth: Int?

        mutating func take(_ scalar: Unicode.Scalar) -> Event? {
            if isInString {
                takeInString(scalar)
                return nil
            }
            switch scalar {
            case "\"":
                isInString = true
                key = ""
            case ":": if depth == 1 { isAwaited = key == "Statement" }
            case "{", "[":
                depth += 1
                guard isAwaited else { return nil }
                isAwaited = false
                outerDepth = scalar == "{" ? 1 : 2
                return .begins
            case "}", "]":
                depth -= 1
                if depth < outerDepth ?? 0 { outerDepth = nil }
                if scalar == "}", depth == outerDepth { return .ends }
            default: break
            }
            return nil
        }

        private mutating func takeInString(_ scalar: Unicode.Scalar) {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                isInString = false
            } else if depth == 1 {
                key.unicodeScalars.append(scalar)
            }
        }
    }
}
