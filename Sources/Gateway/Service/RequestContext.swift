package import AWSModel
package import HTTPServer
package import PolicyRules
package import SimTime
package import Vocabulary

/// What an operation knows of its request besides the input.
package struct RequestContext: Sendable {
    package let requestID: String
    package let caller: Caller
    package let region: RegionName
    /// Simulated time when the request arrived. Operations that write use their turn's instant instead.
    package let now: SimInstant
    /// The shift between simulated and shown time at arrival (for texts that hold instants; values are shifted by the codecs).
    package let clockShift: ClockShift
    package let service: ServiceID
    package let operation: String
    /// The request line and headers, for the few behaviours that depend on them.
    package let method: String
    package let target: String
    package let headers: HTTPHeaders
    /// The way the request came in.
    package let network: NetworkPath
    /// True when policies were asked and allow the call, whichever account owns the resource.
    package var isAuthorized = false

    package var realm: Realm { Realm(account: caller.account, region: region) }

    package init(
        requestID: String, caller: Caller, region: RegionName, now: SimInstant, clockShift: ClockShift,
        service: ServiceID, operation: String, method: String, target: String, headers: HTTPHeaders,
        network: NetworkPath = .open(sourceIP: "127.0.0.1")
    ) {
        self.requestID = requestID
        self.caller = caller
        self.region = region
        self.now = now
        self.clockShift = clockShift
        self.service = service
        self.operation = operation
        self.method = method
        self.target = target
        self.headers = headers
        self.network = network
    }
}
