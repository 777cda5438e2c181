import HostingRules
import SimTime
import Testing

/// Warm, cold or throttled: transcripts of requests to one serverless variant.
@Suite struct ServerlessPoolTests {
    enum Step: Sendable {
        /// A request at this second, and what it finds.
        case begin(Int64, ServerlessPool.Admission)
        case end(Int64)
        /// A simulated request at this second that lasts so long.
        case simulated(Int64, lasts: Int64, ServerlessPool.Admission)
    }

    struct Transcript: CustomTestStringConvertible, Sendable {
        var name: String
        var maxConcurrency = 2
        var provisioned: Int?
        var steps: [Step]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Transcript(name: "the first is cold, the next warm", steps: [
            .begin(0, .cold), .end(1), .begin(2, .warm), .end(3),
        ]),
        Transcript(name: "two at once are both cold", steps: [
            .begin(0, .cold), .begin(0, .cold), .end(1), .end(1), .begin(2, .warm), .begin(2, .warm),
        ]),
        Transcript(name: "a third is turned away", steps: [
            .begin(0, .cold), .begin(0, .cold), .begin(0, .throttled), .end(1), .begin(1, .warm), .begin(1, .throttled),
        ]),
        Transcript(name: "an idle worker ends after five minutes", steps: [
            .begin(0, .cold), .end(1), .begin(301, .warm), .end(301), .begin(602, .cold),
        ]),
        Transcript(name: "provisioned workers are always warm", provisioned: 1, steps: [
            .begin(0, .provisioned), .begin(0, .cold), .end(1), .end(1), .begin(10_000, .provisioned), .begin(10_000, .cold),
        ]),
        Transcript(name: "a provisioned worker that is free goes before an idle one", provisioned: 1, steps: [
            .simulated(0, lasts: 5, .provisioned), .simulated(0, lasts: 9, .cold), .simulated(5, lasts: 5, .provisioned),
            .begin(9, .warm), .end(10), .begin(10, .provisioned), .begin(10, .warm),
        ]),
        Transcript(name: "a simulated request keeps its worker for its latency", maxConcurrency: 1, steps: [
            .simulated(0, lasts: 5, .cold), .simulated(4, lasts: 5, .throttled), .simulated(5, lasts: 5, .warm),
            .begin(9, .throttled), .begin(10, .warm),
        ]),
    ])
    func admissions(_ transcript: Transcript) {
        var pool = ServerlessPool()
        let plan = ServerlessPlan(
            memorySizeInMB: 1024, maxConcurrency: transcript.maxConcurrency,
            provisionedConcurrency: transcript.provisioned)
        func instant(_ second: Int64) -> SimInstant { SimInstant(millisecondsSinceEpoch: second * 1000) }
        for step in transcript.steps {
            switch step {
            case .begin(let second, let expected): #expect(pool.begin(plan, at: instant(second)) == expected)
            case .end(let second): pool.end(at: instant(second))
            case .simulated(let second, let lasts, let expected):
                #expect(pool.begin(plan, at: instant(second)) == expected)
                if expected != .throttled { pool.occupy(until: instant(second + lasts)) }
            }
        }
    }

    @Test func busySpans() {
        func instant(_ second: Int64) -> SimInstant { SimInstant(millisecondsSinceEpoch: second * 1000) }
        func busy(_ pool: ServerlessPool) -> [Bool] {
            [0, 60, 120].map { pool.isBusy(from: instant($0), until: instant($0 + 60)) }
        }
        let plan = ServerlessPlan(memorySizeInMB: 1024, maxConcurrency: 2, provisionedConcurrency: nil)
        var pool = ServerlessPool()
        #expect(busy(pool) == [false, false, false])
        _ = pool.begin(plan, at: instant(70))
        #expect(busy(pool) == [false, true, true])
        pool.end(at: instant(80))
        #expect(busy(pool) == [false, false, false])
        _ = pool.begin(plan, at: instant(30))
        pool.occupy(until: instant(120))
        #expect(busy(pool) == [true, true, false])
    }
}
