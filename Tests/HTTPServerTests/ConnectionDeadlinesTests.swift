import HTTPServer
import Testing

private func instant(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
}

private func makeDeadlines() -> ConnectionDeadlines {
    var configuration = HTTPServerConfiguration()
    configuration.headTimeout = .milliseconds(100)
    configuration.bodyStallTimeout = .milliseconds(50)
    configuration.writeStallTimeout = .milliseconds(40)
    configuration.idleTimeout = .milliseconds(1000)
    configuration.lingerTimeout = .milliseconds(20)
    return ConnectionDeadlines(configuration: configuration)
}

@Test func aTrickleDoesNotExtendTheLimitOfAHead() {
    var deadlines = makeDeadlines()
    #expect(deadlines.beginRead(.firstRequest, at: instant(0)) == instant(100))
    deadlines.endRead()
    #expect(!deadlines.readIsOverdue(at: instant(500)), "nothing is awaited")
    #expect(deadlines.beginRead(.head, at: instant(60)) == instant(100))
    deadlines.endRead()
    #expect(deadlines.beginRead(.head, at: instant(90)) == instant(100))
    #expect(!deadlines.readIsOverdue(at: instant(99)))
    #expect(deadlines.readIsOverdue(at: instant(100)))
}

@Test func eachRequestAndEachRestHasItsOwnLimit() {
    var deadlines = makeDeadlines()
    #expect(deadlines.beginRead(.head, at: instant(0)) == instant(100))
    deadlines.headArrived()
    #expect(deadlines.beginRead(.nextRequest, at: instant(80)) == instant(1080))
    #expect(deadlines.beginRead(.head, at: instant(500)) == instant(600))
    deadlines.headArrived()
    #expect(deadlines.beginRead(.head, at: instant(700)) == instant(800))
    #expect(deadlines.beginRead(.end, at: instant(710)) == instant(730))
    #expect(deadlines.beginRead(.end, at: instant(720)) == instant(730))
}

@Test func aBodyMayTakeLongAsLongAsItMoves() {
    var deadlines = makeDeadlines()
    #expect(deadlines.beginRead(.body, at: instant(0)) == instant(50))
    deadlines.endRead()
    #expect(deadlines.beginRead(.body, at: instant(49)) == instant(99))
    #expect(deadlines.beginWrite(at: instant(50)) == instant(90))
    #expect(deadlines.next == instant(90))
    #expect(deadlines.writeIsOverdue(at: instant(90)))
    #expect(!deadlines.readIsOverdue(at: instant(90)))
    deadlines.endWrite()
    #expect(deadlines.next == instant(99))
    deadlines.endRead()
    #expect(deadlines.next == .distantFuture)
}

@Test func limitsSaturate() {
    #expect(instant(1).advanced(by: .seconds(Int64.max)) == .distantFuture)
    #expect(instant(1).advanced(by: .seconds(-5)) == instant(1))
}
