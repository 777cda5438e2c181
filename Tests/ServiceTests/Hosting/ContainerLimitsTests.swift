import Outbound
@testable import SageMakerService
import Testing

/// How long a container may take.
@Suite struct ContainerLimitsTests {
    private func container(timeoutSeconds: Double) throws -> HTTPContainer {
        HTTPContainer(
            http: ContainerHTTP(), base: try #require(HTTPURL("http://127.0.0.1:1")), timeoutSeconds: timeoutSeconds)
    }

    // AWS: doc — spec/hosting.md §E.1: an answer within 60 s, streaming up to 8 minutes.
    @Test func aStreamMayOutlastTheLimitOfAnAnswer() throws {
        let container = try container(timeoutSeconds: HTTPContainer.invocationTimeoutSeconds)
        #expect(container.limits(isStreamed: false) == ExchangeLimits(totalSeconds: 60))
        #expect(container.limits(isStreamed: true)
            == ExchangeLimits(headSeconds: 60, stallSeconds: 480, totalSeconds: 480))
    }

    @Test func whoWaitsLongerForAnAnswerWaitsAsLongForAStream() throws {
        #expect(try container(timeoutSeconds: 900).limits(isStreamed: true) == ExchangeLimits(totalSeconds: 900))
    }
}
