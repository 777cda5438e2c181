import AccessControl
import Gateway
import PolicyRules

/// A network of `coldframe.yaml`: either `sourceIp`, or a VPC with its endpoints.
package struct NetworkLayer: Codable, Sendable {
    /// An address, or a CIDR whose first address is taken.
    package var sourceIp: String?
    /// A VPC's id, e.g. `vpc-0a1b2c3d`.
    package var vpc: String?
    /// The endpoint for every service that `vpcEndpoints` does not name.
    package var vpcEndpoint: String?
    /// Endpoints by what they lead to: `sagemaker.api`, `studio`, `execute-api`, `s3`, ….
    package var vpcEndpoints: [String: String]?
    /// An address within the VPC, or a CIDR whose first address is taken.
    package var vpcSourceIp: String?
    /// The public address of what the VPC has no endpoint for.
    package var natIp: String?
    /// A port of its own on which this network's requests arrive.
    package var port: Int?

    static let keys: Set<String> = ["sourceIp", "vpc", "vpcEndpoint", "vpcEndpoints", "vpcSourceIp", "natIp", "port"]

    /// Throws `SettingsProblem`, naming the network.
    func network(named name: String) throws -> NamedNetwork {
        let port = try port.map { number in
            guard let port = UInt16(exactly: number) else {
                throw SettingsProblem("networks.\(name).port is \(number); it must be from 0 to 65535.")
            }
            return port
        }
        let endpoints = NamedNetwork.Endpoints(byDestination: vpcEndpoints ?? [:], others: vpcEndpoint)
        switch (sourceIp, vpc) {
        case (let address?, nil):
            guard vpcEndpoint == nil, vpcEndpoints == nil, vpcSourceIp == nil, natIp == nil else {
                throw SettingsProblem("networks.\(name) has sourceIp; vpcEndpoint, vpcSourceIp and natIp need vpc.")
            }
            let first = try Self.address(address, "networks.\(name).sourceIp")
            return NamedNetwork(name: name, kind: .open(sourceIP: first), port: port)
        case (nil, let vpc?):
            guard let vpcSourceIp else { throw SettingsProblem("networks.\(name) needs vpcSourceIp.") }
            let first = try Self.address(vpcSourceIp, "networks.\(name).vpcSourceIp")
            let nat = try natIp.map { try Self.address($0, "networks.\(name).natIp") }
            return NamedNetwork(
                name: name, kind: .vpc(id: vpc, sourceIP: first, endpoints: endpoints, natIP: nat), port: port)
        default: throw SettingsProblem("networks.\(name) needs either sourceIp or vpc.")
        }
    }

    private static func address(_ text: String, _ setting: String) throws -> String {
        guard let network = IPNetwork(text) else {
            throw SettingsProblem("\(setting) is \(text); it must be an IP address or a CIDR.")
        }
        return network.firstHost
    }
}

extension ServerSettings {
    /// The part of a layer that is about policies and networks. Throws `SettingsProblem`.
    mutating func applyAccess(_ layer: SettingsLayer) throws {
        if let mode = layer.iam {
            guard let known = IAMMode(rawValue: mode) else {
                throw SettingsProblem("iam is \(mode); it must be \"off\", \"soft\" or \"enforce\".")
            }
            iam = known
        }
        if let networks = layer.networks {
            self.networks = try networks.sorted { $0.key < $1.key }.map { try $0.value.network(named: $0.key) }
            var owners: [UInt16: String] = [:]
            for network in self.networks {
                // Several may ask for a free one.
                guard let port = network.port, port != 0 else { continue }
                if let other = owners.updateValue(network.name, forKey: port) {
                    throw SettingsProblem("networks.\(network.name).port is \(port), and so is networks.\(other).port.")
                }
            }
        }
        if let allowed = layer.networkHeader { allowsNetworkHeader = allowed }
        if let layer = layer.privateApi { privateAPI = try layer.settings(networks.map(\.name)) }
    }
}
