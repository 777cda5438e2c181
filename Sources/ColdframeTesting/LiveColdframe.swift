import AWSModel
import Dispatch
package import HTTPServer
package import Outbound
package import SimTime

/// A Coldframe that runs elsewhere, over HTTP.
package struct LiveColdframe: ColdframeDriver {
    private static let bodyBytesMax = 256 << 20
    private let client: HTTPClient

    package init(url: ServerURL, timeoutMilliseconds: Int32 = 60_000) {
        client = HTTPClient(url: url, timeoutMilliseconds: timeoutMilliseconds)
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPAnswer {
        let body = try await request.body.collect(limitBytes: Self.bodyBytesMax)
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [client] in
                continuation.resume(with: Result {
                    try client.exchange(request.method, request.target, headers: request.headers, body: body)
                })
            }
        }
    }

    package func clockShift() async throws -> ClockShift {
        let seconds = try await control("GET", "clock")["shownBehindSeconds"]?.double ?? 0
        let base = SimInstant(millisecondsSinceEpoch: 0)
        return ClockShift(simulated: base + SimDuration(milliseconds: Int64((seconds * 1000).rounded())), real: base)
    }
}
