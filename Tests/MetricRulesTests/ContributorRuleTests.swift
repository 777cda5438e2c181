import MetricRules
import SimTime
import Testing

/// Contributor Insights rules on single events. AWS: doc of the rule syntax.
@Suite struct ContributorRuleTests {
    private static let event = LogValue.object([
        "ip": .text("1.1.1.1"), "bytes": .number(120), "ok": .flag(true), "nothing": .null,
        "http": .object(["codes": .list([.number(200), .text("503")])]),
    ])

    struct Filtering: Sendable {
        let path: String
        let test: ContributorRule.Test
        let passes: Bool
    }

    static let filterings: [Filtering] = [
        Filtering(path: "$.ip", test: .isIn(["2.2.2.2", "1.1.1.1"]), passes: true),
        Filtering(path: "$.ip", test: .isIn(["2.2.2.2"]), passes: false),
        Filtering(path: "$.ip", test: .isNotIn(["2.2.2.2"]), passes: true),
        Filtering(path: "$.none", test: .isNotIn(["2.2.2.2"]), passes: false),
        Filtering(path: "$.ip", test: .startsWith(["9.", "1.1"]), passes: true),
        Filtering(path: "$.bytes", test: .greaterThan(119), passes: true),
        Filtering(path: "$.bytes", test: .lessThan(119), passes: false),
        Filtering(path: "$.bytes", test: .equalTo(120), passes: true),
        Filtering(path: "$.bytes", test: .notEqualTo(120), passes: false),
        Filtering(path: "$.http.codes[1]", test: .greaterThan(500), passes: true),
        Filtering(path: "$.http.codes[2]", test: .isPresent(true), passes: false),
        Filtering(path: "$.http.codes[2]", test: .isPresent(false), passes: true),
        Filtering(path: "$.ok", test: .isIn(["true"]), passes: true),
        Filtering(path: "$.ip[0]", test: .isPresent(true), passes: false),
        Filtering(path: "$.http.codes[x]", test: .isPresent(true), passes: false),
    ]

    private static func rule(_ keys: [String], valueOf: String? = nil, _ filters: [ContributorRule.Filter] = []) -> ContributorRule {
        ContributorRule(groups: ["/a/*", "b"], format: .json, fieldNames: [:], keys: keys, valueOf: valueOf, filters: filters)
    }

    @Test(arguments: filterings)
    func filters(filtering: Filtering) {
        let rule = Self.rule(["$.ip"], [.init(path: filtering.path, test: filtering.test)])
        #expect((rule.contribution(of: Self.event) != nil) == filtering.passes)
    }

    @Test func everyKeyIsNeeded() throws {
        #expect(try #require(Self.rule(["$.ip", "$.bytes"]).contribution(of: Self.event)).keys == ["1.1.1.1", "120"])
        #expect(Self.rule(["$.ip", "$.http"]).contribution(of: Self.event) == nil)
        #expect(Self.rule(["$.ip"], valueOf: "$.ip").contribution(of: Self.event) == nil)
        #expect(try #require(Self.rule(["$.ip"], valueOf: "$.bytes").contribution(of: Self.event)).amount == 120)
    }

    @Test func groupsEndInAStar() {
        let rule = Self.rule(["$.ip"])
        #expect(["/a/x", "/a/", "b", "bb", "/b"].map(rule.reads) == [true, true, true, false, false])
    }

    @Test func commonLogFormatHoldsQuotesTogether() {
        let line = LogValue(commonLogFormat: #"1.2.3.4 - [10/Oct 13:55] "GET /a b" 200"#, names: [1: "ip", 4: "request"])
        #expect(line.value(at: "$.ip") == .text("1.2.3.4"))
        #expect(line.value(at: "$.request") == .text("GET /a b"))
        #expect(line.value(at: "$.5") == .text("200"))
        #expect(line.value(at: "$.6") == nil)
    }

    @Test func reportsRankByTotalOrByPeriod() {
        var report = ContributorReport(rule: Self.rule(["$.who"], valueOf: "$.n"), periodSeconds: 60)
        func add(_ who: String, _ amount: Double, minute: Int64) {
            report.add(.object(["who": .text(who), "n": .number(amount)]), at: SimInstant(millisecondsSinceEpoch: minute * 60_000 + 5))
        }
        for minute in 0..<4 { add("steady", 3, minute: Int64(minute)) }
        add("burst", 10, minute: 2)
        #expect(report.ranked(byMaximum: false, limit: 10).map(\.keys) == [["steady"], ["burst"]])
        #expect(report.ranked(byMaximum: true, limit: 1).map(\.keys) == [["burst"]])
        #expect(report.aggregate == 22 && report.uniqueCount == 2)
        #expect(report.points(.sum).map(\.value) == [3, 3, 13, 3])
        #expect(report.points(.maxContributorValue).map(\.value) == [3, 3, 10, 3])
        #expect(report.points(.uniqueContributors).map(\.value) == [1, 1, 2, 1])
        #expect(report.points(.average).map(\.value) == [3, 3, 6.5, 3])
    }
}
