import AWSModel
import AWSProtocols
import HostingRules
import SimTime
import Store
import Timeline
import Vocabulary

/// Performs what the rules decide for inference components, and puts their copies on machines.
struct ComponentShell: Sendable {
    static let timerKind = "inference-component"
    static let alarmTimerKind = "inference-component-alarm"
    /// Machines without copies that have waited long enough to go.
    static let idleTimerKind = "endpoint-idle-machines"

    let directory: ComponentDirectory
    let behaviors: BehaviorLedger
    let alarms: any AlarmStates

    /// The stored component of that name; throws the not-found fault.
    func record(_ name: String, in realm: Realm, _ turn: Turn) throws -> ComponentRecord {
        guard let record = try turn.transaction.document(ComponentKey(realm, name).document, as: ComponentRecord.self)
        else { throw ComponentFaults.notFound(name, in: realm) }
        return record
    }

    /// Carries out the actions that an event led to, and those that follow, then stores and publishes the component.
    func perform(_ actions: [ComponentAction], on changed: ComponentRecord, in turn: Turn) throws {
        var record = changed
        var queue = actions[...]
        var isRemoved = false
        while let action = queue.popFirst() {
            switch action {
            case .arm(let timer, let instant): try turn.arm(timerID(record, timer), at: instant)
            case .disarm(let timer): try turn.disarm(timerID(record, timer))
            case .probe: queue += record.component.probed(failure: probe(record), at: turn.now)
            case .checkAlarms(let names):
                let tripped = try alarms.alarmsInAlarm(among: names.map(\.text), realm: record.realm, in: turn)
                queue += record.component.alarmTripped(tripped.map { AlarmName($0) }, at: turn.now)
            case .statusChanged(let status, let reason):
                log(record, "\(status.rawValue)" + (reason.map { ": \($0)" } ?? ""), in: turn)
            case .rollbackStarted(let cause): log(record, "rolling back: \(cause.failureReason)", in: turn)
            case .removed: isRemoved = true
            }
        }
        record.forgetUnusedSpecifications()
        let (finished, directory) = (record, directory)
        if isRemoved {
            try turn.disarmAll(kind: Self.timerKind, owner: record.key.owner)
            try turn.transaction.delete(record.key.document)
            turn.afterCommit { directory.remove(finished.key) }
        } else {
            try turn.transaction.put(record.key.document, record)
            turn.afterCommit { directory.publish(finished) }
        }
    }

    /// A timer of a component is due; answers the component's endpoint, whose machines are to be looked at.
    func timerFired(_ id: TimerID, in turn: Turn) throws -> EndpointKey? {
        guard let key = ComponentKey(owner: id.owner),
              var record = try turn.transaction.document(key.document, as: ComponentRecord.self) else { return nil }
        let actions: [ComponentAction]
        if id.kind == Self.alarmTimerKind {
            actions = record.component.alarmTripped([AlarmName(id.name)], at: turn.now)
        } else if let timer = ComponentTimer(rawValue: id.name) {
            actions = record.component.timerFired(timer, at: turn.now)
        } else {
            return nil
        }
        try perform(actions, on: record, in: turn)
        return record.endpointKey
    }

    /// An alarm went into ALARM: delivered before lifecycles go on, as to endpoints.
    func alarmRang(_ name: String, realm: Realm, in turn: Turn) throws {
        for key in directory.watchers(of: name, in: realm) {
            try turn.arm(
                TimerID(kind: Self.alarmTimerKind, owner: key.owner, name: name), at: turn.now,
                phase: Phase.alarmEvaluation)
        }
    }

    private func timerID(_ record: ComponentRecord, _ timer: ComponentTimer) -> TimerID {
        TimerID(kind: Self.timerKind, owner: record.key.owner, name: timer.rawValue)
    }

    /// Why the starting copies do not pass their health check; nil when they do.
    private func probe(_ record: ComponentRecord) -> String? {
        let revisions = Set(record.component.copies.filter { $0.state == .starting }.map(\.revision))
        for revision in revisions.sorted() {
            guard let specification = record.specifications[revision] else { continue }
            if specification.image != nil, specification.image?.resolved == nil {
                return LaunchFailure.imagesMissing(VariantName(record.variantName)).failureReason
            }
            let status = behaviors.behavior(for: specification.container)?.ping?.status ?? 200
            if status != 200 { return ComponentFaults.pingFailed(record.name) }
        }
        return nil
    }

    /// EventBridge's shape, as far as it is known; listed under the endpoint.
    // AWS: doc — detail-type of inference components; the detail's members are inferred from Describe.
    private func log(_ record: ComponentRecord, _ text: String, in turn: Turn) {
        let body: AWSValue = [
            "version": "0", "source": "aws.sagemaker", "detail-type": "SageMaker Inference Component State Change",
            "account": .string(record.realm.account.digits), "region": .string(record.realm.region.name),
            "resources": [.string(record.arn)],
            "detail": [
                "InferenceComponentName": .string(record.name), "InferenceComponentArn": .string(record.arn),
                "EndpointName": .string(record.endpointName), "EndpointArn": .string(record.endpointARN),
                "VariantName": .string(record.variantName),
                "InferenceComponentStatus": .string(record.component.status.rawValue),
                "FailureReason": record.component.failureReason.map { .string($0) },
            ],
            "coldframe": .string("inference component \(record.name): \(text)"),
        ]
        turn.record(LoggedEvent(
            instant: turn.now, detailType: "SageMaker Inference Component State Change", subject: record.endpointName,
            json: JSON.string(body)))
    }
}
