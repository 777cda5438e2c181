import AWSModel
import SageMakerService

/// `/_coldframe/behaviors`.
extension ControlAPI {
    func listBehaviors(_ call: ControlCall) async throws -> ControlAnswer {
        .json(["behaviors": .list(sageMaker.behaviors.all.map(show))])
    }

    func getBehavior(_ call: ControlCall) async throws -> ControlAnswer {
        let name = try call.name()
        guard let behavior = sageMaker.behaviors.behavior(named: name) else {
            throw ControlRefusal(404, "There is no behavior named \(name).")
        }
        return .json(show(behavior))
    }

    func putBehavior(_ call: ControlCall) async throws -> ControlAnswer {
        let body = try await call.object(allowing: ["name", "match", "respond", "ping", "models", "run", "proxy"])
        let name = try call.name()
        if let inBody = try body.text("name"), inBody != name {
            throw ControlRefusal(400, "The body names the behavior \(inBody), the path \(name).")
        }
        var behavior = Behavior(
            name: name, match: try match(body.nested("match")), respond: try response(body.nested("respond")),
            ping: try ping(body.nested("ping")), run: try body.nested("run").map(run),
            proxy: try body.nested("proxy").map(proxy))
        behavior.models = try models(body.nested("models"))
        guard ["respond", "ping", "models", "run", "proxy"].contains(where: { body[$0] != nil }) else {
            throw ControlRefusal(400, "A behavior says what happens: it needs respond, ping, models, run or proxy.")
        }
        do {
            try await sageMaker.behaviors.put(behavior)
        } catch let rejection as BehaviorRejection {
            throw ControlRefusal(400, "\(rejection).")
        }
        return .json(show(behavior))
    }

    func deleteBehavior(_ call: ControlCall) async throws -> ControlAnswer {
        let name = try call.name()
        guard try await sageMaker.behaviors.delete(name) else {
            throw ControlRefusal(404, "There is no behavior of yours named \(name).")
        }
        return .json(["status": "ok"])
    }

    // MARK: Reading and showing

    private func match(_ object: AWSObject?) throws -> Behavior.Match {
        try object?.refuseUnknown(["modelName", "image", "modelDataUrl"], at: "match.")
        return Behavior.Match(
            modelName: try object?.text("modelName"), image: try object?.text("image"),
            modelDataUrl: try object?.text("modelDataUrl"))
    }

    private func response(_ object: AWSObject?) throws -> Behavior.Response? {
        guard let object else { return nil }
        try object.refuseUnknown(
            [
                "status", "body", "contentType", "latencyMilliseconds", "errorRate", "customAttributes", "stream",
                "coldStartMilliseconds", "closesSession", "fault",
            ], at: "respond.")
        return Behavior.Response(
            status: try whole(object, "status"), body: try object.text("body"),
            contentType: try object.text("contentType"), latencyMilliseconds: try latency(object, "latencyMilliseconds"),
            errorRate: try object.number("errorRate"), customAttributes: try object.text("customAttributes"),
            stream: try object.nested("stream").map(stream),
            coldStartMilliseconds: try latency(object, "coldStartMilliseconds"), closesSession: try flag(object, "closesSession"),
            fault: try fault(object))
    }

    private func latency(_ object: AWSObject, _ member: String) throws -> Behavior.Latency? {
        guard let latency = try object.nested(member) else { return nil }
        try latency.refuseUnknown(["p50", "p99"], at: "respond.\(member).")
        guard let p50 = try latency.number("p50") else { throw ControlRefusal(400, "respond.\(member) needs p50.") }
        return Behavior.Latency(p50: p50, p99: try latency.number("p99") ?? p50)
    }

    private func fault(_ object: AWSObject) throws -> FrontFault? {
        guard let name = try object.text("fault") else { return nil }
        guard let fault = FrontFault(rawValue: name) else {
            let names = FrontFault.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlRefusal(400, "respond.fault must be one of \(names).")
        }
        return fault
    }

    private func flag(_ object: AWSObject, _ member: String) throws -> Bool? {
        guard let value = object[member] else { return nil }
        guard let flag = value.bool else { throw ControlRefusal(400, "\(member) must be true or false.") }
        return flag
    }

    private func stream(_ object: AWSObject) throws -> Behavior.Stream {
        try object.refuseUnknown(["chunks", "delayMilliseconds", "error"], at: "respond.stream.")
        guard let chunks = object["chunks"]?.list?.map(\.string), !chunks.contains(nil) else {
            throw ControlRefusal(400, "respond.stream.chunks must be a list of texts.")
        }
        let failure = try object.nested("error").map { error in
            try error.refuseUnknown(["afterChunks", "code", "message"], at: "respond.stream.error.")
            guard let code = try error.text("code").flatMap(StreamBreak.Kind.init) else {
                let codes = StreamBreak.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlRefusal(400, "respond.stream.error.code must be one of \(codes).")
            }
            return Behavior.Stream.Failure(
                afterChunks: try whole(error, "afterChunks") ?? chunks.count, code: code,
                message: try error.text("message"))
        }
        return Behavior.Stream(
            chunks: chunks.compactMap { $0 }, delayMilliseconds: try object.number("delayMilliseconds"),
            failure: failure)
    }

    private func models(_ object: AWSObject?) throws -> Behavior.ModelLoading? {
        guard let object else { return nil }
        try object.refuseUnknown(["loadMilliseconds", "max"], at: "models.")
        return Behavior.ModelLoading(loadMilliseconds: try object.number("loadMilliseconds"), max: try whole(object, "max"))
    }

    private func ping(_ object: AWSObject?) throws -> Behavior.Ping? {
        guard let object else { return nil }
        try object.refuseUnknown(["status"], at: "ping.")
        guard let status = try whole(object, "status") else { throw ControlRefusal(400, "ping needs status.") }
        return Behavior.Ping(status: status)
    }

    private func run(_ object: AWSObject) throws -> Behavior.Run {
        try object.refuseUnknown(["command", "startupSeconds", "timeoutSeconds", "graceSeconds"], at: "run.")
        guard let words = object["command"]?.list?.map(\.string), !words.contains(nil) else {
            throw ControlRefusal(400, "run.command must be a list of texts, the program first.")
        }
        return Behavior.Run(
            command: words.compactMap { $0 }, startupSeconds: try object.number("startupSeconds"),
            timeoutSeconds: try object.number("timeoutSeconds"), graceSeconds: try whole(object, "graceSeconds"))
    }

    private func proxy(_ object: AWSObject) throws -> Behavior.Proxy {
        try object.refuseUnknown(["url", "startupSeconds", "timeoutSeconds"], at: "proxy.")
        guard let url = try object.text("url") else { throw ControlRefusal(400, "proxy needs url.") }
        return Behavior.Proxy(
            url: url, startupSeconds: try object.number("startupSeconds"),
            timeoutSeconds: try object.number("timeoutSeconds"))
    }

    private func show(_ run: Behavior.Run) -> AWSValue {
        [
            "command": .list(run.command.map { .string($0) }), "startupSeconds": run.startupSeconds.map { .double($0) },
            "timeoutSeconds": run.timeoutSeconds.map { .double($0) },
            "graceSeconds": run.graceSeconds.map { .integer(Int64($0)) },
        ]
    }

    private func show(_ proxy: Behavior.Proxy) -> AWSValue {
        [
            "url": .string(proxy.url), "startupSeconds": proxy.startupSeconds.map { .double($0) },
            "timeoutSeconds": proxy.timeoutSeconds.map { .double($0) },
        ]
    }

    private func whole(_ object: AWSObject, _ member: String) throws -> Int? {
        guard let value = object[member] else { return nil }
        guard let number = value.int else { throw ControlRefusal(400, "\(member) must be a whole number.") }
        return number
    }

    private func show(_ behavior: Behavior) -> AWSValue {
        let match: AWSObject = [
            "modelName": behavior.match.modelName.map { .string($0) }, "image": behavior.match.image.map { .string($0) },
            "modelDataUrl": behavior.match.modelDataUrl.map { .string($0) },
        ]
        let respond = behavior.respond.map { respond -> AWSValue in
            [
                "status": respond.status.map { .integer(Int64($0)) }, "body": respond.body.map { .string($0) },
                "contentType": respond.contentType.map { .string($0) },
                "latencyMilliseconds": respond.latencyMilliseconds.map(show),
                "errorRate": respond.errorRate.map { .double($0) },
                "customAttributes": respond.customAttributes.map { .string($0) }, "stream": respond.stream.map(show),
                "coldStartMilliseconds": respond.coldStartMilliseconds.map(show),
                "closesSession": respond.closesSession.map { .boolean($0) },
                "fault": respond.fault.map { .string($0.rawValue) },
            ]
        }
        return [
            "name": .string(behavior.name), "match": .object(match), "respond": respond,
            "models": behavior.models.map { models in
                [
                    "loadMilliseconds": models.loadMilliseconds.map { .double($0) },
                    "max": models.max.map { .integer(Int64($0)) },
                ]
            },
            "ping": behavior.ping.map { ["status": .integer(Int64($0.status))] }, "run": behavior.run.map(show),
            "proxy": behavior.proxy.map(show), "builtIn": .boolean(behavior.isBuiltIn),
        ]
    }

    private func show(_ latency: Behavior.Latency) -> AWSValue {
        ["p50": .double(latency.p50), "p99": .double(latency.p99)]
    }

    private func show(_ stream: Behavior.Stream) -> AWSValue {
        [
            "chunks": .list(stream.chunks.map { .string($0) }),
            "delayMilliseconds": stream.delayMilliseconds.map { .double($0) },
            "error": stream.failure.map { failure in
                [
                    "afterChunks": .integer(Int64(failure.afterChunks)), "code": .string(failure.code.rawValue),
                    "message": failure.message.map { .string($0) },
                ]
            },
        ]
    }
}
