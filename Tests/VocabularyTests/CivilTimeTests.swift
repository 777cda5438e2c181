import SimTime
import Testing

@Suite struct CivilTimeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let milliseconds: Int64
        let iso: String
        let weekday: Int
        var testDescription: String { iso }
    }

    @Test(arguments: [
        Case(milliseconds: 0, iso: "1970-01-01T00:00:00.000Z", weekday: 4),
        Case(milliseconds: -1, iso: "1969-12-31T23:59:59.999Z", weekday: 3),
        Case(milliseconds: 951_782_400_000, iso: "2000-02-29T00:00:00.000Z", weekday: 2),
        Case(milliseconds: 1_795_391_258_120, iso: "2026-11-22T23:47:38.120Z", weekday: 7),
        Case(milliseconds: 4_107_542_400_000, iso: "2100-03-01T00:00:00.000Z", weekday: 1),
        Case(milliseconds: -62_135_596_800_000, iso: "0001-01-01T00:00:00.000Z", weekday: 1),
    ])
    func readsAndWrites(_ row: Case) throws {
        let instant = SimInstant(millisecondsSinceEpoch: row.milliseconds)
        let civil = CivilTime(instant)
        #expect(civil.iso8601Milliseconds == row.iso)
        #expect(civil.weekday == row.weekday)
        #expect(civil.instant == instant)
    }

    @Test func everyDayOfFourCenturiesRoundTrips() {
        for day in stride(from: Int64(-146_097), to: 146_097, by: 1) {
            let instant = SimInstant(millisecondsSinceEpoch: day * 86_400_000)
            #expect(CivilTime(instant).instant == instant)
        }
    }

    @Test(arguments: [(2026, 2, 29), (2026, 13, 1), (2026, 4, 31), (2026, 1, 0)])
    func refusesDaysThatDoNotExist(year: Int, month: Int, day: Int) {
        #expect(CivilTime(year: year, month: month, day: day) == nil)
    }

    @Test func printsHTTPDates() {
        #expect(CivilTime(SimInstant(millisecondsSinceEpoch: 1_795_391_258_120)).rfc1123 == "Sun, 22 Nov 2026 23:47:38 GMT")
    }
}

@Suite struct ClockShiftTests {
    private func shift(leadMilliseconds: Int64) -> Int64 {
        let real = SimInstant(millisecondsSinceEpoch: 1_000_000_000_000)
        return ClockShift(simulated: real + .milliseconds(leadMilliseconds), real: real).duration.milliseconds
    }

    @Test(arguments: [(-5000, 0), (0, 0), (999, 0), (1000, 60_000), (60_000, 60_000), (298_700, 300_000), (300_000, 300_000)])
    func isTheLeadInWholeMinutes(lead: Int64, expected: Int64) {
        #expect(shift(leadMilliseconds: lead) == expected)
    }

    @Test func whatIsReadIsWhatWasShown() {
        let real = SimInstant(millisecondsSinceEpoch: 1_000_000_000_000)
        let shift = ClockShift(simulated: real + .minutes(7), real: real)
        let past = real + .minutes(3)
        #expect(shift.shown(past) < real)
        #expect(shift.read(shift.shown(past)) == past)
    }
}
