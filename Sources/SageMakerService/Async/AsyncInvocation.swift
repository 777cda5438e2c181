import AWSModel
import AWSProtocols
import HostingRules
import SimTime

/// An accepted asynchronous request, as it is stored until it has ended.
struct AsyncInvocation: Codable, Sendable {
    /// As the client spelled it.
    var endpoint: String
    var inferenceID: String
    /// `s3://…`, or the same place as an https address.
    var inputLocation: String
    var contentType: String?
    var accept: String?
    var customAttributes: String?
    var outputLocation: String?
    var failureLocation: String?
    var timeoutSeconds: Int
    var acceptedAt: SimInstant
    var expiresAt: SimInstant
    /// What its draws come from, also after a restart.
    var random: SeededRandom
    /// Set while it runs.
    var run: Run?

    struct Run: Codable, Sendable {
        var variant: VariantName
        var fleet: FleetID
        var startedAt: SimInstant
        var downloadMicroseconds: Double
        /// Nil while a runner that waits is at work.
        var answer: Answer?
    }

    /// A container's answer that is kept until its time has passed.
    struct Answer: Codable, Sendable {
        var status: Int
        var contentType: String
        var customAttributes: String?
        var latencyMicroseconds: Double
        var hostname: String
        var bytes: [UInt8]

        init(_ answer: ContainerAnswer) {
            status = answer.status
            contentType = answer.contentType
            customAttributes = answer.customAttributes
            latencyMicroseconds = answer.latencyMicroseconds
            hostname = answer.hostname
            bytes = answer.body.bytes
        }

        var containerAnswer: ContainerAnswer {
            ContainerAnswer(
                status: status, body: .whole(bytes), contentType: contentType, customAttributes: customAttributes,
                latencyMicroseconds: latencyMicroseconds, origin: "stored", hostname: hostname)
        }

        // Bodies are bytes: as a list of numbers they would take four times their length.
        private enum Key: String, CodingKey {
            case status, contentType, customAttributes, latencyMicroseconds, hostname, base64
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            status = try container.decode(Int.self, forKey: .status)
            contentType = try container.decode(String.self, forKey: .contentType)
            customAttributes = try container.decodeIfPresent(String.self, forKey: .customAttributes)
            latencyMicroseconds = try container.decode(Double.self, forKey: .latencyMicroseconds)
            hostname = try container.decode(String.self, forKey: .hostname)
            bytes = Base64.decode(try container.decode(String.self, forKey: .base64)) ?? []
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(status, forKey: .status)
            try container.encode(contentType, forKey: .contentType)
            try container.encodeIfPresent(customAttributes, forKey: .customAttributes)
            try container.encode(latencyMicroseconds, forKey: .latencyMicroseconds)
            try container.encode(hostname, forKey: .hostname)
            try container.encode(Base64.encode(bytes), forKey: .base64)
        }
    }

    /// The request as the container sees it.
    func request(_ key: EndpointKey, body: [UInt8]) -> InvocationRequest {
        var request = InvocationRequest([:], realm: key.realm, body: body)
        request.endpoint = endpoint
        request.contentType = contentType
        request.accept = accept
        request.customAttributes = customAttributes
        request.inferenceID = inferenceID
        return request
    }
}
