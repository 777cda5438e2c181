import AWSModel
import AWSProtocols
import HTTPServer
import Outbound
import SimTime

/// Single requests of the runtime API, and what became of them.
extension ScenarioRunner {
    /// One answer as a client sees it.
    private struct Answer {
        var status: Int
        var body = ""
        var headers: HTTPHeaders
        /// Of the answer, or of the message that ended its stream.
        var code: String?
        var message: String?
        var chunks = 0
    }

    /// Sends the request as often as it says, and judges the answers. An answer that nothing is expected of must be a
    /// success. Throws `ScenarioProblem`.
    mutating func send(_ invocation: Scenario.Invocation, _ step: Scenario.Step) async throws {
        var unmet = [String?](repeating: nil, count: invocation.conditions.count)
        for number in 1...invocation.times {
            let answer = try await exchange(invocation)
            note(answer, of: invocation)
            if invocation.conditions.isEmpty, !(200...299).contains(answer.status) {
                let fault = CallFault(status: answer.status, code: answer.code ?? "", message: answer.message ?? "")
                throw ScenarioProblem(line: step.line, "\(step.text): answered with \(fault)")
            }
            for (index, condition) in invocation.conditions.enumerated() where unmet[index] == nil {
                let (isMet, found) = Self.look(condition.subject, answer)
                if !isMet { unmet[index] = invocation.times == 1 ? found : "\(found) in answer \(number)" }
            }
        }
        for (index, condition) in invocation.conditions.enumerated() {
            judge(step, condition.text, isMet: unmet[index] == nil, found: unmet[index] ?? "")
        }
    }

    private func exchange(_ invocation: Scenario.Invocation) async throws -> Answer {
        let operation =
            switch invocation.kind {
            case .plain: "InvokeEndpoint"
            case .stream: "InvokeEndpointWithResponseStream"
            case .async: "InvokeEndpointAsync"
            }
        var input: AWSObject = ["EndpointName": .string(invocation.endpoint)]
        for (member, text) in invocation.members { input[member] = .string(text) }
        if invocation.kind != .async {
            input["Body"] = .blob(Array((invocation.body ?? "1,2,3").utf8))
            input["ContentType"] = input["ContentType"] ?? "text/csv"
        }
        input["RequestTTLSeconds"] = invocation.timeToLiveSeconds.map { .integer(Int64($0)) }
        input["InvocationTimeoutSeconds"] = invocation.timeoutSeconds.map { .integer(Int64($0)) }
        switch invocation.session {
        case .new?: input["SessionId"] = "NEW_SESSION"
        case .opened(let label)?: input["SessionId"] = .string(sessions[label] ?? label)
        case nil: break
        }
        let wire = try CallWire(
            service: "sagemaker-runtime", operation: operation, clockShift: try await coldframe.clockShift())
        let received = try await coldframe.send(try wire.request(input))
        var answer = Answer(status: received.status, headers: received.headers)
        guard (200...299).contains(received.status) else {
            let fault = wire.fault(received)
            (answer.code, answer.message) = (fault.code, fault.message)
            return answer
        }
        if invocation.kind == .stream {
            try Self.read(received.body, into: &answer)
        } else {
            answer.body = String(decoding: received.body, as: UTF8.self)
        }
        return answer
    }

    /// Takes the messages of a stream apart.
    // AWS: sdk — spec/hosting.md §E.2.
    private static func read(_ bytes: [UInt8], into answer: inout Answer) throws {
        var buffer = bytes
        while let message = try EventStreamMessage.take(from: &buffer) {
            if let exception = message[":exception-type"] {
                let details = try? JSON.parse(message.payload)
                answer.code = details?["ErrorCode"]?.string ?? exception
                answer.message = details?["Message"]?.string
            } else {
                answer.chunks += 1
                answer.body += String(decoding: message.payload, as: UTF8.self)
            }
        }
    }

    /// Keeps what later lines name by the request's label.
    private mutating func note(_ answer: Answer, of invocation: Scenario.Invocation) {
        guard let label = invocation.label else { return }
        if invocation.kind == .async {
            outputs[label] = AsyncOutput(
                success: answer.headers["X-Amzn-SageMaker-OutputLocation"],
                failure: answer.headers["X-Amzn-SageMaker-FailureLocation"])
        } else if let session = answer.headers[Self.newSession] {
            // AWS: sdk — spec/hosting.md §E.1: `<id>; Expires=…`.
            sessions[label] = String(session.prefix { $0 != ";" })
        }
    }

    private static let newSession = "X-Amzn-SageMaker-New-Session-Id"
    private static let closedSession = "X-Amzn-SageMaker-Closed-Session-Id"

    private static func look(_ subject: Scenario.AnswerSubject, _ answer: Answer) -> (isMet: Bool, found: String) {
        switch subject {
        case .status(let status): return (answer.status == status, "\(answer.status)" + (answer.message.map { ", \($0)" } ?? ""))
        case .body(let match): return look(match, (200...299).contains(answer.status) ? answer.body : nil)
        case .variant(let name):
            let found = answer.headers["x-Amzn-Invoked-Production-Variant"]
            return (found == name, found ?? "none")
        case .contentType(let type):
            let found = answer.headers["X-Amzn-SageMaker-Content-Type"] ?? answer.headers["Content-Type"]
            return (found == type, found ?? "none")
        case .attributes(let match): return look(match, answer.headers["X-Amzn-SageMaker-Custom-Attributes"])
        case .error(let match): return look(match, answer.code)
        case .message(let match): return look(match, answer.message)
        case .session(let word):
            let isOpened = answer.headers[newSession] != nil, isClosed = answer.headers[closedSession] != nil
            let found = isOpened ? "opened" : isClosed ? "closed" : "none"
            return (found == word, found)
        case .chunks(let comparison, let number):
            return (comparison.holds(Double(answer.chunks), number), "\(answer.chunks)")
        }
    }
}
