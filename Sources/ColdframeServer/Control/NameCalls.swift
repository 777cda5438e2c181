import AWSModel
import Gateway
import HTTPServer

/// `/_coldframe/dns`: where a name leads, seen from each network.
extension ControlAPI {
    func resolveName(_ call: ControlCall) async throws -> ControlAnswer {
        guard let text = call.query["name"], !text.isEmpty else { throw ControlRefusal(400, "Say which name: ?name=….") }
        let name = ServiceName(text)
        let answers = networks.networks.map { network -> AWSValue in
            var answer: AWSObject = ["network": .string(network.name)]
            for entry in name.resolution(from: network, networks).entries { answer.append(entry.key, entry.value) }
            return .object(answer)
        }
        return .json([
            "name": .string(text), "destination": name.destination.map { .string($0) }, "networks": .list(answers),
        ])
    }
}

/// One of AWS's names that interface endpoints may answer for.
private struct ServiceName {
    /// E.g. `sagemaker.api`, `studio`, `execute-api`; nil for other names.
    let destination: String?
    private let name: String
    /// True where the name exists inside of VPCs only.
    private let isPrivate: Bool

    init(_ text: String) {
        name = LocalAccess.hostName(text)
        let labels = name.split(separator: ".").map(String.init)
        isPrivate = labels.count > 1 && labels[1] == "execute-api" && !name.contains("vpce")
        destination = switch labels {
        case _ where name.hasSuffix(".sagemaker.aws"): VPCDestination.studio
        case _ where labels.count > 1 && labels[1] == "execute-api": VPCDestination.executeAPI
        case _ where name.hasPrefix("api.sagemaker."): "sagemaker.api"
        case _ where name.hasPrefix("runtime.sagemaker."): "sagemaker.runtime"
        case _ where name.hasPrefix("api.ecr."): "ecr.api"
        case _ where name.contains(".dkr.ecr."): "ecr.dkr"
        case _ where name.hasSuffix(".amazonaws.com") && labels.count >= 4: labels[labels.count - 4]
        default: nil
        }
    }

    /// AWS: doc — spec/studio.md §C1 and §C2: an endpoint's own name resolves everywhere; a service's name resolves to
    /// the VPC's endpoint where there is one, else to public addresses, which an API's name does not have.
    func resolution(from network: NamedNetwork, _ directory: NetworkDirectory) -> AWSObject {
        if name.contains("vpce-") {
            guard let (id, owner) = directory.endpoint(inHost: name) else { return ["resolvesTo": "nothing"] }
            return ["resolvesTo": "endpoint", "vpcEndpoint": .string(id), "endpointNetwork": .string(owner.name)]
        }
        guard let destination else { return ["resolvesTo": "unknown"] }
        if case .vpc(let vpc, _, let endpoints, _) = network.kind, let id = endpoints.id(for: destination) {
            return ["resolvesTo": "endpoint", "vpcEndpoint": .string(id), "vpc": .string(vpc)]
        }
        return ["resolvesTo": isPrivate ? "nothing" : "public"]
    }
}
