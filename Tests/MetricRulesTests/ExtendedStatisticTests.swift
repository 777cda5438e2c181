import MetricRules
import Testing

@Suite struct ExtendedStatisticTests {
    @Test(arguments: [
        ("p99", "p99"), ("p0", "p0"), ("p100", "p100"), ("p99.9", "p99.9"), ("p50.0", "p50"), ("p0.0000000001", "p1e-10"),
        ("tm99", "tm99"), ("TM(:99%)", "tm99"), ("TM(10%:90%)", "TM(10%:90%)"), ("TM(80%:)", "TM(80%:)"),
        ("wm98", "wm98"), ("WM(15%:85%)", "WM(15%:85%)"), ("TC(0.005:0.03)", "TC(0.005:0.03)"), ("ts90", "ts90"),
        ("TS(80%:)", "TS(80%:)"), ("PR(:300)", "PR(:300)"), ("PR(100:2000)", "PR(100:2000)"), ("IQM", "IQM"),
    ])
    func reads(text: String, printed: String) throws {
        #expect(try ExtendedStatistic(parsing: text).description == printed)
    }

    @Test(arguments: [
        "", "p", "p101", "p-1", "P99", "p99.12345678901", "p99.", "p1e1", "tm", "tm101", "TM99", "TM(:)", "TM()", "TM(1:2",
        "TM(10%:90)", "TM(90%:10%)", "TM(5:5)", "tm(:99%)", "PR(10%:20%)", "pr90", "PR90", "iqm", "IQM(1:2)", "Average ",
        "TM(1:2:3)", "TM(-5:5)", "TM(:101%)", "p٣", "Median",
    ])
    func refuses(text: String) {
        let malformed = #expect(throws: ExtendedStatistic.Malformed.self) { try ExtendedStatistic(parsing: text) }
        #expect(malformed?.text == text)
    }

    @Test func plainStatisticsAreChoicesToo() throws {
        #expect(try StatisticChoice(parsing: "Average") == .plain(.average))
        #expect(try StatisticChoice(parsing: "p90").name == "p90")
        #expect(throws: ExtendedStatistic.Malformed.self) { try StatisticChoice(parsing: "average") }
    }
}
