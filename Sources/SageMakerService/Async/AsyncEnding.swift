import AWSModel
import AWSProtocols
import HostingRules
import SimTime
import Timeline
import Vocabulary

/// The end of one asynchronous request: objects, metrics, and the notification.
struct AsyncEnding {
    let row: AsyncQueue.Row
    let key: EndpointKey
    /// Where it is written down; nil when the variant is gone.
    let books: FleetBooks?
    let config: AsyncConfig
    let objects: any ObjectExchange
    let record: EndpointRecord

    enum How {
        case answered(ContainerAnswer)
        case downloadFailed(String)
        case expired
    }

    func perform(_ how: How, in turn: Turn) throws {
        switch how {
        case .answered(let answer) where answer.isSuccess: try succeed(answer, in: turn)
        case .answered(let answer):
            let fault = RuntimeFaults.model(answer, row.invocation.request(key, body: []))
            count([.invocationFailures: 1], answer, in: turn)
            try fail(fault.message ?? "", in: turn)
        case .downloadFailed(let reason):
            count([.requestDownloadFailures: 1, .invocationFailures: 1], nil, in: turn)
            try fail("\(reason) InputLocation: \(row.invocation.inputLocation)", in: turn)
        case .expired:
            count([.expiredRequests: 1], nil, in: turn)
            try fail("The request expired before it could be processed.", in: turn)
        }
    }

    // AWS: doc — spec/hosting.md §E.3.
    private func succeed(_ answer: ContainerAnswer, in turn: Turn) throws {
        if let location = row.invocation.outputLocation {
            let bytes = answer.body.bytes
            guard try objects.write(location, bytes, contentType: answer.contentType, in: turn) else {
                count([.responseUploadFailures: 1, .invocationFailures: 1], answer, in: turn)
                return try fail("The response could not be written to \(location).", in: turn)
            }
        }
        count([.invocationsProcessed: 1], answer, in: turn)
        if let books, let capture = books.capture {
            try capture.offer(row.invocation, key, answer, variant: books.variant, objects: objects, in: turn)
        }
        notify(
            topic: config.successTopic, status: "Completed", failure: nil,
            answer: config.answersIn.contains("SUCCESS_NOTIFICATION_TOPIC") ? answer : nil,
            contentType: answer.contentType, in: turn)
    }

    private func fail(_ reason: String, in turn: Turn) throws {
        if let location = row.invocation.failureLocation {
            // A failure that cannot be told leaves no trace but its metrics and its notification, as on AWS.
            _ = try objects.write(location, Array(reason.utf8), contentType: "text/plain", in: turn)
        }
        notify(topic: config.errorTopic, status: "Failed", failure: reason, answer: nil, contentType: nil, in: turn)
    }

    // AWS: doc — spec/hosting.md §D.3.
    private func count(_ flags: [OccasionalMetric: Double], _ answer: ContainerAnswer?, in turn: Turn) {
        guard let meter = books?.meter else { return }
        let (invocation, now) = (row.invocation, turn.now)
        turn.afterCommit {
            for (metric, value) in flags { meter.book(metric, value, at: now) }
            guard let run = invocation.run, let answer else { return }
            var random = invocation.random
            meter.book(
                Measurement(
                    status: answer.status, modelLatencyMicroseconds: answer.latencyMicroseconds,
                    overheadLatencyMicroseconds: Overhead.draw(&random), activeInstances: 1),
                at: now)
            let waited = (run.startedAt - invocation.acceptedAt).milliseconds
            let total = (now - invocation.acceptedAt).milliseconds
            meter.book(.timeInBacklog, Double(waited), at: now)
            meter.book(.totalProcessingTime, Double(total), at: now)
            meter.book(.requestDownloadLatency, run.downloadMicroseconds, at: now)
            if answer.isSuccess {
                let upload = AsyncTransfer.microseconds(byteCount: answer.body.bytes.count)
                meter.book(.responseUploadLatency, upload, at: now)
            }
        }
    }

    /// The notification that AWS would publish to SNS, in the event log.
    // AWS: doc — spec/hosting.md §E.3; where the answer itself goes is inferred.
    private func notify(
        topic: String?, status: String, failure: String?, answer: ContainerAnswer?, contentType: String?, in turn: Turn
    ) {
        guard let topic else { return }
        let invocation = row.invocation
        let notification: AWSValue = [
            "awsRegion": .string(key.realm.region.name), "eventTime": .string(CivilTime(turn.now).iso8601Milliseconds),
            "receivedTime": .string(CivilTime(invocation.acceptedAt).iso8601Milliseconds),
            "invocationStatus": .string(status), "failureReason": failure.map { .string($0) },
            "requestParameters": [
                "contentType": invocation.contentType.map { .string($0) }, "endpointName": .string(record.name),
                "inputLocation": .string(invocation.inputLocation),
            ],
            "responseParameters": failure == nil ? [
                "contentType": contentType.map { .string($0) },
                "outputLocation": invocation.outputLocation.map { .string($0) },
            ] : invocation.failureLocation.map { ["failureLocation": .string($0)] },
            "responseBody": answer.map { ["content": .string(Base64.encode($0.body.bytes)), "encoding": "BASE64"] },
            "inferenceId": .string(invocation.inferenceID), "eventVersion": "1.0", "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        ]
        let detailType = "SageMaker Asynchronous Inference Notification"
        let body: AWSValue = [
            "version": "0", "source": "aws.sagemaker", "detail-type": .string(detailType),
            "account": .string(key.realm.account.digits), "region": .string(key.realm.region.name),
            "resources": [.string(record.arn), .string(topic)], "detail": notification,
            "coldframe": .string("\(status) \(invocation.inferenceID), to \(topic)"),
        ]
        turn.record(LoggedEvent(
            instant: turn.now, detailType: detailType, subject: record.name, json: JSON.string(body)))
    }
}
