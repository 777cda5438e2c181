@testable import Outbound
import Testing

@Suite struct ExchangeLimitsTests {
    private static let second: UInt64 = 1_000_000_000
    private static let begin = 7 * second

    /// What the next step may take, so many seconds after the beginning.
    private func next(_ limits: ExchangeLimits, after seconds: Double, hasHead: Bool) -> Int32 {
        ExchangeDeadlines(limits, begunAt: Self.begin)
            .nextMilliseconds(Self.begin + UInt64(seconds * 1e9), hasHead: hasHead)
    }

    @Test func theHeadHasItsOwnLimit() {
        let limits = ExchangeLimits(headSeconds: 60, stallSeconds: 480, totalSeconds: 480)
        #expect(next(limits, after: 0, hasHead: false) == 60_000)
        // A head that trickles in is not given more time for each byte.
        #expect(next(limits, after: 59.5, hasHead: false) == 500)
        #expect(next(limits, after: 60, hasHead: false) == 0)
        // What follows may take longer.
        #expect(next(limits, after: 60, hasHead: true) == 420_000)
        #expect(next(limits, after: 481, hasHead: true) == 0)
    }

    @Test func noStepTakesLongerThanAStall() {
        let limits = ExchangeLimits(headSeconds: 60, stallSeconds: 30, totalSeconds: 3600)
        #expect(next(limits, after: 0, hasHead: false) == 30_000)
        #expect(next(limits, after: 3000, hasHead: true) == 30_000)
        #expect(next(limits, after: 3599, hasHead: true) == 1000)
    }

    @Test func whatIsLeftIsNeverAWaitWithoutEnd() {
        let limits = ExchangeLimits(totalSeconds: 1)
        #expect(next(limits, after: 0.999_999_9, hasHead: true) == 1)
        #expect(next(ExchangeLimits(totalSeconds: 0), after: 0, hasHead: false) == 1)
        #expect(next(ExchangeLimits(totalSeconds: .infinity), after: 0, hasHead: true) == 86_400_000)
    }

    @Test func theHeadIsDueWithTheWholeAtTheLatest() {
        let limits = ExchangeLimits(headSeconds: 60, stallSeconds: 60, totalSeconds: 2)
        #expect(next(limits, after: 1, hasHead: false) == 1000)
        #expect(ExchangeDeadlines(limits, begunAt: Self.begin).headIsDue(after: Self.begin) == .seconds(2))
    }
}
