import Outbound
@testable import SageMakerService
import Testing

/// How long a container may take.
@Suite struct ContainerLimitsTests {
    private func container(timeoutSeconds: Double?) throws -> HTTPContainer {
        HTTPContainer(
            http: ContainerHTTP(), base: try #require(HTTPURL("http://127.0.0.1:1")), timeoutSeconds: timeoutSeconds)
    }

    // AWS: doc — spec/hosting.md §E.1: an answer within 60 s, streaming up to 8 minutes.
    @Test func aStreamMayOutlastTheLimitOfAnAnswer() throws {
        let container = try container(timeoutSeconds: nil)
        #expect(container.limits(callSeconds: 60, isStreamed: false) == ExchangeLimits(totalSeconds: 60))
        #expect(container.limits(callSeconds: 60, isStreamed: true)
            == ExchangeLimits(headSeconds: 60, stallSeconds: 480, totalSeconds: 480))
    }

    // AWS: doc — InvokeEndpointAsync: InvocationTimeoutSeconds, 15 minutes if none is given.
    @Test func anAsynchronousRequestSaysItsOwnLimitUnlessTheRuleDoes() throws {
        #expect(try container(timeoutSeconds: nil).limits(callSeconds: 900, isStreamed: false)
            == ExchangeLimits(totalSeconds: 900))
        #expect(try container(timeoutSeconds: 5).limits(callSeconds: 900, isStreamed: false)
            == ExchangeLimits(totalSeconds: 5))
    }

    @Test func whoWaitsLongerForAnAnswerWaitsAsLongForAStream() throws {
        #expect(try container(timeoutSeconds: 900).limits(callSeconds: 60, isStreamed: true)
            == ExchangeLimits(totalSeconds: 900))
    }
}
