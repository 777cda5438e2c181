import Outbound

/// Behaviours that are not made up: a command of the user's, or a server that runs already.
extension Behavior {
    /// A command that is started once for each instance and spoken to as SageMaker speaks to containers.
    // AWS: doc — spec/hosting.md §E.5: /ping, /invocations, SIGTERM and SIGKILL after 30 seconds.
    package struct Run: Codable, Sendable, Equatable, Hashable {
        /// The program and its arguments; `{port}` and `{model}` stand for the port and the folder of the model.
        package var command: [String]
        /// Within which the first ping must succeed, in real seconds.
        package var startupSeconds: Double?
        /// Within which an invocation must be answered, or its stream begin, in real seconds.
        package var timeoutSeconds: Double?
        /// Between SIGTERM and SIGKILL, in real seconds.
        package var graceSeconds: Int?

        package init(
            command: [String], startupSeconds: Double? = nil, timeoutSeconds: Double? = nil, graceSeconds: Int? = nil
        ) {
            self.command = command
            self.startupSeconds = startupSeconds
            self.timeoutSeconds = timeoutSeconds
            self.graceSeconds = graceSeconds
        }

        var effectiveGraceSeconds: Int { graceSeconds ?? 30 }
    }

    /// A server that runs already, e.g. a container of `docker run`.
    package struct Proxy: Codable, Sendable, Equatable, Hashable {
        /// Its address; `/ping` and `/invocations` are below it.
        package var url: String
        package var startupSeconds: Double?
        package var timeoutSeconds: Double?

        package init(url: String, startupSeconds: Double? = nil, timeoutSeconds: Double? = nil) {
            self.url = url
            self.startupSeconds = startupSeconds
            self.timeoutSeconds = timeoutSeconds
        }
    }

    /// Whether somebody else's program answers.
    var isProcess: Bool { run != nil || proxy != nil }

    /// Throws what is wrong with `run` and `proxy`.
    func checkProcesses() throws(BehaviorRejection) {
        guard isProcess else { return }
        guard [run != nil, proxy != nil, respond != nil || ping != nil].count(where: \.self) == 1 else { throw .severalAnswers }
        if let run {
            guard (1...64).contains(run.command.count), run.command[0].isEmpty == false,
                  run.command.reduce(0, { $0 + $1.utf8.count }) <= 32 << 10,
                  !run.command.contains(where: { $0.utf8.contains(0) }), (0...300).contains(run.effectiveGraceSeconds)
            else { throw .runOutOfBounds }
        }
        if let proxy, HTTPURL(proxy.url) == nil { throw .proxyOutOfBounds }
        let seconds = [run?.startupSeconds, run?.timeoutSeconds, proxy?.startupSeconds, proxy?.timeoutSeconds]
        guard seconds.allSatisfy({ $0.map { $0 > 0 && $0 <= 3600 } ?? true }) else { throw .secondsOutOfBounds }
    }
}
