/// A pattern, parsed. AWS's patterns are Java regular expressions; this is the part of Java's syntax that the
/// models use.
indirect enum PatternSyntax: Equatable {
    case empty
    case set(ScalarSet)
    case sequence([PatternSyntax])
    case choice([PatternSyntax])
    /// `maximum` nil means without limit. Greed does not matter: a value must match as a whole.
    case repetition(PatternSyntax, minimum: Int, maximum: Int?)
    case start
    case end
    case wordBoundary
    case lookahead(PatternSyntax, isNegated: Bool)
    /// The scalar before, and only that, is looked at.
    case lookbehind(ScalarSet, isNegated: Bool)

    /// True when the syntax can only match nothing, wherever it matches.
    var isZeroWidth: Bool {
        switch self {
        case .empty, .start, .end, .wordBoundary, .lookahead, .lookbehind: true
        case .set: false
        case .sequence(let items), .choice(let items): items.allSatisfy(\.isZeroWidth)
        case .repetition(let item, _, let maximum): maximum == 0 || item.isZeroWidth
        }
    }
}

/// A pattern that uses syntax we do not read. The models' patterns are tested to have none.
struct PatternDefect: Error, Equatable {
    var reason: String
    var offset: Int
}

/// Parses a Java regular expression.
struct PatternParser {
    private let text: [UInt32]
    private var position = 0
    private var depth = 0
    private var dotMatchesAll = false

    private init(_ pattern: String) { text = pattern.unicodeScalars.map(\.value) }

    static func parse(_ pattern: String) throws(PatternDefect) -> PatternSyntax {
        var parser = PatternParser(pattern)
        let syntax = try parser.choice()
        guard parser.position == parser.text.count else { throw parser.defect("unexpected )") }
        return syntax
    }

    private func defect(_ reason: String) -> PatternDefect { PatternDefect(reason: reason, offset: position) }

    private var next: UInt32? { position < text.count ? text[position] : nil }

    private func at(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard position + count <= text.count else { return false }
        return (0..<count).allSatisfy { text[position + $0] == UInt32(literal.utf8Start[$0]) }
    }

    /// Steps over `literal` when it comes next.
    private mutating func skip(_ literal: StaticString) -> Bool {
        guard at(literal) else { return false }
        position += literal.utf8CodeUnitCount
        return true
    }

    private mutating func take() throws(PatternDefect) -> UInt32 {
        guard let scalar = next else { throw defect("the pattern ends too early") }
        position += 1
        return scalar
    }

    // MARK: Structure

    private mutating func choice() throws(PatternDefect) -> PatternSyntax {
        guard depth < 50 else { throw defect("nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternDefect) -> PatternSyntax {
        var items: [PatternSyntax] = []
        while let scalar = next, scalar != UInt32(ascii: "|"), scalar != UInt32(ascii: ")") {
            items.append(try quantified(try atom()))
        }
        return items.count == 1 ? items[0] : items.isEmpty ? .empty : .sequence(items)
    }

    private mutating func quantified(_ item: PatternSyntax) throws(PatternDefect) -> PatternSyntax {
        var item = item
        while let scalar = next {
            let bounds: (Int, Int?)
            switch scalar {
            case UInt32(ascii: "*"): position += 1; bounds = (0, nil)
            case UInt32(ascii: "+"): position += 1; bounds = (1, nil)
            case UInt32(ascii: "?"): position += 1; bounds = (0, 1)
            case UInt32(ascii: "{"): bounds = try counts()
            default: return item
            }
            if at("+") { throw defect("possessive quantifiers are not read") }
            _ = skip("?")
            item = .repetition(item, minimum: bounds.0, maximum: bounds.1)
        }
        return item
    }

    private mutating func counts() throws(PatternDefect) -> (Int, Int?) {
        _ = skip("{")
        let minimum = try number()
        var maximum: Int? = minimum
        if skip(",") { maximum = at("}") ? nil : try number() }
        guard skip("}"), maximum.map({ $0 >= minimum }) ?? true else { throw defect("bad repetition") }
        return (minimum, maximum)
    }

    private mutating func number() throws(PatternDefect) -> Int {
        var value = 0
        let start = position
        while let scalar = next, (0x30...0x39).contains(scalar) {
            value = value * 10 + Int(scalar - 0x30)
            position += 1
            guard position - start <= 7 else { throw defect("a count is too large") }
        }
        guard position > start else { throw defect("a count is missing") }
        return value
    }

    private mutating func atom() throws(PatternDefect) -> PatternSyntax {
        switch try take() {
        case UInt32(ascii: "("): return try group()
        case UInt32(ascii: "["): return .set(try characterClass())
        case UInt32(ascii: "."): return .set(dotMatchesAll ? .everything : ScalarSet.lineTerminator.inverted)
        case UInt32(ascii: "^"): return .start
        case UInt32(ascii: "$"): return .end
        case UInt32(ascii: "\\"):
            switch next {
            case UInt32(ascii: "b"): position += 1; return .wordBoundary
            case UInt32(ascii: "A"): position += 1; return .start
            case UInt32(ascii: "z"), UInt32(ascii: "Z"): position += 1; return .end
            default: return .set(try escape())
            }
        case UInt32(ascii: "*"), UInt32(ascii: "+"), UInt32(ascii: "?"), UInt32(ascii: "{"):
            throw defect("nothing to repeat")
        case let scalar: return .set(ScalarSet(scalar))
        }
    }

    private mutating func group() throws(PatternDefect) -> PatternSyntax {
        if skip("?s)") { dotMatchesAll = true; return .empty }
        if skip("?=") { return .lookahead(try closed(), isNegated: false) }
        if skip("?!") { return .lookahead(try closed(), isNegated: true) }
        for (isNegated, opening) in [(true, "?<!" as StaticString), (false, "?<=")] where skip(opening) {
            guard case .set(let set) = try closed() else { throw defect("only one character may be looked back at") }
            return .lookbehind(set, isNegated: isNegated)
        }
        if !skip("?:"), at("?") { throw defect("unknown kind of group") }
        return try closed()
    }

    private mutating func closed() throws(PatternDefect) -> PatternSyntax {
        let inner = try choice()
        guard skip(")") else { throw defect("a group is not closed") }
        return inner
    }

    // MARK: Character classes

    private mutating func characterClass() throws(PatternDefect) -> ScalarSet {
        let isNegated = skip("^")
        var set = ScalarSet()
        var isFirst = true
        while let scalar = next, scalar != UInt32(ascii: "]") || isFirst {
            isFirst = false
            if at("[") || at("&&") { throw defect("nested character classes are not read") }
            guard let low = try classItem(into: &set) else { continue }
            guard at("-"), position + 1 < text.count, text[position + 1] != UInt32(ascii: "]") else {
                set.insert(low...low)
                continue
            }
            position += 1
            var ignored = ScalarSet()
            guard let high = try classItem(into: &ignored), high >= low else { throw defect("bad range") }
            set.insert(low...high)
        }
        guard skip("]") else { throw defect("a character class is not closed") }
        return isNegated ? set.inverted : set
    }

    /// One scalar of a class; or nil when a whole set (`\w`, `\p{L}`) was added to `set`.
    private mutating func classItem(into set: inout ScalarSet) throws(PatternDefect) -> UInt32? {
        let scalar = try take()
        guard scalar == UInt32(ascii: "\\") else { return scalar }
        if let literal = try literalEscape() { return literal }
        set.formUnion(try escape())
        return nil
    }

    private mutating func escape() throws(PatternDefect) -> ScalarSet {
        if let literal = try literalEscape() { return ScalarSet(literal) }
        switch try take() {
        case UInt32(ascii: "d"): return .digit
        case UInt32(ascii: "D"): return ScalarSet.digit.inverted
        case UInt32(ascii: "w"): return .word
        case UInt32(ascii: "W"): return ScalarSet.word.inverted
        case UInt32(ascii: "s"): return .space
        case UInt32(ascii: "S"): return ScalarSet.space.inverted
        case UInt32(ascii: "p"): return try property()
        case UInt32(ascii: "P"): return try property().inverted
        default: throw defect("unknown escape")
        }
    }

    /// The scalar that the escape after a backslash stands for; nil (and nothing read) when it stands for a set.
    private mutating func literalEscape() throws(PatternDefect) -> UInt32? {
        guard let scalar = next else { throw defect("a backslash ends the pattern") }
        switch scalar {
        case UInt32(ascii: "t"): position += 1; return 0x09
        case UInt32(ascii: "n"): position += 1; return 0x0a
        case UInt32(ascii: "r"): position += 1; return 0x0d
        case UInt32(ascii: "f"): position += 1; return 0x0c
        case UInt32(ascii: "x"): position += 1; return try hexadecimal(2)
        case UInt32(ascii: "u"):
            position += 1
            let unit = try hexadecimal(4)
            // A pair of escaped surrogates is one scalar, as in Java.
            guard (0xd800..<0xdc00).contains(unit), skip("\\u") else { return unit }
            let low = try hexadecimal(4)
            guard (0xdc00..<0xe000).contains(low) else { throw defect("a lone surrogate") }
            return 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: return nil
        default: position += 1; return scalar
        }
    }

    private mutating func hexadecimal(_ digits: Int) throws(PatternDefect) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            let scalar = try take()
            guard let digit = Unicode.Scalar(scalar).flatMap({ Character($0).hexDigitValue }) else {
                throw defect("not a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private mutating func property() throws(PatternDefect) -> ScalarSet {
        guard skip("{"), let end = text[position...].firstIndex(of: UInt32(ascii: "}")) else {
            throw defect("a property has no name")
        }
        let name = String(String.UnicodeScalarView(text[position..<end].compactMap(Unicode.Scalar.init)))
        position = end + 1
        let category: ScalarSet.Categories
        switch name {
        case "L": category = .letter
        case "M": category = .mark
        case "N": category = .number
        case "P": category = .punctuation
        case "S": category = .symbol
        case "Z": category = .separator
        case "C": category = .other
        case "Alnum": return .alphanumeric
        case "ASCII": return .ascii
        case "Print": return .printable
        default: throw defect("unknown property \(name)")
        }
        var set = ScalarSet()
        set.insert(category)
        return set
    }
}

extension UInt32 {
    fileprivate init(ascii scalar: Unicode.Scalar) { self = scalar.value }
}
