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

/// Counts the invocations of a fleet by the spans its endpoint publishes, until they are flushed. Booking is one short lock.
final class FleetMeter: Sendable {
    fileprivate struct State {
        /// The length of the spans that become datapoints.
        var length = MetricPace.standard.invocations
        var current: SpanTally?
        var finished: [SpanTally] = []
        var load: SpanLoad?
        var finishedLoads: [SpanLoad] = []
    }

    private let state = Mutex(State())
    /// True for asynchronous endpoints, which publish fewer metrics.
    let isAsynchronous: Bool

    init(isAsynchronous: Bool = false) { self.isAsynchronous = isAsynchronous }

    /// The workers of a serverless variant. They outlive what is published anew at each change.
    let workers = Mutex(ServerlessPool())

    func book(_ measurement: Measurement, at instant: SimInstant) {
        state.withLock { state in
            state.tally(at: instant) { $0.add(measurement) }
            state.load(at: instant) { $0.add(measurement) }
        }
    }

    /// A serverless worker took a request.
    func bookAdmission(at instant: SimInstant) {
        state.withLock { $0.load(at: instant) { $0.admissions += 1 } }
    }

    /// Whether a worker was busy at some time of a span.
    func isBusy(in span: PublishedSpan) -> Bool { workers.withLock { $0.isBusy(from: span.start, until: span.end) } }

    /// Adds one sample of a metric that only some kinds of invocation have.
    func book(_ metric: OccasionalMetric, _ value: Double, at instant: SimInstant) {
        state.withLock { $0.tally(at: instant) { $0.occasional[metric, default: SampleSet()].add(value) } }
    }

    /// What each of several containers took: whole measurements where requests name their container.
    func book(_ steps: [ContainerStep], isDirect: Bool, activeInstances: Int, at instant: SimInstant) {
        state.withLock { state in
            state.tally(at: instant) { tally in
                let span = tally.span
                for step in steps {
                    if isDirect {
                        tally.containers[step.hostname, default: SpanTally(span: span)].add(Measurement(
                            status: step.status, modelLatencyMicroseconds: step.latencyMicroseconds,
                            overheadLatencyMicroseconds: 0, activeInstances: activeInstances))
                    } else {
                        tally.containerLatencies[step.hostname, default: SampleSet()].add(step.latencyMicroseconds)
                    }
                }
            }
        }
    }

    /// Sets the length of the spans that become datapoints, from the next one on.
    func setPace(_ length: SimDuration) { state.withLock { $0.length = length } }

    /// Takes out what may be published at an instant, and the load since the last call. What is to wait for the end of
    /// its span stays.
    func drain(at instant: SimInstant) -> Drained {
        state.withLock { state in
            let loads = state.finishedLoads + (state.load.map { [$0] } ?? [])
            (state.load, state.finishedLoads) = (nil, [])
            let all = state.finished + (state.current.map { [$0] } ?? [])
            let held = all.filter { !$0.span.grows && $0.span.end > instant }
            (state.current, state.finished) = (nil, held)
            return Drained(
                tallies: held.isEmpty ? all : all.filter { $0.span.grows || $0.span.end <= instant }, loads: loads,
                isEmpty: all.isEmpty)
        }
    }

    struct Drained {
        var tallies: [SpanTally]
        var loads: [SpanLoad]
        /// Whether nothing was there at all.
        var isEmpty: Bool
    }
}

extension FleetMeter.State {
    /// Changes the tally that an instant belongs to.
    fileprivate mutating func tally(at instant: SimInstant, _ change: (inout SpanTally) -> Void) {
        if current?.span.contains(instant) != true { open(PublishedSpan(containing: instant, length: length)) }
        change(&current!)
    }

    private mutating func open(_ span: PublishedSpan) {
        if let current { finished.append(current) }
        // One that waits for its end is gone on with, so that it becomes one datapoint.
        let waiting = finished.firstIndex { $0.span == span }
        current = waiting.map { finished.remove(at: $0) } ?? SpanTally(span: span)
    }

    /// Changes the load of the shortest span that an instant belongs to.
    fileprivate mutating func load(at instant: SimInstant, _ change: (inout VariantLoad) -> Void) {
        if load?.span.contains(instant) != true {
            if let load { finishedLoads.append(load) }
            load = SpanLoad(span: PublishedSpan(containing: instant, length: MetricPace.concurrency))
        }
        change(&load!.load)
    }
}

/// What a fleet did in one of the shortest spans that are published.
struct SpanLoad: Sendable {
    let span: PublishedSpan
    var load = VariantLoad()
}

/// What one variant did in some time.
struct VariantLoad: Sendable {
    var invocations = 0.0
    /// The time that all its requests spent in containers: divided by the time and the machines, how many a machine had
    /// at once on average (Little's law), which holds for simulated traffic too.
    var modelMicroseconds = 0.0
    /// Requests that serverless workers took, whether or not they have ended.
    var admissions = 0.0

    mutating func add(_ measurement: Measurement) {
        invocations += 1
        modelMicroseconds += measurement.modelLatencyMicroseconds
    }

    static func + (a: VariantLoad, b: VariantLoad) -> VariantLoad {
        VariantLoad(
            invocations: a.invocations + b.invocations, modelMicroseconds: a.modelMicroseconds + b.modelMicroseconds,
            admissions: a.admissions + b.admissions)
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
    /// Records explained, over the instances.
    case explanationsPerInstance = "ExplanationsPerInstance"
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
            .explanationsPerInstance, .noCapacityInvocationFailures, .modelCacheHit: .none
        }
    }
}

/// The invocations of one fleet in one span.
struct SpanTally: Sendable {
    let span: PublishedSpan
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
    var containers: [String: SpanTally] = [:]
    /// By hostname, of the containers of a pipeline.
    var containerLatencies: [String: SampleSet] = [:]

    init(span: PublishedSpan) { self.span = span }

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
