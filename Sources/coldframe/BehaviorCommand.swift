import AWSModel
import AWSProtocols
import ArgumentParser
import ColdframeTesting
import Foundation

/// `coldframe behavior`: scripted answers of model containers.
struct BehaviorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "behavior", abstract: "List, add and remove scripted behaviors of models.",
        subcommands: [List.self, Get.self, Put.self, Delete.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all behaviors, the one that wins first.")

        @OptionGroup var server: ServerOptions

        func run() throws {
            try server.call("GET", "behaviors") { answer in
                var table = TextTable("name", "origin", "match", "respond", "ping")
                for behavior in answer["behaviors"]?.list ?? [] {
                    let members = ["match", "respond", "ping"].map { member in
                        MemberText.line(behavior[member] ?? (member == "respond" ? behavior["run"] ?? behavior["proxy"] : nil), lengthMax: 60)
                    }
                    table.add([
                        behavior["name"]?.string ?? "", behavior["builtIn"]?.bool == true ? "built in" : "yours",
                    ] + members)
                }
                print(table.text, terminator: "")
            }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one behavior as JSON.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The behavior's name.") var name: String

        func run() throws { try server.call("GET", "behaviors/" + escaped(name)) { print(JSON.string($0)) } }
    }

    struct Put: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add or replace a behavior; the latest one that matches wins.",
            discussion: "Globs know * and ?. Without a --match option the behavior speaks for every model.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The behavior's name.") var name: String
        @Option(help: "Read the whole rule as JSON from a file, or from standard input with \"-\".") var file: String?
        @Option(help: "A glob on the model's name.") var matchModel: String?
        @Option(help: "A glob on the container's image.") var matchImage: String?
        @Option(help: "A glob on the model data's URL.") var matchModelData: String?
        @Option(help: "The status of every answer, or with --error-rate of the failing ones.") var status: Int?
        @Option(help: "The body of the answer.") var body: String?
        @Option(help: "The content type of the answer.") var contentType: String?
        @Option(help: "The median latency in milliseconds.") var latencyP50: Double?
        @Option(help: "The 99th percentile of the latency in milliseconds.") var latencyP99: Double?
        @Option(help: "The share of invocations that fail, 0 to 1.") var errorRate: Double?
        @Option(help: "The status of the health check; anything but 200 keeps instances out of service.") var ping: Int?

        @Option(
            name: .customLong("run"), parsing: .remaining,
            help: "A command to start for each instance, with its arguments; {port} and {model} are filled in. Comes last.")
        var command: [String] = []
        @Option(help: "The address of a server that answers /ping and /invocations.") var proxy: String?

        private var isRuleGiven: Bool {
            [matchModel, matchImage, matchModelData, body, contentType].contains { $0 != nil } || status != nil
                || latencyP50 != nil || latencyP99 != nil || errorRate != nil || ping != nil || !command.isEmpty || proxy != nil
        }

        func validate() throws {
            if file != nil, isRuleGiven {
                throw ValidationError("--file holds the whole rule; leave the other options out.")
            }
            if file == nil, !isRuleGiven {
                throw ValidationError("Say what the behavior does, e.g. --status 500, or give a --file.")
            }
            if latencyP99 != nil, latencyP50 == nil { throw ValidationError("--latency-p99 needs --latency-p50.") }
        }

        private func rule() throws -> AWSValue {
            if let file {
                let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
                guard let data else { throw NamedProblem("cannot read \(file)").exit }
                guard let rule = try? JSON.parse([UInt8](data)) else { throw NamedProblem("\(file) is not JSON").exit }
                return rule
            }
            let latency = latencyP50.map { p50 -> AWSValue in ["p50": .double(p50), "p99": .double(latencyP99 ?? p50)] }
            let respond: AWSObject = [
                "status": status.map { .integer(Int64($0)) }, "body": body.map { .string($0) },
                "contentType": contentType.map { .string($0) }, "latencyMilliseconds": latency,
                "errorRate": errorRate.map { .double($0) },
            ]
            return [
                "match": [
                    "modelName": matchModel.map { .string($0) }, "image": matchImage.map { .string($0) },
                    "modelDataUrl": matchModelData.map { .string($0) },
                ],
                "respond": respond.isEmpty ? nil : .object(respond),
                "ping": ping.map { ["status": .integer(Int64($0))] },
                "run": command.isEmpty ? nil : ["command": .list(command.map { .string($0) })],
                "proxy": proxy.map { ["url": .string($0)] },
            ]
        }

        func run() throws {
            try server.call("PUT", "behaviors/" + escaped(name), try rule()) { _ in print("The behavior \(name) is in force.") }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a behavior.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The behavior's name.") var name: String

        func run() throws {
            try server.call("DELETE", "behaviors/" + escaped(name)) { _ in print("The behavior \(name) is removed.") }
        }
    }
}
