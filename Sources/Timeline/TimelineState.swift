import Dispatch
import SimTime
package import Store

/// The turn loop's own memory. Touched only on the timeline's queue, which is what makes it safe to share.
final class TimelineState: @unchecked Sendable {
    struct TickState {
        let tick: Tick
        /// The last boundary that ran or was skipped.
        var last: SimInstant
    }

    /// What comes next, and when.
    struct Due {
        enum What { case timer(TimerID), tick(index: Int) }
        let due: SimInstant
        let phase: Int
        let what: What

        var label: String {
            switch what {
            case .timer(let id): id.description
            case .tick(let index): "tick \(index)"
            }
        }
    }

    var agenda: Agenda<TimerID>
    /// Everything due up to this instant has happened.
    var processed: SimInstant
    var handlers: [String: Timeline.TimerHandler] = [:]
    var ticks: [TickState] = []
    var advanceWriters: [@Sendable (Turn) throws -> Void] = []
    var gapFillers: [Timeline.GapFiller] = []
    var waiters: [(SimInstant, CheckedContinuation<Void, Never>)] = []
    /// Waiting and running advances; the first runs.
    var advances: [Timeline.Advance] = []
    /// Moved when the state is erased or replaced, or the timeline stops: an advance of before must not go on.
    var epoch = 0
    /// The one wake-up; set anew only when what comes next is due at another instant.
    var alarmClock: (any DispatchSourceTimer)?
    /// What the pending wake-up is for; nil when there is none.
    var wakeInstant: SimInstant?
    var wakeClock: ClockSetting?
    var isStarted = false
    /// The database may be closed: no advance begins any more.
    var isStopped = false

    init(agenda: Agenda<TimerID>, processed: SimInstant) {
        self.agenda = agenda
        self.processed = processed
    }

    /// The earliest of the agenda's first entry and the ticks' next boundaries.
    func nextDue() -> Due? {
        var best = agenda.first().map { Due(due: $0.due, phase: $0.phase, what: .timer($0.key)) }
        for index in ticks.indices {
            let tick = ticks[index].tick
            guard tick.isNeeded() else {
                ticks[index].last = max(ticks[index].last, processed)
                continue
            }
            let boundary = ticks[index].last.floored(to: tick.period) + tick.period
            if let found = best, (found.due, found.phase) <= (boundary, tick.phase) { continue }
            best = Due(due: boundary, phase: tick.phase, what: .tick(index: index))
        }
        return best
    }

    /// Notes that everything due up to `instant` has happened, and skips the boundaries of idle ticks.
    func settle(at instant: SimInstant) {
        processed = max(processed, instant)
        _ = nextDue()
    }

    /// Takes up work at `instant`, which may be earlier than before.
    func rewind(to instant: SimInstant) {
        processed = instant
        for index in ticks.indices { ticks[index].last = instant }
    }

    func apply(_ change: Turn.TimerChange) {
        switch change {
        case .armed(let id, let due, let phase): agenda.add(id, due: due, phase: phase)
        case .disarmed(let id): agenda.remove(id)
        case .disarmedAll(let kind, let owner): agenda.removeAll { $0.kind == kind && $0.owner == owner }
        }
    }

    // MARK: Rows

    static func load(
        from store: Store, clock: Timeline.StartClock, real: SimInstant
    ) throws -> (ClockSetting, processed: SimInstant, Agenda<TimerID>) {
        try store.read { reader in
            var setting = ClockSetting(mode: .follow, scale: 1, simulatedAnchor: real, realAnchor: real)
            var processed = real
            try reader.query("SELECT mode, scale, simulated, real, processed FROM clock") { row in
                setting = ClockSetting(
                    mode: ClockMode(rawValue: row.text(0)) ?? .follow, scale: row.real(1),
                    simulatedAnchor: SimInstant(millisecondsSinceEpoch: row.integer(2)),
                    realAnchor: SimInstant(millisecondsSinceEpoch: row.integer(3)))
                processed = SimInstant(millisecondsSinceEpoch: row.integer(4))
            }
            setting = resumed(setting, processed: processed, real: real)
            processed = max(processed, setting.simulated(atReal: real) - Self.replayMax)
            if clock.mode != nil || clock.scale != nil {
                setting = setting.changed(
                    mode: clock.mode ?? setting.mode, scale: clock.scale ?? setting.scale, atReal: real)
            }
            var agenda = Agenda<TimerID>()
            try reader.query("SELECT kind, owner, name, due, phase FROM timer ORDER BY sequence") { row in
                agenda.add(
                    TimerID(kind: row.text(0), owner: row.text(1), name: row.text(2)),
                    due: SimInstant(millisecondsSinceEpoch: row.integer(3)), phase: Int(row.integer(4)))
            }
            return (setting, processed, agenda)
        }
    }

    /// While the server was away time went on at its real pace, whatever the scale: a fast clock left alone over night
    /// must not make weeks of it. The stop is taken to be when the last turn was.
    private static func resumed(_ setting: ClockSetting, processed: SimInstant, real: SimInstant) -> ClockSetting {
        guard setting.mode == .follow, processed >= setting.simulatedAnchor else { return setting }
        let running = Double((processed - setting.simulatedAnchor).milliseconds) / setting.scale
        let stopped = setting.realAnchor + SimDuration(milliseconds: Int64(running))
        let away = max(.zero, real - stopped)
        return setting.moved(to: processed + away, atReal: real)
    }

    /// Ticks missed longer ago than this are not made up for; timers always are.
    private static let replayMax = SimDuration.hours(24)

    static func save(_ setting: ClockSetting, processed: SimInstant, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO clock (id, mode, scale, simulated, real, processed) VALUES (1, ?, ?, ?, ?, ?)",
            [.text(setting.mode.rawValue), .real(setting.scale),
             .integer(setting.simulatedAnchor.millisecondsSinceEpoch), .integer(setting.realAnchor.millisecondsSinceEpoch),
             .integer(processed.millisecondsSinceEpoch)])
    }
}

extension Timeline {
    /// The tables of clock, agenda and event log.
    package static let migrations = [
        StoreMigration("timeline-1-clock-timers-events", sql: """
            CREATE TABLE clock (
                id INTEGER PRIMARY KEY CHECK (id = 1), mode TEXT NOT NULL, scale REAL NOT NULL,
                simulated INTEGER NOT NULL, real INTEGER NOT NULL, processed INTEGER NOT NULL
            );
            CREATE TABLE timer (
                kind TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, due INTEGER NOT NULL,
                phase INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (kind, owner, name)
            ) WITHOUT ROWID;
            CREATE INDEX timer_sequence ON timer (sequence);
            CREATE TABLE event (
                number INTEGER PRIMARY KEY AUTOINCREMENT, instant INTEGER NOT NULL, detail_type TEXT NOT NULL,
                subject TEXT NOT NULL, json TEXT NOT NULL
            );
            CREATE INDEX event_subject ON event (subject, number);
            """),
    ]
}
