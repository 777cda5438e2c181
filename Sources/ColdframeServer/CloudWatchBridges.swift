import CloudWatchService
import HTTPServer
import LogsService
import Outbound
import S3Service
import SimTime
import Store
import Timeline
import Vocabulary

/// The emulated logs, as Contributor Insights reads them.
struct LogBridge: LogEventSource {
    let logs: LogsService

    func flush() async throws { try await logs.flush() }

    func forEachEvent(
        in realm: Realm, groups isWanted: (String) -> Bool, from: SimInstant, to: SimInstant, limit: Int, _ reader: StoreReader,
        _ body: (_ instant: SimInstant, _ message: String) -> Void
    ) throws {
        try logs.forEachEvent(in: realm, groups: isWanted, from: from, to: to, limit: limit, reader, body)
    }
}

/// What metric streams send to a delivery stream, as objects where Firehose would have written them: under
/// `YYYY/MM/DD/HH/` in the bucket and prefix that the setting `deliveryStreams` names for the delivery stream's ARN or
/// name, else in the bucket that is called like the delivery stream.
struct DeliveryBridge: MetricStreamSink {
    let s3: S3Service
    let locations: [String: ObjectLocation]

    func write(_ batch: MetricStreamBatch, in turn: Turn) throws -> Bool {
        let name = batch.deliveryStreamARN.split(separator: "/").last.map(String.init) ?? batch.streamName
        let base = locations[batch.deliveryStreamARN] ?? locations[name] ?? ObjectLocation(bucket: name, key: "")
        let time = CivilTime(batch.instant)
        let day = [padded(time.year, 4), padded(time.month), padded(time.day), padded(time.hour)]
        // AWS: doc — Firehose's object names: delivery stream, version, instant, something random.
        let stamp = (day + [padded(time.minute), padded(time.second)]).joined(separator: "-")
        let unique = String(UInt64.random(in: 0 ... .max), radix: 16)
        let key = base.key + day.joined(separator: "/") + "/\(name)-1-\(stamp)-\(unique)"
        return try s3.writeObject(
            ObjectLocation(bucket: base.bucket, key: key), bytes: batch.bytes, contentType: "application/octet-stream", in: turn)
    }
}

/// Alarm actions to what the settings name: functions to their hooks, everything else by POST as SNS does it.
struct AlarmActionBridge: AlarmActionSink {
    let targets: [String: AlarmActionSetting]
    let functions: [String: Hook]
    let http: OutboundHTTP
    let hooks: HookRunner

    /// AWS: doc of SNS — how long a subscriber may take.
    private static let timeoutSeconds = 15.0

    struct Refused: Error, CustomStringConvertible {
        let url: HTTPURL
        let status: Int
        var description: String { "\(url) answered with status \(status)" }
    }

    func target(of actionARN: String) -> AlarmActionTarget? {
        switch targets[actionARN] {
        case .eventStream?: .eventStream
        case .address?: .webhook
        case nil: functions[actionARN] == nil ? nil : .webhook
        }
    }

    func deliver(_ notification: AlarmNotification) async throws {
        let body = Array(notification.payload.utf8)
        guard case .address(let url)? = targets[notification.actionARN] else {
            guard let hook = functions[notification.actionARN] else { return }
            _ = try await hooks.run(hook, event: body, timeoutSeconds: Self.timeoutSeconds)
            return
        }
        // AWS: doc of SNS — the headers of a notification, and its odd content type.
        let headers: HTTPHeaders = notification.isFunctionCall
            ? ["Content-Type": "application/json"]
            : [
                "Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification",
                "x-amz-sns-message-id": notification.messageID, "x-amz-sns-topic-arn": notification.actionARN,
            ]
        let answer = try await http.exchange("POST", url, headers: headers, body: body, timeoutSeconds: Self.timeoutSeconds)
        guard (200...299).contains(answer.status) else { throw Refused(url: url, status: answer.status) }
    }
}
