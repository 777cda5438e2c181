import AWSModel
import AWSProtocols
import HostingRules

extension DeploymentConfig {
    /// Reads the API's `DeploymentConfig`. Throws the fault of a policy that contradicts itself.
    init(_ input: AWSValue) throws {
        let draft = DeploymentConfigDraft(
            blueGreen: input["BlueGreenUpdatePolicy"].map(DeploymentConfigDraft.BlueGreen.init),
            rolling: input["RollingUpdatePolicy"].map(DeploymentConfigDraft.Rolling.init),
            alarms: (input["AutoRollbackConfiguration"]?["Alarms"]?.list ?? []).compactMap {
                $0["AlarmName"]?.string.map { AlarmName($0) }
            },
            json: JSON.string(input))
        do { try self.init(draft) } catch { throw EndpointFaults.fault(error) }
    }

    /// The configuration as the client sent it.
    static func output(_ json: String) -> AWSValue? { try? JSON.parse(json) }
}

extension DeploymentConfigDraft.BlueGreen {
    init(_ policy: AWSValue) {
        let routing = policy["TrafficRoutingConfiguration"]
        self.init(
            type: routing?["Type"]?.string.flatMap(TrafficRoutingType.init) ?? .allAtOnce,
            waitIntervalSeconds: routing?["WaitIntervalInSeconds"]?.int,
            canarySize: routing?["CanarySize"].flatMap(CapacitySize.init),
            linearStepSize: routing?["LinearStepSize"].flatMap(CapacitySize.init),
            terminationWaitSeconds: policy["TerminationWaitInSeconds"]?.int,
            maximumExecutionTimeoutSeconds: policy["MaximumExecutionTimeoutInSeconds"]?.int)
    }
}

extension DeploymentConfigDraft.Rolling {
    init(_ policy: AWSValue) {
        self.init(
            maximumBatchSize: policy["MaximumBatchSize"].flatMap(CapacitySize.init) ?? CapacitySize(.instanceCount, 0),
            waitIntervalSeconds: policy["WaitIntervalInSeconds"]?.int ?? 0,
            maximumExecutionTimeoutSeconds: policy["MaximumExecutionTimeoutInSeconds"]?.int,
            rollbackMaximumBatchSize: policy["RollbackMaximumBatchSize"].flatMap(CapacitySize.init))
    }
}

extension CapacitySize {
    init?(_ size: AWSValue) {
        guard let unit = size["Type"]?.string.flatMap(Unit.init), let value = size["Value"]?.int else { return nil }
        self.init(unit, value)
    }
}
