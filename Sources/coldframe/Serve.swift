import ArgumentParser
import ColdframeServer
import CPlatform
import Foundation
import HTTPServer
import Logging
import Timeline

/// `coldframe serve`: answers AWS's APIs until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve the emulated AWS APIs on one port.")

    @Option(help: "The address to listen on. Anything but loopback opens the emulator to the network.")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: UInt16?

    @Option(help: "The folder that keeps the state. Default: $XDG_DATA_HOME/coldframe.")
    var data: String?

    @Flag(help: "Keep the state in a temporary folder that is gone when the server ends.")
    var ephemeral = false

    @Option(help: "Simulated seconds per real second.")
    var timeScale: Double?

    @Option(help: "\"follow\" real time, or \"manual\": time moves only when it is advanced.")
    var clock: String?

    @Option(help: "A coldframe.yaml; options of the command line go before it.")
    var config: String?

    @Option(help: "How many real seconds a Describe call may be held for the next status change; 0 turns it off.")
    var describeWaits: Double?

    @Option(help: "How long provisioning takes in simulated time: \"short\" or \"realistic\".")
    var provisioning: String?

    @Option(help: "A name besides local ones under which the control API may be reached. May be given repeatedly.")
    var allowHost: [String] = []

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Option(help: "Decides routing draws and generated ids, for runs that repeat.")
    var seed: UInt64?

    @Option(help: "What tokens of Cognito user pools name as their issuer: \"aws\", or \"local\" for this server's address.")
    var cognitoIssuer: String?

    @Option(help: "How ECR names repositories: \"aws\", or \"local\" for this server's address.")
    var ecrAddressing: String?

    @Flag(help: "Let docker clients meet the registry's known defects: 201 for PATCH, chunks of at least 5 MiB.")
    var ecrFaithful = false

    @Option(help: "Which images of models must be pushed first: \"known\" repositories', \"own\" accounts', or \"all\".")
    var ecrImages: String?

    @Option(help: "The JSON file of what image scans find.")
    var ecrScanRules: String?

    @Option(help: "Whether IAM policies are asked: \"off\", \"soft\" (what they refuse is logged and goes on) or \"enforce\".")
    var iam: String?

    @Flag(help: "Let the header X-Coldframe-Network name the network a request comes from.")
    var networkHeader = false

    func validate() throws {
        if ephemeral, data != nil { throw ValidationError("--data and --ephemeral exclude each other.") }
    }

    func run() async throws {
        var settings: ServerSettings
        do {
            settings = try ServerSettings(reading: config)
            try settings.apply(SettingsLayer(
                host: host, port: port.map(Int.init), data: data, ephemeral: ephemeral ? true : nil,
                timeScale: timeScale, clock: clock, describeWaits: describeWaits, provisioning: provisioning,
                allowHosts: allowHost.isEmpty ? nil : allowHost, logLevel: logLevel, seed: seed,
                cognitoIssuer: cognitoIssuer,
                ecr: RegistryLayer(
                    addressing: ecrAddressing, faithful: ecrFaithful ? true : nil, images: ecrImages,
                    scanRules: ecrScanRules),
                iam: iam, networkHeader: networkHeader ? true : nil))
        } catch let problem as SettingsProblem {
            throw ValidationError(problem.description)
        }
        let level = settings.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        // Before anything listens: whoever starts a server may end it as soon as it answers.
        guard cplatform_catch_termination() == 0 else { throw ExitCode(1) }
        let server: ColdframeServer
        let address: HTTPServerAddress
        do {
            server = try ColdframeServer(settings)
            address = try await server.start()
        } catch {
            print("coldframe: \(Self.explain(error, settings))", to: .standardError)
            throw ExitCode(1)
        }
        let shownHost = address.host.contains(":") ? "[\(address.host)]" : address.host
        print("coldframe \(ColdframeServer.version) listens on http://\(shownHost):\(address.port)", to: .standardError)
        print("  export AWS_ENDPOINT_URL=http://\(shownHost):\(address.port)", to: .standardError)
        cplatform_give_back_startup_pages()
        await Termination.wait()
        await server.stop()
    }

    private static func explain(_ error: any Error, _ settings: ServerSettings) -> String {
        if case HTTPServerError.cannotListen(let host, let port, let number) = error {
            let reason = String(cString: strerror(number))
            if port != settings.port, let network = settings.network(on: port) {
                return "cannot listen on \(host):\(port): \(reason). Choose another networks.\(network).port in coldframe.yaml."
            }
            return "cannot listen on \(host):\(port): \(reason). Choose another with --port, or stop what holds it."
        }
        return "\(error)"
    }
}

/// SIGTERM and SIGINT end the server in order; a second one ends it at once.
private enum Termination {
    /// Waits on a thread of its own, since nothing else can be told when a signal comes.
    static func wait() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                cplatform_await_termination()
                continuation.resume()
            }
        }
    }
}

/// Where a line of the command line goes.
enum OutputChannel { case standardOutput, standardError }

func print(_ line: String, to channel: OutputChannel) {
    let handle = channel == .standardOutput ? FileHandle.standardOutput : FileHandle.standardError
    handle.write(Data((line + "\n").utf8))
}

/// Sends what has been printed on its way, for output that is piped while it grows.
func flushOutput() { fflush(nil) }
