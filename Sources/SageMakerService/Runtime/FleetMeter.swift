import HostingRules
import MetricRules
import SimTime
import Synchronization
import Vocabulary

/// What one meter counts for: a variant under one endpoint configuration, that is one fleet's series; or an inference
/// component.
struct MeterKey: Hashable, Sendable {
    let realm: Realm
    let endpoint: String
    let variant: String
    let config: String
    /// Set for a component; the others are empty then.
    let component: String?

    init(realm: Realm, endpoint: String, variant: String, config: String) {
        (self.realm, self.endpoint, self.variant, self.config) = (realm, endpoint, variant, config)
        component = nil
    }

    init(component: String, realm: Realm) {
        self.realm = realm
        (endpoint, variant, config) = ("", "", "")
        self.component = component
    }
}

/// One invocation as metrics see it.
struct Measurement: Sendable {
    /// The container's HTTP status; 0 for a time-out, which counts as a server error.
    var status: Int
    var modelLatencyMicroseconds: Double
    var overheadLatencyMicroseconds: Double
    /// Instances with traffic at that moment.
    var activeInstances: Int
}

/// Counts the invocations of a fleet by minute until they are flushed. Booking is one short lock.
final class FleetMeter: Sendable {
    private struct State {
        var current: MinuteTally?
        var finished: [MinuteTally] = []
    }

    private let state = Mutex(State())
    /// True for asynchronous endpoints, which publish fewer metrics.
    let isAsynchronous: Bool

    init(isAsynchronous: Bool = false) { self.isAsynchronous = isAsynchronous }

    /// The workers of a serverless variant. They outlive what is published anew at each change.
    let workers = Mutex(ServerlessPool())

    func book(_ measurement: Measurement, at instant: SimInstant) {
        tally(at: instant) { $0.add(measurement) }
    }

    /// Adds one sample of a metric that only some kinds of invocation have.
    func book(_ metric: OccasionalMetric, _ value: Double, at instant: SimInstant) {
        tally(at: instant) { $0.occasional[metric, default: SampleSet()].add(value) }
    }

    /// What each of several containers took: whole measurements where requests name their container.
    func book(_ steps: [ContainerStep], isDirect: Bool, activeInstances: Int, at instant: SimInstant) {
        tally(at: instant) { tally in
            let minute = tally.minute
            for step in steps {
                if isDirect {
                    tally.containers[step.hostname, default: MinuteTally(minute: minute)].add(Measurement(
                        status: step.status, modelLatencyMicroseconds: step.latencyMicroseconds,
                        overheadLatencyMicroseconds: 0, activeInstances: activeInstances))
                } else {
                    tally.containerLatencies[step.hostname, default: SampleSet()].add(step.latencyMicroseconds)
                }
            }
        }
    }

    private func tally(at instant: SimInstant, _ change: (inout MinuteTally) -> Void) {
        let minute = instant.floored(to: .minutes(1))
        state.withLock { state in
            if state.current?.minute != minute {
                if let current = state.current { state.finished.append(current) }
                state.current = MinuteTally(minute: minute)
            }
            change(&state.current!)
        }
    }

    /// Takes out what has been counted since the last call.
    func drain() -> [MinuteTally] {
        state.withLock { state in
            let all = state.finished + (state.current.map { [$0] } ?? [])
            state = State()
            return all
        }
    }
}

/// A metric that only some kinds of invocation have; published for the variant alone.
// AWS: doc — spec/hosting.md §D.1.
enum OccasionalMetric: String, Sendable, CaseIterable {
    case firstChunkLatency = "FirstChunkLatency"
    case firstChunkModelLatency = "FirstChunkModelLatency"
    case firstChunkOverheadLatency = "FirstChunkOverheadLatency"
    case midStreamErrors = "MidStreamErrors"
    /// A cold start of a serverless variant.
    case modelSetupTime = "ModelSetupTime"
    // Serverless variants; all but the first with provisioned concurrency only.
    case serverlessConcurrentExecutionsUtilization = "ServerlessConcurrentExecutionsUtilization"
    case serverlessProvisionedConcurrencyExecutions = "ServerlessProvisionedConcurrencyExecutions"
    case serverlessProvisionedConcurrencyUtilization = "ServerlessProvisionedConcurrencyUtilization"
    case serverlessProvisionedConcurrencyInvocations = "ServerlessProvisionedConcurrencyInvocations"
    case serverlessProvisionedConcurrencySpilloverInvocations = "ServerlessProvisionedConcurrencySpilloverInvocations"
    // Multi-model endpoints.
    case modelLoadingWaitTime = "ModelLoadingWaitTime"
    case modelUnloadingTime = "ModelUnloadingTime"
    case modelDownloadingTime = "ModelDownloadingTime"
    case modelLoadingTime = "ModelLoadingTime"
    case modelCacheHit = "ModelCacheHit"
    /// Requests for an inference component without a copy: what wakes it from zero.
    case noCapacityInvocationFailures = "NoCapacityInvocationFailures"
    // Asynchronous endpoints, §D.3.
    case requestDownloadFailures = "RequestDownloadFailures"
    case responseUploadFailures = "ResponseUploadFailures"
    case expiredRequests = "ExpiredRequests"
    case invocationFailures = "InvocationFailures"
    case invocationsProcessed = "InvocationsProcessed"
    case requestDownloadLatency = "RequestDownloadLatency"
    case responseUploadLatency = "ResponseUploadLatency"
    case timeInBacklog = "TimeInBacklog"
    case totalProcessingTime = "TotalProcessingTime"

    var unit: MetricUnit {
        switch self {
        case .firstChunkLatency, .firstChunkModelLatency, .firstChunkOverheadLatency, .requestDownloadLatency,
            .responseUploadLatency, .modelSetupTime, .modelLoadingWaitTime, .modelUnloadingTime,
            .modelDownloadingTime, .modelLoadingTime: .microseconds
        case .timeInBacklog, .totalProcessingTime: .milliseconds
        case .requestDownloadFailures, .responseUploadFailures, .expiredRequests, .invocationFailures,
            .invocationsProcessed, .serverlessProvisionedConcurrencyExecutions,
            .serverlessProvisionedConcurrencyInvocations, .serverlessProvisionedConcurrencySpilloverInvocations: .count
        case .serverlessConcurrentExecutionsUtilization, .serverlessProvisionedConcurrencyUtilization, .midStreamErrors,
            .noCapacityInvocationFailures, .modelCacheHit: .none
        }
    }
}

/// The invocations of one fleet in one minute.
struct MinuteTally: Sendable {
    let minute: SimInstant
    private(set) var count = 0.0
    private(set) var clientErrors = 0.0
    private(set) var serverErrors = 0.0
    /// Answers that are neither success nor error, e.g. redirects: model errors all the same.
    private(set) var otherErrors = 0.0
    private(set) var perInstance = 0.0
    private(set) var modelLatency = SampleSet()
    private(set) var overheadLatency = SampleSet()
    var occasional: [OccasionalMetric: SampleSet] = [:]
    /// By hostname, of containers that requests name.
    var containers: [String: MinuteTally] = [:]
    /// By hostname, of the containers of a pipeline.
    var containerLatencies: [String: SampleSet] = [:]

    init(minute: SimInstant) { self.minute = minute }

    mutating func add(_ measurement: Measurement) {
        count += 1
        switch measurement.status {
        case 200...299: break
        case 300...399: otherErrors += 1
        case 400...499: clientErrors += 1
        default: serverErrors += 1
        }
        perInstance += 1 / Double(max(1, measurement.activeInstances))
        modelLatency.add(measurement.modelLatencyMicroseconds)
        overheadLatency.add(measurement.overheadLatencyMicroseconds)
    }

    /// The samples of each metric. A success adds a 0 to every error metric, so that its Average is a rate.
    // AWS: recorded — spec/hosting.md §D.1.
    var samples: [(name: String, unit: MetricUnit, samples: SampleSet)] {
        [
            ("Invocations", .none, SampleSet(1, count: count)),
            ("Invocation4XXErrors", .none, Self.flags(clientErrors, of: count)),
            ("Invocation5XXErrors", .none, Self.flags(serverErrors, of: count)),
            ("InvocationModelErrors", .none, Self.flags(clientErrors + serverErrors + otherErrors, of: count)),
            ("ModelLatency", .microseconds, modelLatency),
            ("OverheadLatency", .microseconds, overheadLatency),
        ]
    }

    /// `ones` samples of 1 and the rest of 0.
    private static func flags(_ ones: Double, of count: Double) -> SampleSet {
        var samples = SampleSet()
        if count > ones { samples.add(0, count: count - ones) }
        if ones > 0 { samples.add(1, count: ones) }
        return samples
    }
}
