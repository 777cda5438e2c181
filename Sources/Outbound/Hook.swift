/// Something of the user's that answers an event: an address that takes it by POST, or a command that reads it from its
/// standard input and writes its answer to its standard output. In YAML a string, or a list of words.
package enum Hook: Sendable, Hashable, Codable {
    case address(HTTPURL)
    /// The program and its arguments; never read by a shell.
    case command([String])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let words = try? container.decode([String].self) {
            guard let program = words.first, !program.isEmpty, words.count <= 64 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "A command is a list of at most 64 words, the program first.")
            }
            self = .command(words)
        } else {
            self = .address(try container.decode(HTTPURL.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .address(let url): try container.encode(url)
        case .command(let words): try container.encode(words)
        }
    }
}

/// Why a hook gave no answer, in sentences for people.
package enum HookProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case notReachable(String)
    case timedOut(seconds: Double)
    /// It ended with an error of its own: what it said, at most a few hundred bytes.
    case failed(String)

    package var description: String {
        switch self {
        case .notReachable(let why): why
        case .timedOut(let seconds): "the hook did not answer within \(seconds) seconds"
        case .failed(let said): said.isEmpty ? "the hook failed" : "the hook failed: \(said)"
        }
    }
}
