import AWSModel
import SimTime

/// The AWS calls that a scenario's declarations and actions stand for.
enum ScenarioCalls {
    static let role: AWSValue = "arn:aws:iam::123456789012:role/coldframe-scenario"

    /// The models of the variants that name none.
    static func models(_ config: Scenario.Config) -> [AWSValue] {
        config.variants.filter { $0.model == nil && !$0.isForComponents }.map { variant in
            [
                "ModelName": .string(modelName(config, variant)), "ExecutionRoleArn": role,
                "PrimaryContainer": container(variant.image, variant.modelData ?? defaultModelData(config.name)),
            ]
        }
    }

    static func model(_ model: Scenario.Model) -> AWSValue {
        var input: AWSObject = ["ModelName": .string(model.name), "ExecutionRoleArn": role]
        switch model.kind {
        case .single: input["PrimaryContainer"] = container(model.image, model.modelData ?? defaultModelData(model.name))
        case .multiModel:
            var primary = container(model.image, model.modelData ?? "s3://coldframe-scenario/\(model.name)/").object ?? [:]
            primary["Mode"] = "MultiModel"
            input["PrimaryContainer"] = .object(primary)
        case .serial, .direct:
            input["Containers"] = .list(model.containers.map { part in
                var container = container(part.image, part.modelData ?? defaultModelData(model.name)).object ?? [:]
                container["ContainerHostname"] = .string(part.hostname)
                return .object(container)
            })
            input["InferenceExecutionConfig"] = ["Mode": model.kind == .direct ? "Direct" : "Serial"]
        }
        return .object(input)
    }

    static func container(_ image: String, _ modelData: String) -> AWSValue {
        ["Image": .string(image), "ModelDataUrl": .string(modelData)]
    }

    private static func defaultModelData(_ name: String) -> String { "s3://coldframe-scenario/\(name)/model.tar.gz" }

    static func endpointConfig(_ config: Scenario.Config) -> AWSValue {
        let shadows = config.variants.filter(\.isShadow)
        return [
            "EndpointConfigName": .string(config.name),
            "ProductionVariants": .list(config.variants.filter { !$0.isShadow }.map { productionVariant($0, of: config) }),
            "ShadowProductionVariants": shadows.isEmpty ? nil : .list(shadows.map { productionVariant($0, of: config) }),
            // AWS: sdk — spec/hosting.md §C: for variants without a model.
            "ExecutionRoleArn": config.variants.contains(where: \.isForComponents) ? role : nil,
            "AsyncInferenceConfig": config.async.map(asyncInference), "DataCaptureConfig": config.capture.map(capture),
        ]
    }

    private static func productionVariant(_ variant: Scenario.Variant, of config: Scenario.Config) -> AWSValue {
        let hasMachines = variant.serverless == nil
        return [
            "VariantName": .string(variant.name),
            "ModelName": variant.isForComponents ? nil : .string(modelName(config, variant)),
            "InstanceType": hasMachines ? .string(variant.instanceType) : nil,
            "InitialInstanceCount": hasMachines ? .integer(Int64(variant.instances)) : nil,
            // AWS: inferred — without models, requests name their component and no weight counts.
            "InitialVariantWeight": variant.isForComponents ? nil : .double(variant.weight),
            "ServerlessConfig": variant.serverless.map(serverless),
            "ManagedInstanceScaling": variant.managedInstances.map { range in
                [
                    "Status": "ENABLED", "MinInstanceCount": .integer(Int64(range.lowerBound)),
                    "MaxInstanceCount": .integer(Int64(range.upperBound)),
                ]
            },
            "RoutingConfig": variant.routing.map { ["RoutingStrategy": .string($0)] },
        ]
    }

    private static func serverless(_ config: Scenario.Serverless) -> AWSValue {
        [
            "MemorySizeInMB": config.memoryInMB.map { .integer(Int64($0)) },
            "MaxConcurrency": .integer(Int64(config.maximum)),
            "ProvisionedConcurrency": config.provisioned.map { .integer(Int64($0)) },
        ]
    }

    private static func asyncInference(_ config: Scenario.AsyncInference) -> AWSValue {
        [
            "ClientConfig": config.concurrencyPerInstance.map {
                ["MaxConcurrentInvocationsPerInstance": .integer(Int64($0))]
            },
            "OutputConfig": [
                "S3OutputPath": .string(config.output), "S3FailurePath": config.failure.map { .string($0) },
            ],
        ]
    }

    private static func capture(_ config: Scenario.Capture) -> AWSValue {
        let headers: AWSObject = [
            "CsvContentTypes": config.csvTypes.isEmpty ? nil : .list(config.csvTypes.map { .string($0) }),
            "JsonContentTypes": config.jsonTypes.isEmpty ? nil : .list(config.jsonTypes.map { .string($0) }),
        ]
        return [
            "EnableCapture": true, "InitialSamplingPercentage": .integer(Int64(config.samplingPercentage)),
            "DestinationS3Uri": .string(config.destination),
            "CaptureOptions": .list(config.modes.map { ["CaptureMode": .string($0)] }),
            "CaptureContentTypeHeader": headers.isEmpty ? nil : .object(headers),
        ]
    }

    /// The configuration's name, with the variant's where there are several.
    private static func modelName(_ config: Scenario.Config, _ variant: Scenario.Variant) -> String {
        variant.model ?? (config.variants.count == 1 ? config.name : "\(config.name)-\(variant.name)")
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
        respond["customAttributes"] = behavior.customAttributes.map { .string($0) }
        respond["stream"] = behavior.stream.map(stream)
        respond["coldStartMilliseconds"] = behavior.coldStart.map { ["p50": .integer($0.milliseconds)] }
        respond["closesSession"] = behavior.closesSession ? true : nil
        respond["fault"] = behavior.fault.map { .string($0) }
        let models: AWSObject = [
            "loadMilliseconds": behavior.loadTime.map { .integer($0.milliseconds) },
            "max": behavior.modelsMax.map { .integer(Int64($0)) },
        ]
        return [
            "match": [
                "modelName": behavior.matchModel.map { .string($0) }, "image": behavior.matchImage.map { .string($0) },
                "modelDataUrl": behavior.matchModelData.map { .string($0) },
            ],
            "respond": respond.isEmpty ? nil : .object(respond),
            "ping": behavior.ping.map { ["status": .integer(Int64($0))] },
            "models": models.isEmpty ? nil : .object(models),
        ]
    }

    private static func stream(_ stream: Scenario.Stream) -> AWSValue {
        [
            "chunks": .list(stream.chunks.map { .string($0) }),
            "delayMilliseconds": stream.delay.map { .integer($0.milliseconds) },
            "error": stream.breaksWith.map { code in
                ["code": .string(code), "afterChunks": stream.breaksAfter.map { .integer(Int64($0)) }]
            },
        ]
    }

    /// - Parameter actions: what the alarm starts when it rings.
    static func alarm(_ alarm: Scenario.Alarm, actions: [String] = []) -> AWSValue {
        let owner: Scenario.MetricQuestion.Owner = alarm.component.map { .component($0) }
            ?? .endpoint(alarm.endpoint, variant: alarm.variant, config: alarm.config, container: nil)
        let isPlain = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"].contains(alarm.statistic)
        return [
            "AlarmName": .string(alarm.name), "Namespace": .string(alarm.namespace), "MetricName": .string(alarm.metric),
            "Dimensions": dimensions(owner), (isPlain ? "Statistic" : "ExtendedStatistic"): .string(alarm.statistic),
            "Period": .integer(Int64(alarm.periodSeconds)), "EvaluationPeriods": .integer(Int64(alarm.evaluationPeriods)),
            "DatapointsToAlarm": .integer(Int64(alarm.datapointsToAlarm)), "Threshold": .double(alarm.threshold),
            "ComparisonOperator": .string(alarm.comparison), "TreatMissingData": .string(alarm.treatMissingData),
            "ActionsEnabled": .boolean(!actions.isEmpty),
            "AlarmActions": actions.isEmpty ? nil : .list(actions.map { .string($0) }),
        ]
    }

    static func dimensions(_ owner: Scenario.MetricQuestion.Owner) -> AWSValue {
        let pairs: [(String, String?)] =
            switch owner {
            case .component(let name): [("InferenceComponentName", name)]
            case .endpoint(let name, let variant, let config, let container):
                [
                    ("EndpointName", name), ("VariantName", variant), ("EndpointConfigName", config),
                    ("ContainerName", container),
                ]
            }
        return .list(pairs.compactMap { name, value in value.map { ["Name": .string(name), "Value": .string($0)] } })
    }
}
