package import SimTime

/// A timer of an endpoint. Arming one that is armed already moves it.
package enum EndpointTimer: String, Hashable, Sendable, Codable, CaseIterable {
    case workflowStart, fleetReady, trafficSwitched, bakeEnds, fleetRetired, executionLimit
    case rescaled, rescaleUndone, deleted
}

/// A timer and when it fires.
package struct ArmedTimer: Equatable, Sendable, Codable {
    package let timer: EndpointTimer
    package let at: SimInstant
}

/// Machines that are starting.
package struct Launch: Equatable, Sendable {
    package let fleet: FleetID
    package let configName: EndpointConfigName
    package let plan: VariantPlan
    package let instances: [InstanceID]
}

/// Machines that are to end.
package struct Retirement: Equatable, Sendable {
    package let fleet: FleetID
    package let variant: VariantName
    package let instances: [InstanceID]
}

/// What the owner of an `Endpoint` does for it, in this order, after an event. Actions that a call back returns
/// meanwhile come after those that are left.
package enum EndpointAction: Equatable, Sendable {
    /// Call `timerFired` at that instant.
    case arm(EndpointTimer, at: SimInstant)
    case disarm(EndpointTimer)
    /// Start these machines. They are asked about with `probe` when they are due.
    case provision([Launch])
    /// Say now or later with `fleetProvisioned` whether these machines run and pass their health check; an answer is
    /// due even for none, as for a fleet scaled to zero.
    case probe([Launch])
    /// End these machines; they have no traffic any more.
    case retire([Retirement])
    /// `Endpoint.routing` is another one now: publish it.
    case routingChanged
    /// Call `alarmTripped` whenever one of these goes into ALARM, until `unwatch`.
    case watch([AlarmName])
    /// Call `alarmTripped` now with those of these alarms that are in ALARM, if any.
    case checkAlarms([AlarmName])
    case unwatch
    case record(EndpointEvent)
    /// The endpoint is gone: forget it.
    case removed
}
