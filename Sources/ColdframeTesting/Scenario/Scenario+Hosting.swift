/// What there is besides plain real-time variants.
extension Scenario {
    /// The containers behind a variant: one, one with many models, or several.
    package struct Model: Equatable, Sendable {
        package enum Kind: String, Equatable, Sendable, CaseIterable {
            case single, multiModel = "multi-model", serial, direct
        }

        package struct Container: Equatable, Sendable {
            package var hostname: String
            package var image: String
            package var modelData: String?
        }

        package var name: String
        package var kind: Kind
        package var image: String
        package var modelData: String?
        /// Of `serial` and `direct`, in their order.
        package var containers: [Container] = []
        package var line: Int
    }

    package struct Serverless: Equatable, Sendable {
        /// Nil keeps the memory: for changes of concurrency.
        package var memoryInMB: Int?
        package var maximum: Int
        package var provisioned: Int?
    }

    /// `AsyncInferenceConfig`.
    package struct AsyncInference: Equatable, Sendable {
        package var output: String
        package var failure: String?
        package var concurrencyPerInstance: Int?
        package var line: Int
    }

    /// `DataCaptureConfig`.
    package struct Capture: Equatable, Sendable {
        package var destination: String
        package var samplingPercentage: Int
        /// AWS's names: Input, Output.
        package var modes: [String]
        package var csvTypes: [String]
        package var jsonTypes: [String]
        package var line: Int
    }

    package struct StoredObject: Equatable, Sendable {
        package var uri: String
        package var body: String
    }

    // MARK: Inference components

    package struct Component: Equatable, Sendable {
        package var name: String
        package var endpoint: String
        package var variant: String
        package var specification: ComponentSpecification
        package var copies: Int
    }

    package struct ComponentSpecification: Equatable, Sendable {
        package var image: String?
        package var modelData: String?
        /// A declared model instead of image and model data.
        package var model: String?
        package var cores: Double?
        package var memoryInMB: Int?
        package var accelerators: Int?
    }

    package struct ComponentUpdate: Equatable, Sendable {
        package var name: String
        package var specification: ComponentSpecification
        package var copies: Int?
        /// Copies of a batch; nil updates without a policy.
        package var batch: Update.Size?
        package var rollbackBatch: Update.Size?
        package var waitSeconds: Int?
        package var timeoutSeconds: Int?
        package var rollbackOn: [String]
    }

    package enum ComponentAction: Equatable, Sendable {
        case create(Component)
        case update(ComponentUpdate)
        case copies([String: Int])
        case delete(String)
    }

    /// What DescribeInferenceComponent tells; nil is not looked at.
    package struct ComponentState: Equatable, Sendable {
        package var name: String
        package var status: String?
        package var copies: Int?
        package var desired: Int?
        package var image: TextMatch?
        package var failure: TextMatch?
    }
}
