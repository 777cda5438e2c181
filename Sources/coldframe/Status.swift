import ArgumentParser
import AWSModel
import AWSProtocols
import ColdframeTesting
import Outbound

/// `coldframe status`: does a server answer, and what is its time. Fit for a container's health check.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether a server answers, and what its clock does.",
        discussion: "Exits with 0 when the server is ready and with 1 when it is not.")

    @OptionGroup var server: ServerOptions

    @Option(help: "How many seconds to wait for an answer.")
    var timeout = 2.0

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout must be from 0 to 3600 seconds.") }
    }

    func run() throws {
        var (health, clock) = (AWSValue.null, AWSValue.null)
        var quiet = server
        quiet.json = false
        try quiet.call("GET", "health", timeoutSeconds: timeout) { health = $0 }
        try quiet.call("GET", "clock", timeoutSeconds: timeout) { clock = $0 }
        let url = try server.client().url.description
        if server.json {
            return print(JSON.string(["url": .string(url), "health": health, "clock": clock]))
        }
        print("coldframe \(health["version"]?.string ?? "") answers at \(url)")
        print(ClockText.line(clock))
    }
}

/// `coldframe reset`: forgets all state.
struct Reset: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget all state: resources, metrics, events, behaviors.")

    @OptionGroup var server: ServerOptions

    func run() throws { try server.call("POST", "reset") { _ in print("All state is forgotten.") } }
}
