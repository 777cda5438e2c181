import AWSModel
import AWSProtocols
import HostingRules
import SimTime
import Timeline
import Vocabulary

/// EventBridge's shape of an endpoint event. Instants are simulated; whoever shows the event shifts them.
// AWS: doc — spec/hosting.md §B.7.
struct EndpointEventShape {
    private let record: EndpointRecord
    private let now: SimInstant

    init(_ record: EndpointRecord, at now: SimInstant) {
        self.record = record
        self.now = now
    }

    func logged(_ event: EndpointEvent) -> LoggedEvent {
        let detailType =
            switch event {
            case .statusChanged: "SageMaker Endpoint State Change"
            case .stageStarted, .trafficShifted, .rollbackStarted, .launchFailed: "SageMaker Endpoint Deployment State Change"
            }
        let body: AWSValue = [
            "version": "0", "source": "aws.sagemaker", "detail-type": .string(detailType),
            "account": .string(record.realm.account.digits), "region": .string(record.realm.region.name),
            "resources": [.string(record.arn)], "detail": .object(detail), "coldframe": .string(event.description),
        ]
        return LoggedEvent(instant: now, detailType: detailType, subject: record.name, json: JSON.string(body))
    }

    private var detail: AWSObject {
        let description = record.endpoint.description(at: now)
        var detail: AWSObject = [
            "EndpointName": .string(record.name), "EndpointArn": .string(record.arn),
            "EndpointConfigName": .string(description.configName.text),
            "ProductionVariants": .list(description.productionVariants.map { .object(EndpointOutput.variant($0)) }),
            "EndpointStatus": .string(description.status.eventName),
            "CreationTime": .integer(description.createdAt.millisecondsSinceEpoch),
            "LastModifiedTime": .integer(description.lastModifiedAt.millisecondsSinceEpoch), "Tags": .object([:]),
        ]
        detail["FailureReason"] = description.failureReason.map { .string($0) }
        detail["PendingDeploymentSummary"] = description.pendingDeployment.map { .object(EndpointOutput.pending($0)) }
        return detail
    }
}
