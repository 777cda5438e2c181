package import AWSModel
import AWSProtocols
package import HTTPServer
package import Outbound
package import SimTime

/// A way to a Coldframe: in this process (`LocalColdframe`) or over HTTP (`LiveColdframe`). Everything else is the same.
package protocol ColdframeDriver: Sendable {
    /// Sends one request and reads its answer. Throws only when there is no answer.
    func send(_ request: HTTPRequest) async throws -> HTTPAnswer
    /// The shift between simulated time and what clients are shown, at this moment.
    func clockShift() async throws -> ClockShift
}

/// A call that was answered with an error.
package struct CallFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The HTTP status.
    package var status: Int
    /// AWS's error code; empty for calls of the control API.
    package var code: String
    package var message: String

    package init(status: Int, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    package var description: String { code.isEmpty ? message : "\(code): \(message)" }
}

/// Why a call could not be put on the wire.
package enum CallProblem: Error, Equatable, Sendable {
    case unknownService(String)
    case unknownOperation(service: String, operation: String)
    /// The service speaks neither JSON nor REST-JSON.
    case unsupportedProtocol(service: String)
    /// An answer that is not what the protocol says.
    case unreadableAnswer
}

extension ColdframeDriver {
    // MARK: AWS

    /// Makes one AWS call over its real wire form, so that recognition, codec, validation and behaviour all take part.
    /// Instants in the input and in the answer are simulated ones, as for operations.
    /// - Parameter service: the model's name, e.g. `sagemaker`, `sagemaker-runtime` or `cloudwatch`.
    /// Throws `CallFault` for an AWS error, `CallProblem` for a call that cannot be made.
    @discardableResult
    package func call(service: String, operation: String, input: AWSValue = [:]) async throws -> AWSValue {
        let wire = try CallWire(service: service, operation: operation, clockShift: try await clockShift())
        let answer = try await send(try wire.request(input.object ?? [:]))
        guard (200...299).contains(answer.status) else { throw wire.fault(answer) }
        // The clock may have moved meanwhile, and answers are shown with the shift of their moment.
        return try CallWire(service: service, operation: operation, clockShift: try await clockShift()).output(answer)
    }

    // MARK: The control API

    /// Makes one call of the control API below `/_coldframe/`. Throws `CallFault`.
    @discardableResult
    package func control(_ method: String, _ path: String, _ body: AWSValue? = nil) async throws -> AWSValue {
        let bytes = body.map(JSON.write) ?? []
        let answer = try await send(HTTPRequest(
            method: method, target: "/_coldframe/" + path,
            headers: ["Host": "localhost", "Content-Type": "application/json"], body: RequestBody(bytes: bytes)))
        return try ControlAnswerReading.value(status: answer.status, body: answer.body)
    }

    /// Moves simulated time forward; answers how many timers and ticks ran. Throws `CallFault`.
    @discardableResult
    package func advance(by duration: SimDuration) async throws -> Int {
        try await control("POST", "clock/advance", ["seconds": .double(duration.seconds)])["events"]?.int ?? 0
    }

    /// Attaches simulated traffic to an endpoint, replacing an earlier one. Throws `CallFault`.
    package func setTraffic(
        endpoint: String, requestsPerSecond: Double, seed: UInt64? = nil, inferenceComponent: String? = nil
    ) async throws {
        try await control("PUT", "traffic/" + escaped(endpoint), [
            "requestsPerSecond": .double(requestsPerSecond), "seed": seed.map { .integer(Int64(bitPattern: $0)) },
            "inferenceComponent": inferenceComponent.map { .string($0) },
        ])
    }

    /// Adds or replaces a behaviour; `rule` is the control API's body. Throws `CallFault`.
    package func setBehavior(_ name: String, _ rule: AWSValue) async throws {
        try await control("PUT", "behaviors/" + escaped(name), rule)
    }

    /// Takes a behaviour back. Throws `CallFault` when there is none of that name.
    package func removeBehavior(_ name: String) async throws { try await control("DELETE", "behaviors/" + escaped(name)) }

    /// Limits the machines there are of an instance type. Throws `CallFault`.
    package func setCapacity(_ instanceType: String, instances: Int) async throws {
        try await control("PUT", "capacity/" + escaped(instanceType), ["instances": .integer(Int64(instances))])
    }

    /// Lifts a limit. Throws `CallFault` when there is none.
    package func removeCapacity(_ instanceType: String) async throws {
        try await control("DELETE", "capacity/" + escaped(instanceType))
    }

    /// The logged events after number `after`, oldest first, as `GET /_coldframe/events` shows them.
    package func events(endpoint: String? = nil, after: Int64 = 0) async throws -> [AWSValue] {
        let filter = endpoint.map { "&endpoint=" + escaped($0) } ?? ""
        return try await control("GET", "events?after=\(after)\(filter)")["events"]?.list ?? []
    }
}

/// A name as a path segment or query value.
package func escaped(_ name: String) -> String {
    PercentCoding.percentEncoded(name)
}

/// What an answer of the control API says.
package enum ControlAnswerReading {
    /// The JSON of a success; throws `CallFault` with the server's sentence for anything else.
    package static func value(status: Int, body: [UInt8]) throws -> AWSValue {
        let value = body.isEmpty ? [:] : try? JSON.parse(body)
        guard (200...299).contains(status) else {
            throw CallFault(status: status, code: "", message: value?["error"]?.string ?? "The server answered \(status).")
        }
        guard let value else { throw CallProblem.unreadableAnswer }
        return value
    }
}
