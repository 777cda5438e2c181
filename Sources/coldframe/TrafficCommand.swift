import AWSModel
import ArgumentParser
import ColdframeTesting

/// `coldframe traffic`: simulated clients of an endpoint.
struct TrafficCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traffic", abstract: "Attach simulated traffic to an endpoint, look at it, or take it off.",
        subcommands: [Set.self, Get.self, Delete.self])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send so many invocations per simulated second.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var realm: RealmOptions
        @Argument(help: "The endpoint's name.") var endpoint: String
        @Argument(help: "Invocations per simulated second.") var requestsPerSecond: Double
        @Option(help: "The body of each invocation.") var body: String?
        @Option(help: "The content type of each invocation.") var contentType: String?
        @Option(help: "The same seed sends the same requests to the same fleets.") var seed: Int64?

        func run() throws {
            let source: AWSValue = [
                "requestsPerSecond": .double(requestsPerSecond), "body": body.map { .string($0) },
                "contentType": contentType.map { .string($0) }, "seed": seed.map { .integer($0) },
            ]
            try server.call("PUT", "traffic/" + escaped(endpoint) + realm.query, source) { print(TrafficText.line($0)) }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the traffic of an endpoint.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var realm: RealmOptions
        @Argument(help: "The endpoint's name.") var endpoint: String

        func run() throws {
            try server.call("GET", "traffic/" + escaped(endpoint) + realm.query) { print(TrafficText.line($0)) }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take the traffic off an endpoint.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var realm: RealmOptions
        @Argument(help: "The endpoint's name.") var endpoint: String

        func run() throws {
            try server.call("DELETE", "traffic/" + escaped(endpoint) + realm.query) { _ in
                print("\(endpoint) takes no simulated traffic any more.")
            }
        }
    }
}

enum TrafficText {
    static func line(_ source: AWSValue) -> String {
        let rate = TimeText.plain(source["requestsPerSecond"]?.double ?? 0)
        return "\(source["endpoint"]?.string ?? "") takes \(rate) simulated invocations per second."
    }
}
