import CognitoService
import Foundation
import HostingRules
import Logging
package import Outbound
import S3Service
import SageMakerService
import Timeline

/// One layer of settings, as `coldframe.yaml` or the command line gives it; nil leaves what is below.
package struct SettingsLayer: Codable, Sendable {
    package var host: String?
    package var port: Int?
    package var data: String?
    package var ephemeral: Bool?
    package var timeScale: Double?
    package var clock: String?
    package var describeWaits: Double?
    /// `short` or `realistic`.
    package var provisioning: String?
    package var allowHosts: [String]?
    package var logLevel: String?
    package var seed: UInt64?
    /// `aws` or `local`.
    package var cognitoIssuer: String?
    /// What answers for social identity providers, by their type: `Google: http://127.0.0.1:9100`.
    package var identityProviders: [String: HTTPURL]?
    /// Passwords that Cognito's threat protection knows as stolen.
    package var compromisedPasswords: [String]?
    package var ecr: RegistryLayer?
    /// What stands for a Lambda function, by its ARN: an address that takes events by POST, or a command.
    package var functions: [String: Hook]?
    /// Where alarm actions go, by the action's ARN: an address, or `events` for the event stream alone.
    package var alarmActions: [String: String]?
    /// `off`, `soft` or `enforce`.
    package var iam: String?
    /// By name.
    package var networks: [String: NetworkLayer]?
    package var networkHeader: Bool?
    /// Where metric streams write, by the ARN or name of a delivery stream: `s3://bucket/prefix`.
    package var deliveryStreams: [String: String]?
    package var studio: StudioLayer?
    package var privateApi: PrivateAPILayer?

    package init(
        host: String? = nil, port: Int? = nil, data: String? = nil, ephemeral: Bool? = nil, timeScale: Double? = nil,
        clock: String? = nil, describeWaits: Double? = nil, provisioning: String? = nil, allowHosts: [String]? = nil,
        logLevel: String? = nil, seed: UInt64? = nil, cognitoIssuer: String? = nil, ecr: RegistryLayer? = nil,
        iam: String? = nil, networks: [String: NetworkLayer]? = nil, networkHeader: Bool? = nil,
        studio: StudioLayer? = nil
    ) {
        self.host = host
        self.port = port
        self.data = data
        self.ephemeral = ephemeral
        self.timeScale = timeScale
        self.clock = clock
        self.describeWaits = describeWaits
        self.provisioning = provisioning
        self.allowHosts = allowHosts
        self.logLevel = logLevel
        self.seed = seed
        self.cognitoIssuer = cognitoIssuer
        self.ecr = ecr
        self.iam = iam
        self.networks = networks
        self.networkHeader = networkHeader
        self.studio = studio
    }

    static let keys: Set<String> = [
        "host", "port", "data", "ephemeral", "timeScale", "clock", "describeWaits", "provisioning", "allowHosts",
        "logLevel", "seed", "cognitoIssuer", "identityProviders", "compromisedPasswords",
        "ecr", "studio", "functions", "alarmActions", "iam", "networks",
        "networkHeader", "deliveryStreams", "privateApi",
    ]
}

/// What is wrong with a setting, in a sentence that names it.
package struct SettingsProblem: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension ServerSettings {
    /// The defaults, changed by the YAML file at `path` when there is one. Throws `SettingsProblem`.
    package init(reading path: String?) throws {
        self.init()
        dataFolder = Self.defaultDataFolder
        guard let path else { return }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw SettingsProblem("Cannot read \(path).")
        }
        guard let document = try SettingsDocument(text, path: path) else { return }
        try document.check(.file)
        var layer = try document.decode(SettingsLayer.self)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if let rules = layer.ecr?.scanRules { layer.ecr?.scanRules = Self.absolute(rules, in: folder) }
        if let data = layer.data { layer.data = Self.absolute(data, in: folder) }
        try apply(layer)
    }

    /// Paths in the file are meant from where the file is, whoever starts the server from where.
    private static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") || path.isEmpty ? path : folder + "/" + path
    }

    /// Changes what the layer names. Throws `SettingsProblem` for a value out of bounds.
    package mutating func apply(_ layer: SettingsLayer) throws {
        if let host = layer.host { self.host = host }
        if let port = layer.port {
            guard let number = UInt16(exactly: port) else { throw SettingsProblem("port is \(port); it must be from 0 to 65535.") }
            self.port = number
        }
        if let data = layer.data {
            guard !data.isEmpty else { throw SettingsProblem("data is empty; it must be the path of a folder.") }
            dataFolder = data
        }
        if layer.ephemeral == true { dataFolder = nil }
        if let scale = layer.timeScale {
            guard ClockSetting.scales.contains(scale) else {
                throw SettingsProblem("timeScale is \(scale); it must be from 0.001 to 1000000.")
            }
            clock.scale = scale
        }
        if let mode = layer.clock {
            guard let known = ClockMode(rawValue: mode) else {
                throw SettingsProblem("clock is \(mode); it must be \"follow\" or \"manual\".")
            }
            clock.mode = known
        }
        if let seconds = layer.describeWaits {
            guard seconds >= 0, seconds <= 60 else {
                throw SettingsProblem("describeWaits is \(seconds); it must be from 0 to 60.")
            }
            hosting.describeWaitsSeconds = seconds
        }
        if let profile = layer.provisioning { hosting.provisioning = try Self.profile(profile) }
        if let hosts = layer.allowHosts { allowedHosts = hosts }
        if let level = layer.logLevel {
            guard let known = Logger.Level(rawValue: level) else {
                throw SettingsProblem("logLevel is \(level); it must be trace, debug, info, notice, warning, error or critical.")
            }
            logLevel = known
        }
        if let seed = layer.seed { self.seed = seed }
        if let layer = layer.ecr { try ecr.apply(layer) }
        try applyAccess(layer)
        if let layer = layer.studio { try studio.apply(layer) }
        if let form = layer.cognitoIssuer {
            guard let known = IssuerForm(rawValue: form) else {
                throw SettingsProblem("cognitoIssuer is \(form); it must be \"aws\" or \"local\".")
            }
            cognitoIssuer = known
        }
        if let passwords = layer.compromisedPasswords { compromisedPasswords = Set(passwords) }
        if let providers = layer.identityProviders {
            identityProviders = [:]
            for (name, address) in providers {
                guard let provider = SocialProvider(rawValue: name) else {
                    let known = SocialProvider.allCases.map(\.rawValue).joined(separator: ", ")
                    throw SettingsProblem("identityProviders: \(name) is not a social provider; known are \(known).")
                }
                identityProviders[provider] = address
            }
        }
        if let functions = layer.functions {
            for arn in functions.keys.sorted() where !arn.hasPrefix("arn:") {
                throw SettingsProblem("functions: \(arn) is not the ARN of a function.")
            }
            self.functions = functions
        }
        if let streams = layer.deliveryStreams { deliveryStreams = try Self.deliveryStreams(streams) }
        if let actions = layer.alarmActions { alarmActions = try Self.alarmActions(actions) }
    }

    private static func alarmActions(_ texts: [String: String]) throws -> [String: AlarmActionSetting] {
        var settings: [String: AlarmActionSetting] = [:]
        for (arn, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard arn.hasPrefix("arn:") else { throw SettingsProblem("alarmActions: \(arn) is not an ARN.") }
            if text == "events" {
                settings[arn] = .eventStream
            } else if let url = HTTPURL(text) {
                settings[arn] = .address(url)
            } else {
                throw SettingsProblem(
                    "alarmActions: \(text) for \(arn) must be \"events\" or an address like http://127.0.0.1:9000/alarms.")
            }
        }
        return settings
    }

    private static func deliveryStreams(_ texts: [String: String]) throws -> [String: ObjectLocation] {
        var locations: [String: ObjectLocation] = [:]
        for (stream, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard let location = ObjectLocation(uri: text) else {
                throw SettingsProblem("deliveryStreams: \(text) for \(stream) must be like s3://bucket/prefix/.")
            }
            locations[stream] = location
        }
        return locations
    }

    private static func profile(_ name: String) throws -> ProvisioningProfile {
        switch name {
        case "short": .short
        case "realistic": .realistic
        default: throw SettingsProblem("provisioning is \(name); it must be \"short\" or \"realistic\".")
        }
    }

    /// `$XDG_DATA_HOME/coldframe`, else `~/.local/share/coldframe`.
    private static var defaultDataFolder: String {
        let environment = ProcessInfo.processInfo.environment
        if let root = environment["XDG_DATA_HOME"], root.hasPrefix("/") { return root + "/coldframe" }
        return (environment["HOME"] ?? "/tmp") + "/.local/share/coldframe"
    }
}
