import HostingRules
import SimTime

/// An inference component with an owner that gives it the machines it has, on a clock moved by hand.
struct ComponentRehearsal {
    static let start = SimInstant(millisecondsSinceEpoch: 1_760_000_000_000)

    var component: InferenceComponent
    var now = ComponentRehearsal.start
    var origin = ComponentRehearsal.start
    var agenda: [ComponentTimer: SimInstant] = [:]
    var ringing: Set<AlarmName> = []
    /// Places left for copies; nil when there is always one more.
    var room: Int?
    /// Answers to the coming probes; healthy when used up.
    var failures: [String?] = []
    var isRemoved = false
    var log: [String] = []
    private var machines = 0

    init(copies: Int, room: Int? = nil, failures: [String?] = []) throws {
        self.room = room
        self.failures = failures
        let created = try InferenceComponent.create(
            "llama", copyCount: copies, profile: .realistic, at: Self.start)
        component = created.component
        perform(created.actions)
    }

    /// A component that is InService, with an empty log and its seconds counted from now on.
    static func inService(copies: Int = 3, room: Int? = nil) throws -> ComponentRehearsal {
        var rehearsal = try ComponentRehearsal(copies: copies, room: room.map { _ in copies })
        rehearsal.runUntilIdle()
        rehearsal.room = room
        rehearsal.clear()
        return rehearsal
    }

    mutating func clear() {
        log = []
        origin = now
    }

    mutating func setCopyCount(_ count: Int) throws { perform(try component.setCopyCount(count, at: now)) }

    mutating func update(to revision: Int, copies: Int? = nil, _ config: ComponentDeploymentConfig? = nil) throws {
        perform(try component.update(to: revision, copyCount: copies, config: config, at: now))
    }

    mutating func delete() throws { perform(try component.delete(at: now)) }

    mutating func loseMachines(except living: Set<InstanceID>) {
        perform(component.machinesLost(except: living, at: now))
    }

    mutating func ring(_ alarm: AlarmName) {
        ringing.insert(alarm)
        perform(component.alarmTripped([alarm], at: now))
    }

    mutating func step(by limit: SimInstant = SimInstant(millisecondsSinceEpoch: .max)) -> Bool {
        let due = agenda.min { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
        guard let due, due.value <= limit else { return false }
        agenda[due.key] = nil
        now = max(now, due.value)
        perform(component.timerFired(due.key, at: now))
        return true
    }

    mutating func advance(to seconds: Double) {
        let target = origin + .milliseconds(Int64(seconds * 1000))
        while step(by: target) {}
        now = target
    }

    mutating func runUntilIdle() {
        var steps = 0
        while step(), steps < 500 { steps += 1 }
    }

    /// Copies that serve, by revision.
    var serving: [Int: Int] {
        var counts: [Int: Int] = [:]
        for copy in component.copies where copy.state == .serving { counts[copy.revision, default: 0] += 1 }
        return counts
    }

    private mutating func perform(_ actions: [ComponentAction]) {
        var queue = actions[...]
        while true {
            while let action = queue.popFirst() { queue += answer(action) }
            guard component.wantedCopies > 0 else { return }
            let places = min(component.wantedCopies, room.map { max(0, $0 - component.copies.count) } ?? .max)
            let answer: [ComponentAction]
            let before = component
            if places > 0 {
                answer = component.place(on: (0..<places).map { InstanceID("m\(machines + $0)") }, at: now)
                machines += places
                log.append("\(seconds(now)) place \(places)")
            } else {
                answer = component.cannotPlace("no room", at: now)
            }
            if component == before { return }
            queue += answer
        }
    }

    private mutating func answer(_ action: ComponentAction) -> [ComponentAction] {
        switch action {
        case .arm(let timer, let at):
            agenda[timer] = at
            log.append("\(seconds(now)) arm \(timer) at \(seconds(at))")
        case .disarm(let timer):
            agenda[timer] = nil
            log.append("\(seconds(now)) disarm \(timer)")
        case .probe:
            let failure = failures.isEmpty ? nil : failures.removeFirst()
            return component.probed(failure: failure, at: now)
        case .checkAlarms(let alarms):
            log.append("\(seconds(now)) check \(alarms)")
            let tripped = alarms.filter(ringing.contains)
            return tripped.isEmpty ? [] : component.alarmTripped(tripped, at: now)
        case .statusChanged(let status, let reason):
            log.append("\(seconds(now)) \(status.rawValue)" + (reason.map { ": \($0)" } ?? ""))
        case .rollbackStarted: log.append("\(seconds(now)) rolling back")
        case .removed:
            isRemoved = true
            log.append("\(seconds(now)) removed")
        }
        return []
    }

    private func seconds(_ instant: SimInstant) -> String { "\((instant - origin).milliseconds / 1000)" }
}
