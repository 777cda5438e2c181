import AWSModel
import Testing

struct PatternProgramTests {
    struct Row: Sendable {
        var pattern: String
        var matching: [String]
        var failing: [String]
    }

    @Test(arguments: [
        Row(pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
            matching: ["a", "a-b", "a---b", String(repeating: "x", count: 63)],
            failing: ["", "-a", "a-", "a_b", String(repeating: "x", count: 64), "a\n"]),
        Row(pattern: #"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#,
            matching: ["arn:aws:iam::123456789012:role/service-role/R", "arn:aws-cn:iam::123456789012:roleR"],
            failing: ["arn:aws:iam::12345678901:role/R", "arn:aws:iam::123456789012:role", "arn:aws:iam::123456789012:user/u"]),
        Row(pattern: #"[\w+=,.@-]*"#, matching: ["", "a-b@c.d_"], failing: ["Session1:2", "é"]),
        Row(pattern: #"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"#, matching: ["é+1!", "日本"], failing: ["", "a b", "\u{2028}"]),
        Row(pattern: #"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+"#, matching: ["abc", "é日本"], failing: ["_bc", "ab ", "ab_"]),
        Row(pattern: "(?!\\s*$).+", matching: ["x", " x"], failing: ["", "  ", "a\nb"]),
        Row(pattern: "(?=.{1,32}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*", matching: ["ab-c"], failing: [String(repeating: "a", count: 33), "ab-"]),
        Row(pattern: "([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)(\\/[0-9]{1,9})?", matching: ["a-b", "a/12"], failing: ["a-", "a-/1", "a/"]),
        Row(pattern: #"^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9-_\.]*$"#, matching: ["a.b", "a-_"], failing: ["a.b.c", ".a"]),
        Row(pattern: "^$|arn:aws:kms", matching: ["", "arn:aws:kms"], failing: ["arn"]),
        Row(pattern: #"((25[0-5]|(2[0-4]|1\d|[1-9]|)\d)\.?\b){4}"#, matching: ["10.0.0.255"], failing: ["10.0.0.256", "10.0.0"]),
        Row(pattern: #"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"#, matching: ["a\t😀é"], failing: ["a\nb", "\u{1}"]),
        Row(pattern: #"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"#, matching: ["a\nb é"], failing: ["日本", "—"]),
        Row(pattern: "(?s).*", matching: ["", "a\nb"], failing: []),
        Row(pattern: ".*", matching: ["", "a b"], failing: ["a\nb", "a\u{2028}"]),
        Row(pattern: #"\A\S[\p{Print}]*\z"#, matching: ["a b"], failing: [" a", "aé"]),
        Row(pattern: #"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}"#, matching: ["", "a b"], failing: ["a!"]),
        Row(pattern: "[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", matching: ["a", "a-b-c"], failing: ["a-", "A"]),
        Row(pattern: #"[!#-\[\]-~]+( [!#-\[\]-~]+)*"#, matching: ["a b", "[x]"], failing: ["a  b", "\"", "a "]),
        Row(pattern: "^[\\S]+.*[\\S]+$", matching: ["ab", "a b"], failing: ["a", "a ", ""]),
        Row(pattern: "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", matching: ["a-b"], failing: ["a--b"]),
    ])
    func valuesMatchAsAWhole(_ row: Row) throws {
        let program = try #require(PatternProgram(row.pattern))
        for value in row.matching { #expect(program.matches(value), "\(value.debugDescription)") }
        for value in row.failing { #expect(!program.matches(value), "\(value.debugDescription)") }
    }

    @Test(arguments: ["a++", "[a[b]]", "(a", "a)", "[a", "a{2,1}", "*a", "(?<name>a)", #"\k"#, #"\p{Greek}"#, "[b-a]", "a\\"])
    func unreadSyntaxIsRefused(_ pattern: String) {
        #expect(PatternProgram(pattern) == nil)
    }

    private static func modelPatterns() throws -> [String] {
        var patterns: Set<String> = []
        for id in ModelCatalog.shared.serviceIDs {
            let model = try #require(ModelCatalog.shared.model(id))
            for index in 0..<model.shapeCount {
                if let pattern = model[ShapeID(Int32(index))].constraints.pattern { patterns.insert(pattern) }
            }
        }
        return patterns.sorted()
    }

    @Test func everyPatternOfEveryTableIsRead() throws {
        let patterns = try Self.modelPatterns()
        #expect(patterns.count == 360)
        for pattern in patterns {
            let program = PatternProgram(pattern)
            #expect(program != nil, "\(pattern)")
            #expect((program?.instructionCount ?? 0) < 5000, "\(pattern)")
        }
    }

    /// Swift's Regex as a second opinion, where it reads the pattern as Java does.
    @Test func swiftsRegexAgrees() throws {
        // Short ones only: on longer ones Regex backtracks for minutes.
        let subjects = [
            "", "a", "A1", "a-b", "a--b", "-a", "a-", "a_b", "a.b", "a b", " a", "a ", "1", "12", "123456789012", "1.2.3",
            "sg-1", "i-0123abcd", "d-abc1", "p1", "p-12345678", "v1.0", "s3://b/k", "https://h/p", "/", "/a/b/", "10.0.0.1",
            "::1/128", "u@e.com", "k=v", "a+b", "{####}", "#", "~", "DisplayName", "ROOT", "repo/n-1", "repo//n", "tag:value",
            "[0-9]", "a\\b", "%", "*", "(x)", "a\tb", "\"q\"", "'", "\n", "a\n", "\r\n",
        ]
        var compared = 0
        // A word boundary is Unicode's there and Java's here.
        for pattern in try Self.modelPatterns() where !pattern.contains(#"\b"#) {
            guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses(),
                  let program = PatternProgram(pattern) else { continue }
            for subject in subjects {
                let expected = (try? regex.wholeMatch(in: subject)) != nil
                if program.matches(subject) != expected { Issue.record("\(pattern) on \(subject.debugDescription)") }
                compared += 1
            }
        }
        #expect(compared > 15_000)
    }

    /// What brings backtracking matchers to a standstill ends at once here.
    @Test(arguments: ["(a*)*b", "(a|aa)+b", "([a-zA-Z0-9]+[._-]?)*!", "^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$"])
    func noPatternBacktracksWithoutBound(_ pattern: String) throws {
        let program = try #require(PatternProgram(pattern))
        #expect(!program.matches(String(repeating: "a", count: 2000) + "?"))
    }
}
