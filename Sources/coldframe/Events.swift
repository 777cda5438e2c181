import ArgumentParser
import AWSModel
import AWSProtocols
import ColdframeTesting
import Outbound

/// `coldframe events`: what happened, and with `--follow` what happens.
struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what happened to endpoints and alarms.")

    @OptionGroup var server: ServerOptions

    @Option(help: "Only events about this endpoint (or alarm).")
    var endpoint: String?

    @Flag(help: "Then go on with events as they happen, until interrupted.")
    var follow = false

    func run() throws {
        let filter = endpoint.map { "?endpoint=" + escaped($0) } ?? ""
        // The stream is opened first and the past read then, so that no event falls between; numbers tell them apart.
        guard follow else {
            return try server.call("GET", "events" + filter) { answer in
                for event in answer["events"]?.list ?? [] { print(EventText.line(event)) }
            }
        }
        let client = try server.client(timeoutSeconds: 0)
        var stream = ServerSentEvents()
        var status = 200
        var last: Int64 = 0
        var refusal: [UInt8] = []
        try reporting {
            try client.exchange("GET", "/_coldframe/events/stream" + filter, upload: .init([])) { found, _ in
                status = found
                guard found == 200 else { return }
                try showPast(filter, &last)
            } body: { run in
                guard status == 200 else {
                    refusal += run
                    return true
                }
                for data in stream.read(run) { show(try JSON.parse(data), &last) }
                return true
            }
            if status != 200 { _ = try ControlAnswerReading.value(status: status, body: refusal) }
        }
    }

    private func showPast(_ filter: String, _ last: inout Int64) throws {
        let answer = try server.client().exchange("GET", "/_coldframe/events" + filter)
        let events = try ControlAnswerReading.value(status: answer.status, body: answer.body)["events"]?.list ?? []
        for event in events { show(event, &last) }
    }

    private func show(_ event: AWSValue, _ last: inout Int64) {
        let number = event["id"]?.string.flatMap { Int64($0) } ?? .max
        guard number > last else { return }
        last = number
        print(server.json ? JSON.string(event) : EventText.line(event))
        flushOutput()
    }
}

enum EventText {
    /// One line: the instant, whom it is about, what happened.
    static func line(_ event: AWSValue) -> String {
        let detail = event["detail"]
        let subject = detail?["EndpointName"]?.string ?? detail?["alarmName"]?.string ?? event["detail-type"]?.string ?? ""
        var text = event["coldframe"]?.string ?? event["detail-type"]?.string ?? ""
        if let state = detail?["state"]?["value"]?.string, let before = detail?["previousState"]?["value"]?.string {
            text = "alarm \(before) → \(state): \(detail?["state"]?["reason"]?.string ?? "")"
        }
        return "\(event["time"]?.string ?? "")  \(subject)  \(text)"
    }
}
