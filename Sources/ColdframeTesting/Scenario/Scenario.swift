package import SimTime

/// A rollout as a plain-text file tells it (docs in `ScenarioParser`): what there is, what happens when, and what is
/// expected. A pure value.
package struct Scenario: Equatable, Sendable {
    package struct Variant: Equatable, Sendable {
        package var name: String
        package var weight: Double
        package var instances: Int
        package var instanceType: String
        package var image: String
        /// Nil takes a location made from the configuration's name.
        package var modelData: String?
        /// Gets a copy of the traffic, the weight's share of it; its answers are dropped.
        package var isShadow = false
        /// A declared model instead of one of image and model data.
        package var model: String?
        /// Set for a serverless variant, which has no instances.
        package var serverless: Serverless?
        /// Without a model, for inference components.
        package var isForComponents = false
        package var managedInstances: ClosedRange<Int>?
        /// AWS's name of the strategy.
        package var routing: String?
    }

    package struct Config: Equatable, Sendable {
        package var name: String
        package var variants: [Variant]
        package var async: AsyncInference?
        package var capture: Capture?
    }

    package struct Endpoint: Equatable, Sendable {
        package var name: String
        package var config: String
    }

    package struct Behavior: Equatable, Sendable {
        package var name: String
        package var matchModel: String?
        package var matchImage: String?
        package var matchModelData: String?
        package var status: Int?
        package var body: String?
        package var contentType: String?
        package var errorRate: Double?
        package var latencyP50: SimDuration?
        package var latencyP99: SimDuration?
        package var ping: Int?
        package var customAttributes: String?
        package var stream: Stream?
        /// What setting up a serverless worker takes.
        package var coldStart: SimDuration?
        /// What loading a model of a multi-model container takes, and how many a machine holds.
        package var loadTime: SimDuration?
        package var modelsMax: Int?
        package var closesSession = false
        /// The name of an error of the service itself.
        package var fault: String?
    }

    /// A streamed answer of a behaviour, and how it breaks off.
    package struct Stream: Equatable, Sendable {
        package var chunks: [String]
        package var delay: SimDuration?
        package var breaksAfter: Int?
        /// The code of the error it breaks off with.
        package var breaksWith: String?
    }

    package struct Alarm: Equatable, Sendable {
        package var name: String
        package var endpoint: String
        package var metric: String
        package var namespace: String
        /// Nil watches the dimension set without a configuration.
        package var config: String?
        /// Nil watches the dimension set without a variant, or that of the component.
        package var variant: String?
        /// Watched instead of the endpoint that hosts it.
        package var component: String?
        /// `Average`, … or an extended statistic like `p99`.
        package var statistic: String
        package var periodSeconds: Int
        package var datapointsToAlarm: Int
        package var evaluationPeriods: Int
        /// AWS's name of the operator.
        package var comparison: String
        package var threshold: Double
        package var treatMissingData: String
    }

    package struct Load: Equatable, Sendable {
        package var endpoint: String
        /// Requests per second; 0 ends the traffic.
        package var rate: Double
        /// Nil takes the run's seed.
        package var seed: UInt64?
        /// The inference component that is called.
        package var component: String?
    }

    /// Machines there are of an instance type.
    package struct Capacity: Equatable, Sendable {
        package var instanceType: String
        /// Nil lifts the limit.
        package var instances: Int?
    }

    package struct Update: Equatable, Sendable {
        package enum Size: Equatable, Sendable { case count(Int), percent(Int) }

        package enum Policy: Equatable, Sendable {
            case none
            case allAtOnce
            case canary(Size)
            case linear(Size)
            case rolling(Size, rollback: Size?)
        }

        package var endpoint: String
        package var config: String
        package var policy: Policy
        package var waitSeconds: Int?
        package var terminationSeconds: Int?
        package var timeoutSeconds: Int?
        package var rollbackOn: [String]
        package var retainsDeploymentConfig: Bool
        package var retainsVariantProperties: Bool
        /// AWS's names of the properties that come from the new configuration all the same.
        package var excludedProperties: [String] = []
    }

    package enum Action: Equatable, Sendable {
        case update(Update)
        case weights(endpoint: String, [String: Double])
        case instances(endpoint: String, [String: Int])
        case behavior(Behavior)
        case removeBehavior(String)
        case setAlarm(String, state: String)
        case load(Load)
        case capacity(Capacity)
        case concurrency(endpoint: String, [String: Serverless])
        case invoke(Invocation)
        case putObject(StoredObject)
        case removeObject(uri: String)
        case component(ComponentAction)
        case scaling(ScalingAction)
        case delete(endpoint: String)
        case deleteConfig(String)
        case deleteModel(String)
        case expect(Expectation)
    }

    /// One `expect` line: all of its conditions must hold.
    package struct Expectation: Equatable, Sendable {
        package var endpoint: String
        package var conditions: [Condition]
    }

    package struct Condition: Equatable, Sendable {
        package var subject: Subject
        /// As the file writes it, for reports.
        package var text: String
    }

    package enum Subject: Equatable, Sendable {
        case status(String)
        case config(String)
        /// Percent of the endpoint's traffic; nil is not looked at.
        case weights(blue: Double?, green: Double?, within: Double)
        /// Percent of the endpoint's traffic by variant.
        case variants([String: Double], within: Double)
        /// Machines with traffic.
        case instances(blue: Int?, green: Int?)
        case failure(TextMatch)
        case pending(TextMatch)
        case alarm(String, state: String)
        /// Since 0s, of the endpoint or of one configuration.
        case count(Count, config: String?, Comparison, Double)
        /// Machines each variant should have.
        case desired([String: Int])
        /// Of the endpoint's first variant.
        case concurrency(maximum: Int?, provisioned: Int?)
        case component(ComponentState)
        case metric(MetricQuestion)
        case object(ObjectQuestion)
        /// How many activities of auto scaling there were.
        case activities(Comparison, Double)
        /// The cause and the message of its newest activity, with the reason for not scaling.
        case activity(TextMatch)
    }

    package enum Count: String, Equatable, Sendable, CaseIterable { case requests, errors }

    package enum TextMatch: Equatable, Sendable {
        case none
        case equals(String)
        case contains(String)
    }

    package enum Comparison: String, Equatable, Sendable, CaseIterable {
        case atLeast = ">=", atMost = "<=", above = ">", below = "<", equal = "="
    }

    /// What a line of the file does, and when.
    package struct Step: Equatable, Sendable {
        /// Since the endpoints are in service.
        package var at: SimDuration
        package var action: Action
        package var line: Int
        /// The line without its comment and its instant, for reports.
        package var text: String
        /// What AWS's refusal says; nil when the action must succeed.
        package var refusal: String?
    }

    /// A declaration that is carried out like a step, before 0s.
    package struct Preparation: Equatable, Sendable {
        package var action: Action
        package var line: Int
        package var text: String
    }

    /// Machines take minutes to start and end, as on AWS, instead of under a second.
    package var isProvisioningRealistic = false
    package var endpoints: [Endpoint] = []
    package var configs: [Config] = []
    package var behaviors: [Behavior] = []
    package var capacities: [Capacity] = []
    package var models: [Model] = []
    package var buckets: [String] = []
    package var objects: [StoredObject] = []
    /// Declared components: they are in service at 0s.
    package var components: [Preparation] = []
    /// Targets and policies of auto scaling: they are in force from 0s.
    package var scaling: [Preparation] = []
    package var alarms: [Alarm] = []
    /// In order of their instants, those of one instant in the file's order.
    package var steps: [Step] = []

    package init() {}

    /// When the last step happens.
    package var end: SimDuration { steps.last?.at ?? .zero }

    /// Whether anything is scaled automatically.
    var usesScaling: Bool {
        !scaling.isEmpty || steps.contains { if case .scaling = $0.action { true } else { false } }
    }

    func endpoint(named name: String) -> Endpoint? { endpoints.first { $0.name == name } }
    func config(named name: String) -> Config? { configs.first { $0.name == name } }
}

/// What is wrong with a scenario file: the line, and what may stand there.
package struct ScenarioProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package var line: Int
    package var message: String

    package init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }

    package var description: String { "line \(line): \(message)" }
}
