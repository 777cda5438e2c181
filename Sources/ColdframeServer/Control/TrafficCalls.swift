import AWSModel
import SageMakerService

/// `/_coldframe/traffic/{endpoint}`.
extension ControlAPI {
    func putTraffic(_ call: ControlCall) async throws -> ControlAnswer {
        let body = try await call.object(allowing: ["requestsPerSecond", "body", "contentType", "inferenceComponent", "seed"])
        guard let rate = try body.number("requestsPerSecond") else {
            throw ControlRefusal(400, "requestsPerSecond is required.")
        }
        let seed = try body["seed"].map { value in
            guard let seed = value.int else { throw ControlRefusal(400, "seed must be a whole number.") }
            return UInt64(bitPattern: Int64(seed))
        }
        let source = TrafficSource(
            endpoint: try call.name(), requestsPerSecond: rate, body: try body.text("body"),
            contentType: try body.text("contentType"), inferenceComponent: try body.text("inferenceComponent"), seed: seed)
        do {
            try await sageMaker.traffic.put(source, realm: try call.realm())
        } catch let rejection as TrafficRejection {
            if case .noSuchEndpoint = rejection { throw ControlRefusal(404, "\(rejection).") }
            throw ControlRefusal(400, "\(rejection).")
        }
        return .json(show(source))
    }

    func getTraffic(_ call: ControlCall) async throws -> ControlAnswer {
        let name = try call.name()
        guard let source = sageMaker.traffic.source(endpoint: name, realm: try call.realm()) else {
            throw ControlRefusal(404, "The endpoint \(name) has no traffic source.")
        }
        return .json(show(source))
    }

    func deleteTraffic(_ call: ControlCall) async throws -> ControlAnswer {
        let name = try call.name()
        guard try await sageMaker.traffic.delete(endpoint: name, realm: try call.realm()) else {
            throw ControlRefusal(404, "The endpoint \(name) has no traffic source.")
        }
        return .json(["status": "ok"])
    }

    private func show(_ source: TrafficSource) -> AWSValue {
        [
            "endpoint": .string(source.endpoint), "requestsPerSecond": .double(source.requestsPerSecond),
            "body": source.body.map { .string($0) }, "contentType": source.contentType.map { .string($0) },
            "inferenceComponent": source.inferenceComponent.map { .string($0) }, "seed": source.seed.map { .integer(Int64(bitPattern: $0)) },
        ]
    }
}
