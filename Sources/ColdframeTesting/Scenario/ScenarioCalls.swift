import AWSModel
import SimTime

/// The AWS calls that a scenario's declarations and actions stand for.
enum ScenarioCalls {
    static func models(_ config: Scenario.Config) -> [AWSValue] {
        config.variants.map { variant in
            [
                "ModelName": .string(modelName(config, variant)),
                "ExecutionRoleArn": "arn:aws:iam::123456789012:role/coldframe-scenario",
                "PrimaryContainer": [
                    "Image": .string(variant.image),
                    "ModelDataUrl": .string(variant.modelData ?? "s3://coldframe-scenario/\(config.name)/model.tar.gz"),
                ],
            ]
        }
    }

    static func endpointConfig(_ config: Scenario.Config) -> AWSValue {
        let shadows = config.variants.filter(\.isShadow)
        return [
            "EndpointConfigName": .string(config.name),
            "ProductionVariants": .list(config.variants.filter { !$0.isShadow }.map { productionVariant($0, of: config) }),
            "ShadowProductionVariants": shadows.isEmpty ? nil : .list(shadows.map { productionVariant($0, of: config) }),
        ]
    }

    private static func productionVariant(_ variant: Scenario.Variant, of config: Scenario.Config) -> AWSValue {
        [
            "VariantName": .string(variant.name), "ModelName": .string(modelName(config, variant)),
            "InstanceType": .string(variant.instanceType),
            "InitialInstanceCount": .integer(Int64(variant.instances)),
            "InitialVariantWeight": .double(variant.weight),
        ]
    }

    /// The configuration's name, with the variant's where there are several.
    private static func modelName(_ config: Scenario.Config, _ variant: Scenario.Variant) -> String {
        config.variants.count == 1 ? config.name : "\(config.name)-\(variant.name)"
    }

    /// The control API's body.
    static func behavior(_ behavior: Scenario.Behavior) -> AWSValue {
        var respond: AWSObject = [
            "status": behavior.status.map { .integer(Int64($0)) }, "body": behavior.body.map { .string($0) },
            "contentType": behavior.contentType.map { .string($0) }, "errorRate": behavior.errorRate.map { .double($0) },
        ]
        if let p50 = behavior.latencyP50 {
            let p99 = behavior.latencyP99 ?? p50
            respond["latencyMilliseconds"] = ["p50": .integer(p50.milliseconds), "p99": .integer(p99.milliseconds)]
        }
        return [
            "match": [
                "modelName": behavior.matchModel.map { .string($0) }, "image": behavior.matchImage.map { .string($0) },
                "modelDataUrl": behavior.matchModelData.map { .string($0) },
            ],
            "respond": respond.isEmpty ? nil : .object(respond),
            "ping": behavior.ping.map { ["status": .integer(Int64($0))] },
        ]
    }

    static func alarm(_ alarm: Scenario.Alarm) -> AWSValue {
        func dimension(_ name: String, _ value: String) -> AWSValue { ["Name": .string(name), "Value": .string(value)] }
        var dimensions = [dimension("EndpointName", alarm.endpoint), dimension("VariantName", alarm.variant)]
        if let config = alarm.config { dimensions.append(dimension("EndpointConfigName", config)) }
        let isPlain = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"].contains(alarm.statistic)
        return [
            "AlarmName": .string(alarm.name), "Namespace": .string(alarm.namespace), "MetricName": .string(alarm.metric),
            "Dimensions": .list(dimensions), (isPlain ? "Statistic" : "ExtendedStatistic"): .string(alarm.statistic),
            "Period": .integer(Int64(alarm.periodSeconds)), "EvaluationPeriods": .integer(Int64(alarm.evaluationPeriods)),
            "DatapointsToAlarm": .integer(Int64(alarm.datapointsToAlarm)), "Threshold": .double(alarm.threshold),
            "ComparisonOperator": .string(alarm.comparison), "TreatMissingData": .string(alarm.treatMissingData),
            "ActionsEnabled": false,
        ]
    }

    static func update(_ update: Scenario.Update) -> AWSValue {
        [
            "EndpointName": .string(update.endpoint), "EndpointConfigName": .string(update.config),
            "DeploymentConfig": deploymentConfig(update),
            "RetainDeploymentConfig": update.retainsDeploymentConfig ? true : nil,
            "RetainAllVariantProperties": update.retainsVariantProperties ? true : nil,
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
                "RollbackMaximumBatchSize": rollback.map(size),
            ]
        }
        if !update.rollbackOn.isEmpty {
            config["AutoRollbackConfiguration"] = [
                "Alarms": .list(update.rollbackOn.map { ["AlarmName": .string($0)] }),
            ]
        }
        return config.isEmpty ? nil : .object(config)
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

    private static func size(_ size: Scenario.Update.Size) -> AWSValue {
        switch size {
        case .count(let count): ["Type": "INSTANCE_COUNT", "Value": .integer(Int64(count))]
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

    private static func capacities(_ endpoint: String, _ variants: [AWSValue]) -> AWSValue {
        ["EndpointName": .string(endpoint), "DesiredWeightsAndCapacities": .list(variants)]
    }
}
