package import AWSModel
package import Gateway
package import ScalingRules
import SimTime
package import Store
package import Timeline
package import Vocabulary

/// Application Auto Scaling for SageMaker: targets, policies, scheduled actions, and what they do in simulated time.
///
/// Made after the timeline and before it starts, since it registers its ticks there.
package final class ScalingService: Service {
    private let timeline: Timeline
    private let engine: ScalingEngine

    package static let model = ServiceID("application-autoscaling")

    /// The table of activities.
    package static let migrations = [ScalingActivities.migration]

    package init(timeline: Timeline, resources: any ScalableResources, alarms: any ScalingAlarms) {
        self.timeline = timeline
        let engine = ScalingEngine(resources: resources, alarms: alarms)
        self.engine = engine
        timeline.add(Tick(
            name: "auto scaling", phase: Phase.lifecycles, period: .minutes(1), isNeeded: { engine.mayHaveTargets },
            run: { turn in try engine.lookAtAll(in: turn) }))
        timeline.handleTimers(kind: ScalingEngine.followTimer) { turn, id in try engine.follow(id, in: turn) }
        timeline.handleTimers(kind: ScalingEngine.scheduleTimer) { turn, id in try engine.runScheduled(id, in: turn) }
        timeline.handleTimers(kind: ScalingEngine.alarmTimer) { turn, id in
            if let realm = ScalingEngine.realm(id.owner) { try engine.lookAt(realm, in: turn) }
        }
    }

    /// An alarm of the realm changed its state in this turn: policies hear of it later in the same instant.
    package func alarmChanged(in realm: Realm, turn: Turn) throws {
        guard engine.mayHaveTargets else { return }
        try turn.arm(TimerID(kind: ScalingEngine.alarmTimer, owner: realm.description, name: "changed"), at: turn.now)
    }

    /// The resources that are registered as scalable targets, each once.
    package static func registeredResources(in realm: Realm, turn: Turn) throws -> Set<ScalableResource> {
        let targets = try turn.transaction.documents(TargetKey.targets(realm), as: TargetRecord.self)
        return Set(targets.compactMap { $0.value.key.resource })
    }

    /// Drops what is in memory, after the database was erased or replaced.
    package func forget() { engine.noteTargets() }

    package var operations: [ServiceID: [Operation]] {
        let targets = TargetOperations(timeline: timeline, engine: engine)
        let policies = PolicyOperations(timeline: timeline, engine: engine)
        let actions = ScheduledActionOperations(timeline: timeline, engine: engine)
        let activities = ActivityOperations(timeline: timeline)
        let tags = ScalingTagOperations(timeline: timeline)
        let onlySageMaker = Operation.Coverage.partial("service namespace sagemaker")
        return [Self.model: [
            Operation("RegisterScalableTarget", coverage: onlySageMaker) { try await targets.register($0) },
            Operation("DescribeScalableTargets", coverage: onlySageMaker) { try await targets.describe($0) },
            Operation("DeregisterScalableTarget", coverage: onlySageMaker) { try await targets.deregister($0) },
            Operation("PutScalingPolicy", coverage: onlySageMaker) { try await policies.put($0) },
            Operation("DescribeScalingPolicies", coverage: onlySageMaker) { try await policies.describe($0) },
            Operation("DeleteScalingPolicy", coverage: onlySageMaker) { try await policies.delete($0) },
            Operation("GetPredictiveScalingForecast", coverage: .partial("no predictive policy exists, as on AWS for SageMaker")) {
                try await policies.forecast($0)
            },
            Operation("PutScheduledAction", coverage: onlySageMaker) { try await actions.put($0) },
            Operation("DescribeScheduledActions", coverage: onlySageMaker) { try await actions.describe($0) },
            Operation("DeleteScheduledAction", coverage: onlySageMaker) { try await actions.delete($0) },
            Operation("DescribeScalingActivities", coverage: onlySageMaker) { try await activities.describe($0) },
            Operation("TagResource") { try await tags.tag($0) },
            Operation("UntagResource") { try await tags.untag($0) },
            Operation("ListTagsForResource") { try await tags.list($0) },
        ]]
    }
}
