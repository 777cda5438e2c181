/// A scripted answer of model containers: which ones it speaks for, what they answer, how fast, and whether they are healthy.
package struct Behavior: Codable, Sendable, Equatable {
    package var name: String
    package var match: Match
    package var respond: Response?
    package var ping: Ping?
    /// How a multi-model container loads the model that this rule matches.
    package var models: ModelLoading?
    /// A command that answers, in place of `respond` and `ping`.
    package var run: Run?
    /// A server that answers, in place of `respond` and `ping`.
    package var proxy: Proxy?
    /// True for the ones the server ships; a user's rule of any name goes before them.
    package var isBuiltIn: Bool

    package init(
        name: String, match: Match, respond: Response? = nil, ping: Ping? = nil, run: Run? = nil, proxy: Proxy? = nil,
        models: ModelLoading? = nil, isBuiltIn: Bool = false
    ) {
        self.models = models
        self.run = run
        self.proxy = proxy
        self.name = name
        self.match = match
        self.respond = respond
        self.ping = ping
        self.isBuiltIn = isBuiltIn
    }

    /// Globs (`*` any run of characters, `?` one character); nil matches everything.
    package struct Match: Codable, Sendable, Equatable {
        package var modelName: String?
        package var image: String?
        package var modelDataUrl: String?

        package init(modelName: String? = nil, image: String? = nil, modelDataUrl: String? = nil) {
            self.modelName = modelName
            self.image = image
            self.modelDataUrl = modelDataUrl
        }
    }

    package struct Response: Codable, Sendable, Equatable {
        /// 200–599. With an `errorRate` this is the status of the failing share, else of every answer; 200 when nil
        /// (500 for the failing share).
        package var status: Int?
        /// Nil keeps the synthetic body of a success; a failure then has a plain sentence.
        package var body: String?
        package var contentType: String?
        package var latencyMilliseconds: Latency?
        /// The share of invocations, 0–1, that fail; the others succeed.
        package var errorRate: Double?
        /// What the container sets as its custom attributes; nil hands back those of the request.
        package var customAttributes: String?
        /// Chunks instead of a body.
        package var stream: Stream?
        /// What setting up a worker of a serverless variant takes.
        package var coldStartMilliseconds: Latency?
        /// An error of the service instead of an answer, for the share that fails.
        package var fault: FrontFault?
        /// The container closes the session of each request that has one.
        package var closesSession: Bool?

        package init(
            status: Int? = nil, body: String? = nil, contentType: String? = nil, latencyMilliseconds: Latency? = nil,
            errorRate: Double? = nil, customAttributes: String? = nil, stream: Stream? = nil,
            coldStartMilliseconds: Latency? = nil, closesSession: Bool? = nil,
            fault: FrontFault? = nil
        ) {
            self.fault = fault
            self.coldStartMilliseconds = coldStartMilliseconds
            self.closesSession = closesSession
            self.customAttributes = customAttributes
            self.stream = stream
            self.status = status
            self.body = body
            self.contentType = contentType
            self.latencyMilliseconds = latencyMilliseconds
            self.errorRate = errorRate
        }
    }

    /// A streamed answer. A call that does not stream gets the chunks as one body.
    package struct Stream: Codable, Sendable, Equatable {
        package var chunks: [String]
        /// The time before each chunk, after the latency of the answer.
        package var delayMilliseconds: Double?
        package var failure: Failure?

        /// How the stream breaks off.
        package struct Failure: Codable, Sendable, Equatable {
            /// How many chunks arrive before it.
            package var afterChunks: Int
            package var code: StreamBreak.Kind
            package var message: String?

            package init(afterChunks: Int, code: StreamBreak.Kind, message: String? = nil) {
                self.afterChunks = afterChunks
                self.code = code
                self.message = message
            }
        }

        package init(chunks: [String], delayMilliseconds: Double? = nil, failure: Failure? = nil) {
            self.chunks = chunks
            self.delayMilliseconds = delayMilliseconds
            self.failure = failure
        }
    }

    /// A log-normal distribution through two of its percentiles, in milliseconds.
    package struct Latency: Codable, Sendable, Equatable {
        package var p50: Double
        /// At least `p50`; equal makes every answer take the same time.
        package var p99: Double

        package init(p50: Double, p99: Double) {
            self.p50 = p50
            self.p99 = p99
        }
    }

    /// Loading in a multi-model container. Model data matches by the whole address of the archive.
    package struct ModelLoading: Codable, Sendable, Equatable {
        /// From the request to the first answer of a model that is not loaded; beyond 60 s the request fails, and the
        /// model goes on loading.
        package var loadMilliseconds: Double?
        /// Models that a machine holds; the one that was not used the longest goes for another.
        package var max: Int?

        package init(loadMilliseconds: Double? = nil, max: Int? = nil) {
            self.loadMilliseconds = loadMilliseconds
            self.max = max
        }
    }

    package struct Ping: Codable, Sendable, Equatable {
        /// Anything but 200 keeps an instance out of service.
        package var status: Int

        package init(status: Int) { self.status = status }
    }

    /// The documented default: a model archive trained with XGBoost 0.90 does not load in the 1.2 container. Every
    /// invocation tries to load it anew and fails, slowly (README, "The incompatible release").
    package static let builtIn: [Behavior] = [
        Behavior(
            name: "incompatible-xgboost",
            match: Match(image: "*sagemaker-xgboost:1.2-1*", modelDataUrl: "*xgb-churn-prediction-model*"),
            respond: Response(
                status: 500, body: "Unable to load the model: the archive was written by an incompatible XGBoost release.",
                contentType: "text/plain", latencyMilliseconds: Latency(p50: 150, p99: 180)),
            isBuiltIn: true),
    ]
}

/// Why a behaviour is refused; the text names the member and what it may be.
package enum BehaviorRejection: Error, Equatable, Sendable, CustomStringConvertible {
    case statusOutOfBounds(member: String, status: Int)
    case errorRateOutOfBounds(Double)
    case latencyOutOfBounds
    case bodyTooLong(bytes: Int)
    case streamOutOfBounds
    case faultWithStatus
    case customAttributesOutOfBounds
    case tooMany
    case modelsOutOfBounds
    case severalAnswers
    case runOutOfBounds
    case proxyOutOfBounds
    case secondsOutOfBounds

    package var description: String {
        switch self {
        case .statusOutOfBounds(let member, let status): "\(member) is \(status); it must be an HTTP status from 200 to 599"
        case .errorRateOutOfBounds(let rate): "respond.errorRate is \(rate); it must be from 0 to 1"
        case .latencyOutOfBounds:
            "respond.latencyMilliseconds and respond.coldStartMilliseconds need 0 <= p50 <= p99 <= \(Int(Behavior.latencyMillisecondsMax))"
        case .bodyTooLong(let bytes): "respond.body has \(bytes) bytes; at most \(Behavior.bodyBytesMax) are allowed"
        case .faultWithStatus: "respond.status cannot be given with respond.fault, which has its own"
        case .streamOutOfBounds:
            "respond.stream needs at most \(Behavior.chunksMax) chunks of \(Behavior.bodyBytesMax) bytes together, "
                + "0 <= delayMilliseconds <= \(Int(Behavior.latencyMillisecondsMax)), and an error after no more chunks "
                + "than there are; respond.body cannot be given with it"
        case .customAttributesOutOfBounds:
            "respond.customAttributes must be at most 1024 visible ASCII characters"
        case .severalAnswers: "a behavior has one of run, proxy, and respond with ping"
        case .runOutOfBounds:
            "run.command needs 1 to 64 words, the program first, of 32 KiB together; run.graceSeconds must be from 0 to 300"
        case .proxyOutOfBounds: "proxy.url must be an address like http://127.0.0.1:8080"
        case .secondsOutOfBounds: "startupSeconds and timeoutSeconds must be above 0 and at most 3600"
        case .modelsOutOfBounds:
            "models.loadMilliseconds must be from 0 to \(Int(Behavior.latencyMillisecondsMax)), models.max from 1 to 10000"
        case .tooMany: "there are \(Behavior.rulesMax) behaviours already; delete one first"
        }
    }
}

extension Behavior {
    static let latencyMillisecondsMax = 3_600_000.0
    static let bodyBytesMax = 6 << 20
    static let rulesMax = 1000
    static let chunksMax = 10_000

    /// Throws what is wrong with a rule that a client sent.
    package func check() throws(BehaviorRejection) {
        try checkProcesses()
        if let status = respond?.status, !(200...599).contains(status) {
            throw .statusOutOfBounds(member: "respond.status", status: status)
        }
        if let status = ping?.status, !(200...599).contains(status) {
            throw .statusOutOfBounds(member: "ping.status", status: status)
        }
        if let models {
            guard (0...Self.latencyMillisecondsMax).contains(models.loadMilliseconds ?? 0),
                  (1...10_000).contains(models.max ?? 1) else { throw .modelsOutOfBounds }
        }
        if let rate = respond?.errorRate, !(0...1).contains(rate) { throw .errorRateOutOfBounds(rate) }
        for latency in [respond?.latencyMilliseconds, respond?.coldStartMilliseconds] {
            guard let latency else { continue }
            guard latency.p50 >= 0, latency.p99 >= latency.p50, latency.p99 <= Self.latencyMillisecondsMax else {
                throw .latencyOutOfBounds
            }
        }
        if respond?.fault != nil, respond?.status != nil { throw .faultWithStatus }
        if let stream = respond?.stream {
            let failsAfter = stream.failure?.afterChunks ?? 0
            guard respond?.body == nil, stream.chunks.count <= Self.chunksMax,
                  stream.chunks.reduce(0, { $0 + $1.utf8.count }) <= Self.bodyBytesMax,
                  (0...Self.latencyMillisecondsMax).contains(stream.delayMilliseconds ?? 0),
                  (0...stream.chunks.count).contains(failsAfter)
            else { throw .streamOutOfBounds }
        }
        if let attributes = respond?.customAttributes {
            guard attributes.utf8.count <= 1024, attributes.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
            else { throw .customAttributesOutOfBounds }
        }
        if let body = respond?.body, body.utf8.count > Self.bodyBytesMax { throw .bodyTooLong(bytes: body.utf8.count) }
    }
}

/// A model container as behaviours match it.
struct ContainerIdentity: Hashable, Sendable, Codable {
    var modelName: String
    var image: String
    var modelDataUrl: String
    /// The container definition's `Environment`, for those that run it.
    var environment: [String: String]?
    /// The container's name among several; nil where it is the only one.
    var hostname: String?
    /// How several containers, or several models, answer together.
    var layout: ModelLayout?
}

extension Behavior.Match {
    func matches(_ container: ContainerIdentity) -> Bool {
        (modelName.map { glob($0, matches: container.modelName) } ?? true)
            && (image.map { glob($0, matches: container.image) } ?? true)
            && (modelDataUrl.map { glob($0, matches: container.modelDataUrl) } ?? true)
    }
}

/// Whether `text` as a whole matches `pattern`: `*` stands for any run of bytes, `?` for one byte.
/// Linear in practice and never worse than pattern × text: it only ever goes back to the last star.
func glob(_ pattern: String, matches text: String) -> Bool {
    let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
    var p = 0, t = 0, star: Int?, mark = 0
    while t < text.count {
        if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
            star = p
            mark = t
            p += 1
        } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
            p += 1
            t += 1
        } else if let lastStar = star {
            p = lastStar + 1
            mark += 1
            t = mark
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
