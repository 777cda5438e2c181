import SimTime

/// Simulated clients of one endpoint: so many invocations per simulated second, without HTTP, through the same router,
/// runner and meters as real ones.
package struct TrafficSource: Codable, Sendable, Equatable {
    /// The endpoint's name as the client spelled it.
    package var endpoint: String
    package var requestsPerSecond: Double
    package var body: String?
    package var contentType: String?
    /// The inference component that is called; needed on endpoints that host such.
    package var inferenceComponent: String?
    /// The same seed sends the same requests to the same fleets.
    package var seed: UInt64?

    /// A minute of it, the longest gap there is while an endpoint exists, takes a fraction of a second.
    package static let requestsPerSecondMax = 10_000.0

    package init(
        endpoint: String, requestsPerSecond: Double, body: String? = nil, contentType: String? = nil,
        inferenceComponent: String? = nil, seed: UInt64? = nil
    ) {
        self.inferenceComponent = inferenceComponent
        self.endpoint = endpoint
        self.requestsPerSecond = requestsPerSecond
        self.body = body
        self.contentType = contentType
        self.seed = seed
    }

    /// The instants of its invocations after `from` and up to `to`: multiples of its interval since the epoch, so that
    /// splitting a span of time never changes what is sent in it.
    func forEachInstant(after from: SimInstant, upTo to: SimInstant, _ body: (SimInstant) -> Void) {
        let perMillisecond = requestsPerSecond / 1000
        guard perMillisecond > 0 else { return }
        let first = (Double(from.millisecondsSinceEpoch) * perMillisecond).rounded(.down)
        let last = (Double(to.millisecondsSinceEpoch) * perMillisecond).rounded(.down)
        var index = first + 1
        while index <= last {
            body(SimInstant(millisecondsSinceEpoch: Int64((index / perMillisecond).rounded(.up))))
            index += 1
        }
    }
}
