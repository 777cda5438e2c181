package import AWSModel
package import HTTPServer
package import PolicyRules

/// A network that requests come from, as `coldframe.yaml` names it.
package struct NamedNetwork: Sendable, Equatable {
    /// What a request of a network passes on its way.
    package enum Kind: Sendable, Equatable {
        /// The internet, or a line from one's own premises: `aws:SourceIp` is the address.
        case open(sourceIP: String)
        /// A VPC with interface endpoints.
        case vpc(id: String, sourceIP: String, endpoints: Endpoints, natIP: String?)
    }

    /// A VPC's interface endpoints by what they lead to.
    package struct Endpoints: Sendable, Equatable {
        /// Endpoint ids by destination, e.g. `sagemaker.api`, `studio`, `execute-api`, `s3`.
        package var byDestination: [String: String]
        /// The endpoint for everything else; nil sends the rest over the NAT.
        package var others: String?

        package init(byDestination: [String: String] = [:], others: String? = nil) {
            self.byDestination = byDestination
            self.others = others
        }

        package func id(for destination: String) -> String? { byDestination[destination] ?? others }

        package func contains(_ id: String) -> Bool { others == id || byDestination.values.contains(id) }
    }

    package var name: String
    package var kind: Kind
    /// A port of its own on which this network's requests arrive; 0 takes a free one.
    package var port: UInt16?

    package init(name: String, kind: Kind, port: UInt16? = nil) {
        self.name = name
        self.kind = kind
        self.port = port
    }

    /// The way from this network to a destination.
    /// AWS: doc — spec/studio.md §B2: what has no endpoint is reached from the NAT's public address.
    package func path(to destination: String) -> NetworkPath {
        switch kind {
        case .open(let sourceIP): .open(sourceIP: sourceIP)
        case .vpc(let id, let sourceIP, let endpoints, let natIP):
            if let endpoint = endpoints.id(for: destination) {
                .endpoint(id: endpoint, vpc: id, sourceIP: sourceIP)
            } else {
                .open(sourceIP: natIP ?? sourceIP)
            }
        }
    }
}

/// Tells which network a request comes from: by the opt-in header, by an endpoint's name in the Host, by the listener,
/// else it is the peer's own address. `X-Forwarded-For` is never believed.
package struct NetworkDirectory: Sendable {
    /// The header that names a network, where it is allowed.
    package static let headerName = "X-Coldframe-Network"

    package let networks: [NamedNetwork]
    private let allowsHeader: Bool
    /// True when every request's path is its peer's address.
    private let isTrivial: Bool

    package init(_ networks: [NamedNetwork] = [], allowsHeader: Bool = false) {
        self.networks = networks
        self.allowsHeader = allowsHeader
        isTrivial = networks.isEmpty && !allowsHeader
    }

    package func network(named name: String) -> NamedNetwork? { networks.first { $0.name == name } }

    /// The way a request took to `destination` (`studio`, `execute-api`, or a service's endpoint name).
    /// Throws `ValidationException` when the header names no network.
    package func path(of request: HTTPRequest, to destination: @autoclosure () -> String) throws -> NetworkPath {
        if isTrivial { return .open(sourceIP: request.remoteAddress) }
        if allowsHeader, let name = request.headers[Self.headerName] {
            guard let network = network(named: name) else {
                throw AWSFault.validation("\(Self.headerName) names no network of coldframe.yaml: \(name).")
            }
            return network.path(to: destination())
        }
        if let (endpoint, network) = endpoint(inHost: request.headers["Host"] ?? ""),
           case .vpc(let id, let sourceIP, _, _) = network.kind {
            return .endpoint(id: endpoint, vpc: id, sourceIP: sourceIP)
        }
        if let network = network(named: request.listener) { return network.path(to: destination()) }
        return .open(sourceIP: request.remoteAddress)
    }

    /// The endpoint whose own name the host is: `vpce-1.api.sagemaker.us-east-1.vpce.amazonaws.com`, also with
    /// AWS's suffix to the id (`vpce-1-abcd`), under `.localhost`, or behind an API's id (`a1b2c3d4e5-vpce-1`).
    package func endpoint(inHost host: String) -> (id: String, network: NamedNetwork)? {
        let name = LocalAccess.hostName(host)
        guard let start = name.firstRange(of: "vpce-")?.lowerBound else { return nil }
        let label = name[start...].prefix { $0 != "." }
        var best: (id: String, network: NamedNetwork)?
        for network in networks {
            guard case .vpc(_, _, let endpoints, _) = network.kind else { continue }
            let ids = endpoints.byDestination.values.sorted() + (endpoints.others.map { [$0] } ?? [])
            for id in ids where label == id || label.hasPrefix(id + "-") {
                if best.map({ $0.id.utf8.count < id.utf8.count }) ?? true { best = (id, network) }
            }
        }
        return best
    }
}

/// What interface endpoints lead to, by AWS's service names without `com.amazonaws.REGION.`.
package enum VPCDestination {
    package static let studio = "studio"
    package static let executeAPI = "execute-api"

    /// The endpoint service that takes the calls of a service model.
    /// AWS: doc — "AWS services that integrate with AWS PrivateLink".
    package static func name(of service: ServiceID) -> String {
        switch service.name {
        case "sagemaker": "sagemaker.api"
        case "sagemaker-runtime": "sagemaker.runtime"
        case "cloudwatch": "monitoring"
        case "ecr": "ecr.api"
        default: service.name
        }
    }
}
