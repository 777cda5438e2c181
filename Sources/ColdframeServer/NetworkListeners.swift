import Gateway
import HTTPServer
import Synchronization

/// The ports of the named networks: whatever arrives there comes from that network.
final class NetworkListeners: Sendable {
    private let servers: [(network: String, server: HTTPServer)]
    private let ports = Mutex<[String: UInt16]>([:])

    init(_ networks: [NamedNetwork], configuration: HTTPServerConfiguration, gateway: Gateway) {
        servers = networks.compactMap { network in
            guard let port = network.port else { return nil }
            var own = configuration
            own.port = port
            own.loopCount = 1
            return (network.name, HTTPServer(configuration: own, handler: Entrance(listener: network.name, gateway: gateway)))
        }
    }

    /// The port a network's requests arrive on, once it listens.
    func port(of network: String) -> UInt16? { ports.withLock { $0[network] } }

    /// Throws `HTTPServerError`.
    func start() async throws {
        for (network, server) in servers {
            let address = try await server.start()
            ports.withLock { $0[network] = address.port }
        }
    }

    func stop(drainingSeconds: Double) async {
        await withTaskGroup(of: Void.self) { group in
            for (_, server) in servers { group.addTask { await server.stop(drainingSeconds: drainingSeconds) } }
        }
    }
}

/// Marks requests with the listener they came in by.
private struct Entrance: HTTPHandler {
    let listener: String
    let gateway: Gateway

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        var marked = request
        marked.listener = listener
        return await gateway.respond(to: marked)
    }
}
