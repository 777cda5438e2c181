import AWSModel
import DeclaredResources
import Gateway
package import HostingRules
import SimTime
import Store
import Timeline
import Vocabulary

/// What the operations on endpoints share.
struct EndpointOperations: Sendable {
    let timeline: Timeline
    let shell: EndpointShell
    let tags: TagLedger
    let images: (any ImageResolver)?
    let scaling: (any ScaledVariants)?
    let settings: HostingSettings

    var operations: [Operation] {
        [
            Operation("CreateEndpoint", behavior: createEndpoint),
            Operation("DescribeEndpoint", behavior: describeEndpoint),
            Operation("ListEndpoints", behavior: listEndpoints),
            Operation("UpdateEndpoint", behavior: updateEndpoint),
            Operation("UpdateEndpointWeightsAndCapacities", behavior: updateWeightsAndCapacities),
            Operation("DeleteEndpoint", behavior: deleteEndpoint),
        ]
    }

    func name(in request: OperationRequest) -> String { request.input["EndpointName"]?.string ?? "" }

    /// Loads the endpoint, lets the rules decide, performs what they say. Rejections become faults here.
    func change(
        _ request: OperationRequest,
        _ event: @escaping @Sendable (inout EndpointRecord, Turn) throws -> [EndpointAction]
    ) async throws -> EndpointRecord {
        let (name, realm, shell) = (name(in: request), request.context.realm, shell)
        return try await timeline.turn { turn in
            var record = try shell.record(name, in: realm, turn)
            do {
                let actions = try event(&record, turn)
                try shell.perform(actions, on: record, in: turn)
            } catch let rejection as EndpointRejection {
                throw EndpointFaults.fault(rejection, on: record.arn)
            }
            return record
        }
    }
}

/// How hosting is to behave, from the command line and `coldframe.yaml`.
package struct HostingSettings: Sendable {
    package var provisioning: ProvisioningProfile
    /// How long a Describe call may be held for the next status change, in real seconds; 0 never holds one.
    package var describeWaitsSeconds: Double
    /// The largest body of InvokeEndpoint.
    package var invocationBodyBytesMax: Int

    package init(
        provisioning: ProvisioningProfile = .short, describeWaitsSeconds: Double = 2,
        invocationBodyBytesMax: Int = 6 << 20
    ) {
        self.provisioning = provisioning
        self.describeWaitsSeconds = describeWaitsSeconds
        self.invocationBodyBytesMax = invocationBodyBytesMax
    }
}
