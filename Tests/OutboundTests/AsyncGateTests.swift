import Outbound
import Testing

@Suite struct AsyncGateTests {
    /// Who comes behind others, after they have come.
    private func queued(_ gate: AsyncGate, within limit: Duration? = nil) -> Task<Bool, Never> {
        Task { await gate.enter(within: limit) }
    }

    @Test func aPlaceGoesToTheNextInLine() async {
        let gate = AsyncGate(places: 1)
        #expect(await gate.enter())
        let next = queued(gate)
        gate.leave()
        #expect(await next.value)
    }

    @Test func whoIsCancelledLeavesTheLine() async {
        let gate = AsyncGate(places: 1)
        #expect(await gate.enter())
        let cancelled = queued(gate)
        cancelled.cancel()
        #expect(await cancelled.value == false)
        // The place is not given to somebody who has gone.
        gate.leave()
        #expect(await gate.enter())
    }

    @Test func aWaitHasItsLimit() async {
        let gate = AsyncGate(places: 1)
        #expect(await gate.enter(within: .seconds(600)))
        #expect(await gate.enter(within: .milliseconds(1)) == false)
        gate.leave()
        #expect(await gate.enter(within: .seconds(600)))
    }

    /// However cancellations and places coincide, no place is lost and none is given twice.
    @Test func noPlaceIsLost() async {
        let gate = AsyncGate(places: 2)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let task = queued(gate, within: number % 3 == 0 ? .milliseconds(1) : nil)
                    if number % 2 == 0 { task.cancel() }
                    guard await task.value else { return }
                    await Task.yield()
                    gate.leave()
                }
            }
        }
        #expect(await gate.enter())
        #expect(await gate.enter())
        #expect(await gate.enter(within: .milliseconds(1)) == false)
    }

    @Test func aFlagLetsEverybodyGoOnce() async {
        let flag = AsyncFlag()
        #expect(await flag.wait(atMost: .milliseconds(1)) == false)
        let waiters = (0..<10).map { _ in Task { await flag.wait() } }
        flag.raise()
        for waiter in waiters { #expect(await waiter.value) }
        #expect(flag.isRaised)
        #expect(await flag.wait(atMost: .zero))
    }
}
