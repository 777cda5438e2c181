package import AccessControl
package import APIGatewayService
import AWSModel
package import BlobStore
package import CloudWatchService
package import CognitoService
package import ECRService
package import Gateway
package import HTTPServer
package import IdentityService
package import Logging
package import LogsService
import MetricRules
import Outbound
package import S3Service
package import SageMakerService
import ScalingService
import SimTime
package import Store
package import StudioService
package import Timeline

/// The composition root: builds the parts, joins their ports, lists the routes. Nothing here decides anything else.
package final class ColdframeServer: Sendable {
    package static let version = "0.1.0"

    /// The tables of every part, in the order they are made.
    static let migrations = Timeline.migrations + CloudWatchService.migrations + S3Service.migrations
        + ECRService.migrations + CognitoService.migrations + LogsService.migrations
        + SageMakerService.migrations + ScalingService.migrations

    package let settings: ServerSettings
    package let store: Store
    package let timeline: Timeline
    package let blobs: BlobStore
    package let sageMaker: SageMakerService
    package let cloudWatch: CloudWatchService
    package let s3: S3Service
    package let identity: IdentityService
    package let ecr: ECRService
    package let cognito: CognitoService
    package let logs: LogsService
    /// Nil when nothing is enforced.
    package let authorizer: PolicyAuthorizer?
    package let networks: NetworkDirectory
    package let studio: StudioService
    package let apiGateway: APIGatewayService
    package let gateway: Gateway
    package let logger: Logger
    private let http: HTTPServer
    private let networkListeners: NetworkListeners

    /// Opens the store and builds every part; nothing listens yet. Throws `StoreError` when the data folder is unusable.
    package init(_ settings: ServerSettings, realNow: @escaping RealClock = SystemClock.now) throws {
        self.settings = settings
        var logger = Logger(label: "coldframe")
        logger.logLevel = settings.logLevel
        self.logger = logger

        let store = try Store(
            location: settings.dataFolder.map { .folder($0) } ?? .ephemeral,
            migrations: Self.migrations)
        let timeline = try Timeline(store: store, clock: settings.clock, realNow: realNow, logger: logger)
        let identity = try IdentityService(store: store, timeline: timeline)
        authorizer = settings.iam == .off ? nil : PolicyAuthorizer(
            mode: settings.iam, principals: PrincipalBridge(identity: identity),
            resources: ResourceBridge(store: store, identity: identity), timeline: timeline, logger: logger)
        networks = NetworkDirectory(settings.networks, allowsHeader: settings.allowsNetworkHeader)
        let blobs = try BlobStore(folder: store.folder + "/blobs")
        let layers = try BlobStore(folder: store.folder + "/ecr-blobs", keepsUploads: true)
        let cloudWatch = CloudWatchService(timeline: timeline, logger: logger)
        let ecr = try ECRService(
            store: store, timeline: timeline, blobs: layers, settings: settings.ecr, authorizer: authorizer,
            networks: networks, logger: logger)
        let logs = LogsService(timeline: timeline, logger: logger)
        self.logs = logs
        let seed = settings.seed ?? .random(in: 0 ... .max)
        let studioAccess: any StudioAuthorization = if let authorizer {
            StudioAccessBridge(authorizer: authorizer, networks: networks, timeline: timeline)
        } else {
            UnrestrictedStudio()
        }
        let studio = StudioService(
            store: store, timeline: timeline, images: ImageBridge(ecr: ecr), roles: RoleBridge(identity: identity),
            authorization: studioAccess, settings: settings.effectiveStudio, seed: seed, logger: logger)
        self.studio = studio
        let s3 = S3Service(store: store, timeline: timeline, blobs: blobs)
        let sageMaker = try SageMakerService(
            store: store, timeline: timeline, metrics: MetricBridge(cloudWatch: cloudWatch),
            alarms: AlarmBridge(cloudWatch: cloudWatch), objects: ObjectBridge(s3: s3), images: ImageBridge(ecr: ecr),
            containerLogs: ContainerLogBridge(logs: logs), scaling: ScaledVariantBridge(), settings: settings.hosting,
            tagging: [studio], seed: seed)
        (self.store, self.timeline, self.blobs) = (store, timeline, blobs)
        (self.cloudWatch, self.sageMaker, self.s3, self.identity) = (cloudWatch, sageMaker, s3, identity)
        self.ecr = ecr
        cognito = CognitoService(
            store: store, timeline: timeline, realNow: realNow, issuer: settings.cognitoIssuer,
            triggers: TriggerBridge(functions: settings.functions, runner: HookRunner()),
            credentials: CredentialBridge(identity: identity), socialAddresses: settings.identityProviders,
            compromisedPasswords: settings.compromisedPasswords)
        identity.verifyWebIdentities(with: WebIdentityBridge(cognito: cognito))

        let scaling = ScalingService(
            timeline: timeline, resources: ScalableResourceBridge(sageMaker: sageMaker),
            alarms: ScalingAlarmBridge(cloudWatch: cloudWatch))
        let links = LinkBridge(
            identity: identity, networks: networks, functionNetwork: settings.privateAPI?.functionNetwork)
        apiGateway = APIGatewayService(
            store: store, timeline: timeline, networks: networks, settings: settings.privateAPI,
            functions: FunctionBridge(functions: settings.functions, runner: HookRunner()),
            verifier: TokenBridge(cognito: cognito), links: links, logger: logger)

        timeline.beforeAdvanceAnswers { turn in
            try cloudWatch.flush(in: turn)
            try sageMaker.traffic.save(in: turn)
            try sageMaker.flushCaptures(in: turn)
        }
        let outbound = OutboundHTTP()
        cloudWatch.deliverActions(by: AlarmActionBridge(
            targets: settings.alarmActions, functions: settings.functions, http: outbound,
            hooks: HookRunner(http: outbound)))
        cloudWatch.readLogs(from: LogBridge(logs: logs))
        cloudWatch.deliverStreams(to: DeliveryBridge(s3: s3, locations: settings.deliveryStreams))
        cloudWatch.metrics.addSource { sageMaker.flushMetrics() }
        cloudWatch.metrics.beforeReads { await sageMaker.catchUpMetrics() }
        cloudWatch.onTransition { turn, transition in
            try scaling.alarmChanged(in: transition.realm, turn: turn)
            guard transition.to == .alarm else { return }
            try sageMaker.alarmRang(transition.alarmName, realm: transition.realm, in: turn)
        }

        let services: [any Service] = [sageMaker, studio, cloudWatch, logs, scaling, s3, identity, ecr, cognito, apiGateway]
        let control = ControlAPI(
            store: store, timeline: timeline, blobs: blobs, layers: layers, sageMaker: sageMaker, cloudWatch: cloudWatch,
            s3: s3, identity: identity, ecr: ecr, cognito: cognito, logs: logs, scaling: scaling,
            apiGateway: apiGateway, networks: networks, table: OperationTable(services), logger: logger)
        gateway = Gateway(
            services: services, routes: control.routes, callers: identity,
            access: LocalAccess(extraHosts: settings.allowedHosts), networks: networks, authorizer: authorizer,
            clock: { timeline.reading }, logger: logger)

        links.join(gateway)

        var http = HTTPServerConfiguration(host: settings.host, port: settings.port, logger: logger)
        http.loopCount = settings.loopCount
        self.http = HTTPServer(configuration: http, handler: gateway)
        networkListeners = NetworkListeners(settings.networks, configuration: http, gateway: gateway)
    }

    /// Fires what became due while the server was away, then listens. Throws `HTTPServerError`.
    package func start() async throws -> HTTPServerAddress {
        timeline.start()
        Task.detached(priority: .utility) { [ecr, logger] in
            do { _ = try await ecr.collectGarbage() } catch {
                logger.error("failed to collect unreferenced layers", metadata: ["error": "\(error)"])
            }
        }
        let address = try await http.start()
        try await networkListeners.start()
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        cognito.listens(at: "http://\(host):\(address.port)")
        studio.listens(at: "http://\(host):\(address.port)")
        return address
    }

    /// Starts time without listening: for drivers that speak to `gateway` directly.
    package func startWithoutListening() { timeline.start() }

    /// Lets running requests end, writes what is pending, and closes the store.
    package func stop(drainingSeconds: Double = 5) async {
        timeline.events.endSubscriptions()
        // Every way in is closed before what answers there ends.
        async let networksStopped: Void = networkListeners.stop(drainingSeconds: drainingSeconds)
        await http.stop(drainingSeconds: drainingSeconds)
        await networksStopped
        await sageMaker.stop()
        await write("datapoints") { [cloudWatch] in try await cloudWatch.flush() }
        await write("log lines") { [logs] in try await logs.flush() }
        await write("captures") { [timeline, sageMaker] in
            try await timeline.turn { turn in try sageMaker.flushCaptures(in: turn) }
        }
        cloudWatch.endFlushing()
        timeline.stop()
        ecr.suspend()
        store.close()
    }

    /// One kind of what is pending: that it cannot be written keeps nothing else from being written.
    private func write(_ what: String, _ flush: () async throws -> Void) async {
        do { try await flush() } catch {
            logger.error("failed to write the last \(what)", metadata: ["error": "\(error)"])
        }
    }
}
