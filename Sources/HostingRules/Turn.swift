import SimTime

/// What the handling of one event may use and leaves behind: the instant, the timers, and the actions so far.
struct Turn {
    let now: SimInstant
    let profile: ProvisioningProfile
    var timers: [ArmedTimer]
    var ids: IDSequence
    var actions: [EndpointAction] = []
    /// Actions whose answer may come at once; they go last, so that an answer finds everything else done.
    private(set) var questions: [EndpointAction] = []

    init(now: SimInstant, profile: ProvisioningProfile, timers: [ArmedTimer], ids: IDSequence) {
        self.now = now
        self.profile = profile
        self.timers = timers
        self.ids = ids
    }

    mutating func arm(_ timer: EndpointTimer, after duration: SimDuration) {
        timers.removeAll { $0.timer == timer }
        timers.append(ArmedTimer(timer: timer, at: now + duration))
        actions.append(.arm(timer, at: now + duration))
    }

    /// Nothing when the timer is not armed.
    mutating func disarm(_ timer: EndpointTimer) {
        guard timers.contains(where: { $0.timer == timer }) else { return }
        timers.removeAll { $0.timer == timer }
        actions.append(.disarm(timer))
    }

    mutating func disarmAll() {
        for armed in timers { disarm(armed.timer) }
    }

    mutating func provision(_ launches: [Launch]) {
        let launches = launches.filter { !$0.instances.isEmpty }
        if !launches.isEmpty { actions.append(.provision(launches)) }
    }

    mutating func probe(_ launches: [Launch]) { questions.append(.probe(launches)) }

    /// Nothing when there are no alarms.
    mutating func checkAlarms(_ alarms: [AlarmName]) {
        if !alarms.isEmpty { questions.append(.checkAlarms(alarms)) }
    }

    mutating func retire(_ retirements: [Retirement]) {
        if !retirements.isEmpty { actions.append(.retire(retirements)) }
    }

    mutating func record(_ event: EndpointEvent) { actions.append(.record(event)) }
}
