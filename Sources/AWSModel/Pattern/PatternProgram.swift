/// A pattern compiled for matching whole values.
///
/// Swift's `Regex` would do, but it is neither Sendable nor fast for these short inputs, and it backtracks without
/// bound. This machine remembers every (instruction, position) it has tried, so its work is bounded by their number.
package struct PatternProgram: Sendable {
    private var instructions: [Instruction] = []
    private var sets: [ScalarSet] = []

    private enum Instruction: Sendable {
        /// One scalar of the set.
        case one(Int)
        /// Between `minimum` and `maximum` scalars of the set.
        case span(Int, minimum: Int, maximum: Int)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case wordBoundary
        case behind(Int, isNegated: Bool)
        /// The instructions up to `resume` are looked ahead with.
        case ahead(resume: Int, isNegated: Bool)
        /// The end of a looked-ahead part.
        case found
        /// The end of the pattern: a match when the value ends here too.
        case match
    }

    /// Compiles `pattern`, a Java regular expression; nil when it uses syntax that is not read.
    package init?(_ pattern: String) {
        guard let syntax = try? PatternParser.parse(pattern), emit(syntax) else { return nil }
        instructions.append(.match)
    }

    /// The length of the program, for tests.
    package var instructionCount: Int { instructions.count }

    // MARK: Compiling

    /// False when the program would be too long to be worth having.
    private mutating func emit(_ syntax: PatternSyntax) -> Bool {
        guard instructions.count < 20_000 else { return false }
        switch syntax {
        case .empty: break
        case .set(let set): instructions.append(.one(index(of: set)))
        case .sequence(let items): for item in items { guard emit(item) else { return false } }
        case .choice(let branches): return emitChoice(branches)
        case .repetition(let item, let minimum, let maximum): return emitRepetition(item, minimum, maximum)
        case .start: instructions.append(.start)
        case .end: instructions.append(.end)
        case .wordBoundary: instructions.append(.wordBoundary)
        case .lookbehind(let set, let isNegated): instructions.append(.behind(index(of: set), isNegated: isNegated))
        case .lookahead(let inner, let isNegated):
            let place = instructions.count
            instructions.append(.ahead(resume: 0, isNegated: isNegated))
            guard emit(inner) else { return false }
            instructions.append(.found)
            instructions[place] = .ahead(resume: instructions.count, isNegated: isNegated)
        }
        return true
    }

    private mutating func index(of set: ScalarSet) -> Int {
        let compiled = set.compiled
        if let known = sets.firstIndex(of: compiled) { return known }
        sets.append(compiled)
        return sets.count - 1
    }

    private mutating func emitChoice(_ branches: [PatternSyntax]) -> Bool {
        var jumps: [Int] = []
        for (number, branch) in branches.enumerated() {
            let isLast = number == branches.count - 1
            let split = instructions.count
            if !isLast { instructions.append(.split(split + 1, 0)) }
            guard emit(branch) else { return false }
            if !isLast {
                jumps.append(instructions.count)
                instructions.append(.jump(0))
                instructions[split] = .split(split + 1, instructions.count)
            }
        }
        for place in jumps { instructions[place] = .jump(instructions.count) }
        return true
    }

    private mutating func emitRepetition(_ item: PatternSyntax, _ minimum: Int, _ maximum: Int?) -> Bool {
        if case .set(let set) = item {
            instructions.append(.span(index(of: set), minimum: minimum, maximum: maximum ?? .max))
            return true
        }
        // Repeating what matches nothing changes nothing.
        if item.isZeroWidth { return minimum == 0 || emit(item) }
        for _ in 0..<minimum { guard emit(item) else { return false } }
        if let maximum {
            var splits: [Int] = []
            for _ in minimum..<maximum {
                splits.append(instructions.count)
                instructions.append(.split(instructions.count + 1, 0))
                guard emit(item) else { return false }
            }
            for place in splits { instructions[place] = .split(place + 1, instructions.count) }
        } else {
            let loop = instructions.count
            instructions.append(.split(loop + 1, 0))
            guard emit(item) else { return false }
            instructions.append(.jump(loop))
            instructions[loop] = .split(loop + 1, instructions.count)
        }
        return true
    }

    // MARK: Matching

    /// Whether the whole of `value` matches. Values beyond 65,536 scalars are taken to match: they break their
    /// length limit, which is reported.
    package func matches(_ value: String) -> Bool {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(value.utf8.count)
        for scalar in value.unicodeScalars { scalars.append(scalar.value) }
        guard scalars.count <= 65_536 else { return true }
        return scalars.withUnsafeBufferPointer { run(from: 0, at: 0, in: $0) }
    }

    private func isWord(_ input: UnsafeBufferPointer<UInt32>, _ position: Int) -> Bool {
        input.indices.contains(position) && ScalarSet.word.contains(input[position])
    }

    /// Runs from `start` until `match` or `found`.
    private func run(from start: Int, at origin: Int, in input: UnsafeBufferPointer<UInt32>) -> Bool {
        let columns = input.count + 1
        // Beyond this much memory (a long value and a long pattern) the value is given the benefit of the doubt.
        guard instructions.count * columns <= 1 << 28 else { return true }
        var tried = [UInt64](repeating: 0, count: (instructions.count * columns + 63) / 64)
        var pending: [(instruction: Int, position: Int)] = [(start, origin)]
        while let (first, firstPosition) = pending.popLast() {
            var pc = first
            var position = firstPosition
            thread: while true {
                let state = pc * columns + position
                if tried[state >> 6] >> UInt64(state & 63) & 1 == 1 { break }
                tried[state >> 6] |= 1 << UInt64(state & 63)
                switch instructions[pc] {
                case .one(let set):
                    guard position < input.count, sets[set].contains(input[position]) else { break thread }
                    position += 1
                    pc += 1
                case .span(let set, let minimum, let maximum):
                    let end = spanEnd(sets[set], from: position, maximum: maximum, in: input)
                    guard end - position >= minimum else { break thread }
                    pushShorter(than: end, from: position + minimum, after: pc, in: input, onto: &pending)
                    position = end
                    pc += 1
                case .split(let preferred, let other):
                    pending.append((other, position))
                    pc = preferred
                case .jump(let target): pc = target
                case .start:
                    guard position == 0 else { break thread }
                    pc += 1
                case .end:
                    guard isAtEnd(position, of: input) else { break thread }
                    pc += 1
                case .wordBoundary:
                    guard isWord(input, position - 1) != isWord(input, position) else { break thread }
                    pc += 1
                case .behind(let set, let isNegated):
                    let isBehind = position > 0 && sets[set].contains(input[position - 1])
                    guard isBehind != isNegated else { break thread }
                    pc += 1
                case .ahead(let resume, let isNegated):
                    guard run(from: pc + 1, at: position, in: input) != isNegated else { break thread }
                    pc = resume
                case .found: return true
                case .match:
                    guard position == input.count else { break thread }
                    return true
                }
            }
        }
        return false
    }

    private func spanEnd(
        _ set: ScalarSet, from position: Int, maximum: Int, in input: UnsafeBufferPointer<UInt32>
    ) -> Int {
        let limit = maximum < input.count - position ? position + maximum : input.count
        var end = position
        while end < limit, set.contains(input[end]) { end += 1 }
        return end
    }

    /// Leaves the shorter runs of a span to be tried, nearest first, except those that cannot go on.
    private func pushShorter(
        than end: Int, from shortest: Int, after pc: Int, in input: UnsafeBufferPointer<UInt32>,
        onto pending: inout [(instruction: Int, position: Int)]
    ) {
        guard shortest < end else { return }
        switch instructions[pc + 1] {
        case .match: break
        case .one(let set):
            for position in shortest..<end where sets[set].contains(input[position]) {
                pending.append((pc + 1, position))
            }
        default:
            for position in shortest..<end { pending.append((pc + 1, position)) }
        }
    }

    /// Java's `$`: the end, or before a final line terminator.
    private func isAtEnd(_ position: Int, of input: UnsafeBufferPointer<UInt32>) -> Bool {
        if position == input.count { return true }
        if position == input.count - 1 { return ScalarSet.lineTerminator.contains(input[position]) }
        return position == input.count - 2 && input[position] == 0x0d && input[position + 1] == 0x0a
    }
}
