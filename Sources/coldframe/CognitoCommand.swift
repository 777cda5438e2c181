import AWSModel
import AWSProtocols
import ArgumentParser
import ColdframeTesting
import Foundation

/// `coldframe cognito`: what user pools would have sent by e-mail and text message.
struct CognitoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cognito", abstract: "Read the messages of user pools, and the logs of their import jobs.",
        subcommands: [Messages.self, Imports.self], defaultSubcommand: Messages.self)

    struct Messages: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show messages with their codes, the oldest first.",
            discussion: "Codes are kept in memory only: a restart forgets them.")

        @OptionGroup var server: ServerOptions
        @Option(help: "Only those of this user pool.") var pool: String?
        @Option(help: "Only those to this user name.") var user: String?

        func run() throws {
            let filters = [("pool", pool), ("user", user)].compactMap { name, value in value.map { "\(name)=\(escaped($0))" } }
            try server.call("GET", "cognito/messages?" + filters.joined(separator: "&")) { answer in
                var table = TextTable("time", "pool", "user", "kind", "to", "code")
                for message in answer["messages"]?.list ?? [] {
                    table.add(["time", "pool", "user", "kind", "destination", "code"].map { message[$0]?.string ?? "" })
                }
                print(table.text, terminator: "")
            }
        }
    }

    struct Imports: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what the import jobs of a user pool did with each line.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The user pool's id.") var pool: String

        func run() throws {
            try server.call("GET", "cognito/imports?pool=\(escaped(pool))") { answer in
                for job in answer["jobs"]?.list ?? [] {
                    print("\(job["job"]?.string ?? "") \(job["status"]?.string ?? "")")
                    for line in job["log"]?.list ?? [] { print("  " + (line.string ?? "")) }
                }
            }
        }
    }
}
