import Logging
import MetricRules
import SimTime
import Store
import Synchronization
import Timeline
package import Vocabulary

/// Where datapoints live: the recent past in memory, everything in SQLite.
///
/// Booking touches memory only and may be done by any thread. A flush, which is a turn of the timeline at most half a
/// real second later, writes what is new; so a killed server loses less than a second of datapoints.
package final class MetricStore: Sendable {
    private struct State: Sendable {
        var index: [SeriesKey: Int] = [:]
        var series: [MemorySeries] = []
        /// Positions of series with something to save.
        var dirty: Set<Int> = []
        var inFlight: Set<Int> = []
        /// Bookings since the last flush began.
        var unsavedCount = 0
        /// Sample values held by each series when it was last saved, and in all.
        var keptValues: [Int: Int] = [:]
        var keptValuesTotal = 0
        var marks = MinuteMarks()
        /// True once every stored series is known: one that is not has no row then.
        var isDirectoryLoaded = false
        var isFlushScheduled = false
        /// True since a background flush has failed.
        var isFlushFailing = false
        /// The database is closed, or about to be.
        var isClosed = false
        /// Moved by `forget`, which makes work begun before void.
        var epoch = 0
    }

    private let timeline: Timeline
    private let logger: Logger
    private let state = Mutex(State())
    /// What `INSIGHT_RULE_METRIC` asks.
    let insights = ContributorInsights()
    private let sources = Mutex<[@Sendable () -> Void]>([])
    private let preparations = Mutex<[@Sendable () async -> Void]>([])
    private static let flushDelay = Duration.milliseconds(500)
    /// A flush of so many datapoints takes a fraction of a second.
    private static let unsavedMax = 50_000

    init(timeline: Timeline, logger: Logger) {
        self.timeline = timeline
        self.logger = logger
    }

    var store: Store { timeline.store }

    // MARK: Booking

    /// Adds samples. Cheap; never waits for storage.
    package func book(_ realm: Realm, _ bookings: [MetricBooking]) {
        let mustSchedule = state.withLock { state in
            for booking in bookings where !booking.samples.isEmpty {
                let position = Self.position(of: SeriesKey(realm: realm, metric: booking.metric), in: &state)
                state.series[position].book(booking)
                state.dirty.insert(position)
                state.marks.add(position, booking)
                state.unsavedCount += 1
            }
            guard !state.dirty.isEmpty, !state.isFlushScheduled, !state.isClosed else { return false }
            state.isFlushScheduled = true
            return true
        }
        if mustSchedule { scheduleFlush() }
    }

    /// Waits for a flush when so much is unsaved that the next one would take long: whoever books without end goes at the
    /// pace of the disk, and a kill never loses more than a second's work.
    func keepPace() async throws {
        guard state.withLock({ $0.unsavedCount > Self.unsavedMax }) else { return }
        try await flush()
    }

    /// Names a place that holds samples back, to be booked when it is called: before any read, flush or evaluation.
    package func addSource(_ flush: @escaping @Sendable () -> Void) { sources.withLock { $0.append(flush) } }

    /// Names what is to be waited for before sources are asked by a read outside turns.
    package func beforeReads(_ prepare: @escaping @Sendable () async -> Void) {
        preparations.withLock { $0.append(prepare) }
    }

    private func pullSourcesForRead() async {
        for prepare in preparations.withLock({ $0 }) { await prepare() }
        pullSources()
    }

    /// Has every source book what it holds.
    func pullSources() {
        for source in sources.withLock({ $0 }) { source() }
    }

    private static func position(of key: SeriesKey, in state: inout State) -> Int {
        if let known = state.index[key] { return known }
        let completeFrom = state.isDirectoryLoaded ? MemorySeries.always : MemorySeries.never
        state.series.append(MemorySeries(key: key, rowID: nil, completeFrom: completeFrom, newest: MemorySeries.always))
        state.index[key] = state.series.count - 1
        return state.series.count - 1
    }

    // MARK: Flushing

    private func scheduleFlush() {
        Task.detached { [weak self] in
            try? await Task.sleep(for: Self.flushDelay)
            guard let self else { return }
            let isClosed = state.withLock { state in
                state.isFlushScheduled = false
                return state.isClosed
            }
            if isClosed { return }
            do {
                try await flush()
                state.withLock { $0.isFlushFailing = false }
            } catch {
                // What could not be written stays in memory for the next try.
                let (mustRetry, isNew) = state.withLock { state in
                    defer { (state.isFlushScheduled, state.isFlushFailing) = (true, true) }
                    return (!state.isFlushScheduled, !state.isFlushFailing)
                }
                // Told once, not twice a second for as long as a disk is full.
                if isNew {
                    logger.error("failed to write datapoints; they are kept for the next try", metadata: ["error": "\(error)"])
                }
                if mustRetry { scheduleFlush() }
            }
        }
    }

    /// Nothing is written behind the database's back any more: it is about to close.
    func endFlushing() { state.withLock { $0.isClosed = true } }

    /// Writes everything booked so far.
    package func flush() async throws {
        pullSources()
        guard state.withLock({ !$0.dirty.isEmpty || !$0.inFlight.isEmpty }) else { return }
        try await timeline.turn { try self.flush(in: $0) }
    }

    /// Writes everything booked so far, in a turn; memory forgets it is unsaved once the turn is committed.
    func flush(in turn: Turn) throws {
        restoreInFlight()
        guard state.withLock({ !$0.dirty.isEmpty }) else { return }
        try loadDirectory(turn.transaction)
        try loadHotSpans(of: state.withLock { Array($0.dirty) }, now: turn.now, turn.transaction)
        struct Batch {
            var position: Int
            var key: SeriesKey
            var rowID: Int64?
            var newest: SimInstant
            var whole: [(key: MemorySeries.SpanKey, samples: SampleSet)]
            var late: [(key: MemorySeries.SpanKey, samples: SampleSet)]
        }
        let (batches, epoch) = state.withLock { state in
            var batches: [Batch] = []
            for position in state.dirty.sorted() {
                let unsaved = state.series[position].takeUnsaved()
                let series = state.series[position]
                batches.append(Batch(
                    position: position, key: series.key, rowID: series.rowID, newest: series.newest,
                    whole: unsaved.whole, late: unsaved.late))
                state.inFlight.insert(position)
            }
            state.dirty = []
            state.unsavedCount = 0
            return (batches, state.epoch)
        }
        var newRows: [Int: Int64] = [:]
        for batch in batches {
            let series: Int64
            if let rowID = batch.rowID {
                series = rowID
                try MetricTables.touchSeries(series, newest: batch.newest, in: turn.transaction)
            } else {
                series = try MetricTables.insertSeries(batch.key, newest: batch.newest, in: turn.transaction)
                newRows[batch.position] = series
            }
            for span in batch.whole { try MetricTables.put(span.samples, at: span.key, of: series, in: turn.transaction) }
            for span in batch.late { try MetricTables.add(span.samples, at: span.key, of: series, in: turn.transaction) }
        }
        let now = turn.now
        turn.afterCommit { [newRows] in
            self.state.withLock { state in
                guard state.epoch == epoch else { return }
                for position in state.inFlight {
                    state.series[position].inFlight = nil
                    if let rowID = newRows[position] { state.series[position].rowID = rowID }
                    Self.trim(position, now: now, in: &state)
                }
                state.inFlight = []
            }
        }
    }

    /// 64 MB of values and counts.
    private static let keptValuesMax = 4_000_000

    private static func trim(_ position: Int, now: SimInstant, in state: inout State) {
        state.series[position].trim(now: now, isMemoryShort: state.keptValuesTotal > keptValuesMax)
        let kept = state.series[position].keptValues
        state.keptValuesTotal += kept - (state.keptValues.updateValue(kept, forKey: position) ?? 0)
    }

    /// Puts back what a flush took whose turn failed.
    private func restoreInFlight() {
        state.withLock { state in
            for position in state.inFlight { state.series[position].restoreInFlight() }
            state.dirty.formUnion(state.inFlight)
            state.inFlight = []
        }
    }

    // MARK: Loading

    private func loadDirectory(_ reader: StoreReader) throws {
        guard state.withLock({ !$0.isDirectoryLoaded }) else { return }
        let rows = try MetricTables.allSeries(reader)
        state.withLock { state in
            guard !state.isDirectoryLoaded else { return }
            for row in rows {
                let position = Self.position(of: row.key, in: &state)
                var series = MemorySeries(
                    key: row.key, rowID: row.id, completeFrom: MemorySeries.never,
                    newest: max(row.newest, state.series[position].newest))
                for (key, samples) in state.series[position].late { series.addLate(samples, at: key) }
                state.series[position] = series
            }
            for position in state.series.indices where state.series[position].rowID == nil {
                state.series[position].load([], from: MemorySeries.always)
            }
            state.isDirectoryLoaded = true
        }
    }

    /// Brings the hot past of series that were not touched since the start into memory.
    private func loadHotSpans(of positions: [Int], now: SimInstant, _ reader: StoreReader) throws {
        for position in positions {
            let from = state.withLock { state -> SimInstant? in
                let series = state.series[position]
                return series.completeFrom == MemorySeries.never ? now - series.hotSpan : nil
            }
            if let from { try load(position, from: from, reader) }
        }
    }

    private func load(_ position: Int, from: SimInstant, _ reader: StoreReader) throws {
        let (rowID, until) = state.withLock { ($0.series[position].rowID, $0.series[position].completeFrom) }
        let stored = try rowID.map { try MetricTables.spans(of: $0, from: from, to: until, reader) } ?? []
        state.withLock { $0.series[position].load(stored, from: from) }
    }

    /// What `INSIGHT_RULE_METRIC` answers, outside a turn. Blocks for as long as reading and parsing the events takes.
    func insightSeries(
        _ calls: [InsightCall], _ realm: Realm, from: SimInstant, to: SimInstant
    ) throws -> [InsightCall: MathSeries] {
        try timeline.store.read { reader in
            var series: [InsightCall: MathSeries] = [:]
            for call in calls {
                series[call] = try insights.series(
                    call, realm, from: from, to: to, eventsMax: ContributorInsights.eventsMax, reader)
            }
            return series
        }
    }

    // MARK: Reading in a turn

    /// The window of an alarm at `end`. Reads the database only for the part of the past that is not in memory, which
    /// stays there afterwards.
    func window(
        of definition: AlarmDefinition, _ key: SeriesKey, endingAt end: SimInstant, _ reader: StoreReader
    ) throws -> AlarmWindow {
        restoreInFlight()
        try loadDirectory(reader)
        let from = end - definition.evaluationSpan
        let missing = state.withLock { state -> Int? in
            guard let position = state.index[key] else { return nil }
            state.series[position].hotSpan = max(state.series[position].hotSpan, definition.evaluationSpan + .minutes(15))
            return state.series[position].completeFrom > from ? position : nil
        }
        if let missing { try load(missing, from: min(from, end - MemorySeries.defaultHotSpan), reader) }
        return state.withLock { state in
            guard let position = state.index[key] else { return AlarmWindow(of: definition, endingAt: end, spans: []) }
            let series = state.series[position]
            guard let unit = definition.unit ?? MetricUnit.chosen(from: series.units(
                periodSeconds: definition.periodSeconds, from: from, to: end))
            else { return AlarmWindow(of: definition, endingAt: end, spans: []) }
            let spans = series.spans(unit, periodSeconds: definition.periodSeconds, from: from, to: end)
            return AlarmWindow(of: definition, endingAt: end, spans: spans)
        }
    }

    /// The spans each query can see, as a turn sees them. Does not change how much of the past is in memory.
    func spans(_ queries: [Query], _ reader: StoreReader) throws -> [[MetricUnit: [Span]]] {
        restoreInFlight()
        try loadDirectory(reader)
        return try queries.map { try read($0, reader) }
    }

    /// `metrics(_:since:where:)` in a turn.
    func metrics(
        _ realm: Realm, since: SimInstant, _ reader: StoreReader, where isWanted: (MetricIdentity) -> Bool
    ) throws -> [MetricIdentity] {
        try loadDirectory(reader)
        return state.withLock { state in
            state.series.filter { $0.key.realm == realm && $0.newest >= since }.map(\.key.metric)
        }.filter(isWanted).sorted()
    }

    /// Applies retention, in a turn.
    func retire(in turn: Turn) throws {
        pullSources()
        try flush(in: turn)
        try MetricTables.retire(now: turn.now, in: turn.transaction)
        let now = turn.now, horizon = MetricTables.seriesHorizon(now)
        turn.afterCommit {
            self.state.withLock { state in
                // Positions are what others hold on to: an expired series stays, as one without a row.
                for position in state.series.indices where !state.dirty.contains(position) {
                    Self.trim(position, now: now, in: &state)
                    guard state.series[position].newest < horizon, state.series[position].rowID != nil else { continue }
                    let key = state.series[position].key
                    state.series[position] = MemorySeries(
                        key: key, rowID: nil, completeFrom: MemorySeries.always, newest: MemorySeries.always)
                }
            }
        }
    }

    /// Whether minutes are marked for metric streams as they change.
    func marksMinutes(_ isOn: Bool) { state.withLock { $0.marks.turn(isOn) } }

    /// Takes the minutes that have changed and begin before an instant, with all their samples.
    func takeMarkedMinutes(before end: SimInstant, in turn: Turn) throws -> [MarkedMinute] {
        pullSources()
        // Afterwards memory and rows together know every sample of a minute.
        try flush(in: turn)
        let (marks, keys) = state.withLock { state in
            let marks = state.marks.take(before: end)
            return (marks, marks.map { state.series[$0.position].key })
        }
        return try zip(marks, keys).compactMap { mark, key in
            let minute = Query(key: key, from: mark.start, to: mark.start + .minutes(1), periodSeconds: 60)
            guard let span = try read(minute, turn.transaction)[mark.unit]?.first else { return nil }
            return MarkedMinute(key: key, unit: mark.unit, start: mark.start, samples: span.samples)
        }
    }

    // MARK: Reading from anywhere

    struct Query: Sendable {
        var key: SeriesKey
        var from: SimInstant
        var to: SimInstant
        var periodSeconds: Int
    }

    /// The spans each query can see, by unit: within its range, and as old as its period reaches.
    func read(_ queries: [Query], now: SimInstant) async throws -> [[MetricUnit: [Span]]] {
        await pullSourcesForRead()
        let reaching = queries.map { query in
            var query = query
            query.from = max(query.from, RetentionTier.horizon(periodSeconds: query.periodSeconds, now: now))
            return query
        }
        if let answers = state.withLock({ state in Self.readMemory(reaching, in: state) }) { return answers }
        // Between turns no flush is under way, so memory and rows add up.
        return try await timeline.betweenTurns {
            self.restoreInFlight()
            return try self.timeline.store.read { reader in
                try self.loadDirectory(reader)
                return try reaching.map { try self.read($0, reader) }
            }
        }
    }

    /// Nil when some query needs rows.
    private static func readMemory(_ queries: [Query], in state: borrowing State) -> [[MetricUnit: [Span]]]? {
        guard state.isDirectoryLoaded else { return nil }
        var answers: [[MetricUnit: [Span]]] = []
        answers.reserveCapacity(queries.count)
        for query in queries {
            guard let position = state.index[query.key] else { answers.append([:]); continue }
            guard state.series[position].completeFrom <= query.from else { return nil }
            var answer: [MetricUnit: [Span]] = [:]
            let series = state.series[position]
            for unit in series.units(periodSeconds: query.periodSeconds, from: query.from, to: query.to) {
                answer[unit] = Array(series.spans(
                    unit, periodSeconds: query.periodSeconds, from: query.from, to: query.to))
            }
            answers.append(answer)
        }
        return answers
    }

    /// Reads rows for the part before what memory knows, by way of a series that is thrown away.
    private func read(_ query: Query, _ reader: StoreReader) throws -> [MetricUnit: [Span]] {
        guard var series = state.withLock({ state in state.index[query.key].map { state.series[$0] } }) else { return [:] }
        if series.completeFrom > query.from {
            let until = min(series.completeFrom, query.to)
            let stored = try series.rowID.map { try MetricTables.spans(of: $0, from: query.from, to: until, reader) } ?? []
            series.load(stored, from: query.from)
        }
        var answer: [MetricUnit: [Span]] = [:]
        for unit in series.units(periodSeconds: query.periodSeconds, from: query.from, to: query.to) {
            answer[unit] = Array(series.spans(unit, periodSeconds: query.periodSeconds, from: query.from, to: query.to))
        }
        return answer
    }

    /// The metrics of a realm with a datapoint since `since`, in order.
    func metrics(
        _ realm: Realm, since: SimInstant, where isWanted: @Sendable (MetricIdentity) -> Bool
    ) async throws -> [MetricIdentity] {
        await pullSourcesForRead()
        if state.withLock({ !$0.isDirectoryLoaded }) {
            try await timeline.betweenTurns { try self.timeline.store.read { try self.loadDirectory($0) } }
        }
        return state.withLock { state in
            state.series.compactMap { series in
                series.key.realm == realm && series.newest >= since && isWanted(series.key.metric) ? series.key.metric : nil
            }
        }.sorted()
    }

    /// True once there may be stored datapoints to retire.
    var hasSeries: Bool { state.withLock { !$0.isDirectoryLoaded || !$0.series.isEmpty } }

    /// Drops all memory, after the database was erased or replaced.
    func forget() {
        state.withLock { state in
            let isScheduled = state.isFlushScheduled, epoch = state.epoch + 1
            state = State()
            state.isFlushScheduled = isScheduled
            state.epoch = epoch
        }
    }
}
