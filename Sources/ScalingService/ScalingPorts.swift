package import AWSModel
package import ScalingRules
package import Timeline
package import Vocabulary

/// A resource as scaling sees it.
package struct ScalableState: Sendable, Equatable {
    /// The desired capacity.
    package var capacity: Int
    /// True while the resource is changing and takes no other change.
    package var isBusy: Bool

    package init(capacity: Int, isBusy: Bool) {
        self.capacity = capacity
        self.isBusy = isBusy
    }
}

/// Why a resource did not take a capacity, in its service's words.
package struct ScalingRefusal: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// The resources that can be scaled. Implemented by SageMaker, joined by the composition root; called inside turns.
package protocol ScalableResources: Sendable {
    /// Nil when there is no such resource, or when it has no such dimension.
    func state(of resource: ScalableResource, _ dimension: ScalableDimension, realm: Realm, in turn: Turn) throws -> ScalableState?
    /// Sets the desired capacity. Throws `ScalingRefusal`.
    func scale(_ resource: ScalableResource, _ dimension: ScalableDimension, to capacity: Int, realm: Realm, in turn: Turn) throws
}

/// An alarm with an action that is a scaling policy, in the state that the action is for.
package struct RingingAlarm: Sendable, Equatable {
    package var name: String
    /// The actions of the present state.
    package var actions: [String]
    /// The datapoints of the evaluation that ends now, oldest first; missing ones are left out.
    package var values: [Double]
    package var threshold: Double

    package init(name: String, actions: [String], values: [Double], threshold: Double) {
        self.name = name
        self.actions = actions
        self.values = values
        self.threshold = threshold
    }
}

/// CloudWatch's alarms as scaling uses them. Joined by the composition root; called inside turns.
package protocol ScalingAlarms: Sendable {
    /// Creates or changes an alarm; `input` is PutMetricAlarm's. Throws the fault of a bad one.
    func put(_ input: AWSObject, realm: Realm, in turn: Turn) throws
    /// Deletes alarms; names of no alarm are ignored.
    func delete(_ names: [String], realm: Realm, in turn: Turn) throws
    /// The alarms whose present state has an action that begins so.
    func ringing(actionPrefix: String, realm: Realm, in turn: Turn) throws -> [RingingAlarm]
    /// Names and ARNs of the alarms that have an action that begins so, for any state.
    func alarms(actionPrefix: String, realm: Realm) async throws -> [(name: String, arn: String)]
}
