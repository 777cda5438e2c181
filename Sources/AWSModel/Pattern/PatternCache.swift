import Synchronization

/// The patterns compiled so far: each is compiled at its first use.
enum PatternCache {
    private static let programs = Mutex<[String: PatternProgram?]>([:])

    /// The program of `pattern`; nil when its syntax is not read, in which case every value matches.
    static func program(for pattern: String) -> PatternProgram? {
        programs.withLock { programs in
            if let known = programs[pattern] { return known }
            let program = PatternProgram(pattern)
            programs[pattern] = .some(program)
            return program
        }
    }
}
