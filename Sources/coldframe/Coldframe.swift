import ArgumentParser
import ColdframeServer

/// `coldframe`: serve, and speak to a server that runs.
@main
struct Coldframe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coldframe",
        abstract: "A local AWS for machine-learning deployments: real fleets, real traffic shifting, real alarms.",
        version: ColdframeServer.version,
        subcommands: [
            Serve.self, Status.self, Reset.self, ClockCommand.self, BehaviorCommand.self, TrafficCommand.self,
            CapacityCommand.self, Events.self, Logs.self,
            Coverage.self, CognitoCommand.self, Simulate.self, Export.self, Import.self,
        ],
        defaultSubcommand: Serve.self)
}
