import AWSModel

/// UpdateEndpoint and UpdateEndpointWeightsAndCapacities.
extension ScenarioCalls {
    static func update(_ update: Scenario.Update) -> AWSValue {
        [
            "EndpointName": .string(update.endpoint), "EndpointConfigName": .string(update.config),
            "DeploymentConfig": deploymentConfig(update),
            "RetainDeploymentConfig": update.retainsDeploymentConfig ? true : nil,
            "RetainAllVariantProperties": update.retainsVariantProperties ? true : nil,
            "ExcludeRetainedVariantProperties": update.excludedProperties.isEmpty ? nil
                : .list(update.excludedProperties.map { ["VariantPropertyType": .string($0)] }),
        ]
    }

    private static func deploymentConfig(_ update: Scenario.Update) -> AWSValue? {
        var config = AWSObject()
        switch update.policy {
        case .none: break
        case .allAtOnce: config["BlueGreenUpdatePolicy"] = blueGreen(update, "ALL_AT_ONCE", nil)
        case .canary(let size): config["BlueGreenUpdatePolicy"] = blueGreen(update, "CANARY", ("CanarySize", size))
        case .linear(let step): config["BlueGreenUpdatePolicy"] = blueGreen(update, "LINEAR", ("LinearStepSize", step))
        case .rolling(let batch, let rollback):
            config["RollingUpdatePolicy"] = [
                "MaximumBatchSize": size(batch), "WaitIntervalInSeconds": .integer(Int64(update.waitSeconds ?? 0)),
                "MaximumExecutionTimeoutInSeconds": update.timeoutSeconds.map { .integer(Int64($0)) },
                "RollbackMaximumBatchSize": rollback.map { size($0) },
            ]
        }
        config["AutoRollbackConfiguration"] = rollback(on: update.rollbackOn)
        return config.isEmpty ? nil : .object(config)
    }

    static func rollback(on alarms: [String]) -> AWSValue? {
        alarms.isEmpty ? nil : ["Alarms": .list(alarms.map { ["AlarmName": .string($0)] })]
    }

    private static func blueGreen(
        _ update: Scenario.Update, _ type: String, _ part: (member: String, size: Scenario.Update.Size)?
    ) -> AWSValue {
        // AWS's model requires the wait, whatever the type.
        var routing: AWSObject = ["Type": .string(type), "WaitIntervalInSeconds": .integer(Int64(update.waitSeconds ?? 0))]
        if let part { routing[part.member] = size(part.size) }
        return [
            "TrafficRoutingConfiguration": .object(routing),
            "TerminationWaitInSeconds": update.terminationSeconds.map { .integer(Int64($0)) },
            "MaximumExecutionTimeoutInSeconds": update.timeoutSeconds.map { .integer(Int64($0)) },
        ]
    }

    static func size(_ size: Scenario.Update.Size, countedIn unit: AWSValue = "INSTANCE_COUNT") -> AWSValue {
        switch size {
        case .count(let count): ["Type": unit, "Value": .integer(Int64(count))]
        case .percent(let percent): ["Type": "CAPACITY_PERCENT", "Value": .integer(Int64(percent))]
        }
    }

    static func weights(_ endpoint: String, _ weights: [String: Double]) -> AWSValue {
        capacities(endpoint, weights.sorted { $0.key < $1.key }.map { name, weight in
            ["VariantName": .string(name), "DesiredWeight": .double(weight)]
        })
    }

    static func instances(_ endpoint: String, _ counts: [String: Int]) -> AWSValue {
        capacities(endpoint, counts.sorted { $0.key < $1.key }.map { name, count in
            ["VariantName": .string(name), "DesiredInstanceCount": .integer(Int64(count))]
        })
    }

    static func concurrency(_ endpoint: String, _ changes: [String: Scenario.Serverless]) -> AWSValue {
        capacities(endpoint, changes.sorted { $0.key < $1.key }.map { name, config in
            [
                "VariantName": .string(name),
                "ServerlessUpdateConfig": [
                    "MaxConcurrency": .integer(Int64(config.maximum)),
                    "ProvisionedConcurrency": config.provisioned.map { .integer(Int64($0)) },
                ],
            ]
        })
    }

    private static func capacities(_ endpoint: String, _ variants: [AWSValue]) -> AWSValue {
        ["EndpointName": .string(endpoint), "DesiredWeightsAndCapacities": .list(variants)]
    }
}
