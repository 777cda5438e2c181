import AWSModel
import DeclaredResources
import Gateway
import HostingRules
import SimTime
import Store
import Timeline
import Vocabulary

extension EndpointOperations {
    // AWS: doc — spec/hosting.md §A.2: answers at once; the DeploymentConfig is kept, not applied.
    func createEndpoint(_ request: OperationRequest) async throws -> OperationResponse {
        let (name, realm, input) = (name(in: request), request.context.realm, request.input)
        let (shell, tags, images, profile) = (shell, tags, images, settings.provisioning)
        let deploymentConfig = try input["DeploymentConfig"].map(DeploymentConfig.init)
        let arn = try await timeline.turn { turn in
            let key = EndpointKey(realm, name)
            if let existing = try turn.transaction.document(key.document, as: EndpointRecord.self) {
                throw EndpointFaults.alreadyExists(existing.name, in: realm)
            }
            let config = try ResolvedConfig(
                configName: input["EndpointConfigName"]?.string ?? "", in: realm, turn.transaction, images: images)
            let arn = EndpointFaults.arn(name, in: realm)
            do {
                let (endpoint, actions) = try Endpoint.create(
                    config.plan, deploymentConfig: deploymentConfig, seed: Seed.mixed(UInt64(bitPattern: turn.now.millisecondsSinceEpoch), arn),
                    profile: profile, at: turn.now)
                var record = EndpointRecord(name: name, arn: arn, realm: realm, endpoint: endpoint, containers: [:])
                record.assign(config)
                try tags.set(input["Tags"], on: arn, in: turn)
                try shell.perform(actions, on: record, in: turn)
            } catch let rejection as EndpointRejection {
                throw EndpointFaults.fault(rejection, on: arn)
            }
            return arn
        }
        return OperationResponse(["EndpointArn": .string(arn)])
    }
}
