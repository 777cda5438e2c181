import SimTime

/// The queries of one request, read and put in the order in which they can be computed.
package struct MathPlan: Sendable {
    package enum Formula: Hashable, Sendable {
        case metric(periodSeconds: Int)
        case expression(MathExpression)
        case insights(InsightsQuery)
    }

    package struct Query: Hashable, Sendable {
        package let id: String
        package let formula: Formula
        package let periodSeconds: Int

        /// Whether an alarm may judge each of the query's series by itself: a Metrics Insights query with GROUP BY and
        /// ORDER BY. AWS: doc — both are needed for an alarm on several series.
        package var isGrouped: Bool {
            if case .insights(let insights) = formula { !insights.groups.isEmpty && insights.order != nil } else { false }
        }
    }

    /// What a request says of one query.
    package struct Source: Hashable, Sendable {
        package var id: String
        /// Nil for a metric.
        package var expression: String?
        /// A metric's period, or the one given for an expression.
        package var periodSeconds: Int?

        package init(id: String, expression: String?, periodSeconds: Int?) {
            self.id = id
            self.expression = expression
            self.periodSeconds = periodSeconds
        }
    }

    /// A query that cannot be read or computed.
    package struct Defect: Error, Hashable, Sendable {
        package let id: String
        package let fault: MathFault

        package init(id: String, fault: MathFault) {
            self.id = id
            self.fault = fault
        }

        /// AWS: inferred.
        package var text: String { "Error in expression '\(id)': \(fault.text)" }
    }

    /// In the request's order.
    package let queries: [Query]
    /// Positions in `queries`, each after those it needs.
    private let order: [Int]
    package let searches: [SearchCall]
    package let insightCalls: [InsightCall]
    /// What `ANOMALY_DETECTION_BAND` is called on.
    package let bandArguments: [MathExpression]

    /// The period of an expression that is given none and uses no metric. AWS: inferred.
    private static let defaultPeriodSeconds = 60

    /// Throws `Defect`. The ids are distinct.
    package init(_ sources: [Source]) throws {
        var formulas: [Formula] = []
        for source in sources { formulas.append(try Self.formula(of: source)) }
        let positions = Dictionary(
            sources.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        order = try Self.order(sources, formulas, positions)
        var periods: [String: Int] = [:]
        for position in order {
            let source = sources[position]
            switch formulas[position] {
            case .metric(let period): periods[source.id] = period
            case .insights: periods[source.id] = source.periodSeconds ?? Self.defaultPeriodSeconds
            case .expression(let expression):
                let inherited = expression.references.compactMap { periods[$0] }.max()
                periods[source.id] = source.periodSeconds ?? inherited ?? Self.defaultPeriodSeconds
            }
        }
        queries = zip(sources, formulas).map { source, formula in
            Query(id: source.id, formula: formula, periodSeconds: periods[source.id] ?? Self.defaultPeriodSeconds)
        }
        var searches: [SearchCall] = [], insightCalls: [InsightCall] = [], bands: [MathExpression] = []
        for query in queries {
            guard case .expression(let expression) = query.formula else { continue }
            try Self.naming(query.id) {
                try expression.walk { part in
                    guard case .call(let function, let arguments) = part else { return }
                    if function == .search {
                        let call = try SearchCall(arguments: arguments, periodSeconds: query.periodSeconds)
                        _ = try MetricSearch(parsing: call.search)
                        searches.append(call)
                    }
                    if function == .insightRuleMetric {
                        insightCalls.append(try InsightCall(arguments: arguments, periodSeconds: query.periodSeconds))
                    }
                    if function == .anomalyDetectionBand, !bands.contains(arguments[0]) { bands.append(arguments[0]) }
                }
            }
        }
        self.searches = searches
        self.insightCalls = insightCalls
        bandArguments = bands
    }

    private static func naming<T>(_ id: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let fault as MathFault { throw Defect(id: id, fault: fault) }
    }

    private static func formula(of source: Source) throws -> Formula {
        guard let text = source.expression else { return .metric(periodSeconds: source.periodSeconds ?? defaultPeriodSeconds) }
        return try naming(source.id) {
            InsightsQuery.isQuery(text)
                ? .insights(try InsightsQuery(parsing: text)) : .expression(try MathExpression(parsing: text))
        }
    }

    /// Depth first, without recursion: a request may chain five hundred expressions.
    private static func order(
        _ sources: [Source], _ formulas: [Formula], _ positions: [String: Int]
    ) throws -> [Int] {
        enum Mark { case open, done }
        var marks: [Int: Mark] = [:]
        var order: [Int] = []
        for root in sources.indices where marks[root] == nil {
            var path = [root]
            marks[root] = .open
            while let position = path.last {
                var needed: [String] = []
                if case .expression(let expression) = formulas[position] { needed = expression.references }
                var next: Int?
                for id in needed {
                    guard let target = positions[id] else {
                        throw Defect(id: sources[position].id, fault: .undefinedVariable(id))
                    }
                    if marks[target] == .open {
                        let ids = path.drop { $0 != target }.map { sources[$0].id }
                        throw Defect(id: sources[position].id, fault: .circular(ids + [id]))
                    }
                    if marks[target] == nil, next == nil { next = target }
                }
                if let next {
                    marks[next] = .open
                    path.append(next)
                } else {
                    marks[position] = .done
                    order.append(position)
                    path.removeLast()
                }
            }
        }
        return order
    }

    // MARK: Computing

    /// The values of all queries. The environment holds those of metrics and Metrics Insights queries already.
    /// Throws `Defect`.
    package func values(in environment: MathEnvironment) throws -> [String: MathValue] {
        var environment = environment
        environment.metricIDs = queries.compactMap { query in
            if case .metric = query.formula { query.id } else { nil }
        }
        for position in order {
            let query = queries[position]
            guard case .expression(let expression) = query.formula else { continue }
            environment.values[query.id] = try Self.naming(query.id) {
                try MathEvaluator(environment: environment, periodSeconds: query.periodSeconds).value(of: expression)
            }
        }
        return environment.values
    }

    /// The models behind `ANOMALY_DETECTION_BAND`, from an environment of the past. Throws `Defect`.
    /// `settings` are those of the detectors of metrics, by the metrics' ids.
    package func bands(
        trainedOn past: MathEnvironment, settings: [String: BandSettings] = [:]
    ) throws -> [MathExpression: BandModel] {
        var environment = past
        environment.values = try values(in: past)
        var bands: [MathExpression: BandModel] = [:]
        for argument in bandArguments {
            let value = try? MathEvaluator(environment: environment, periodSeconds: Self.defaultPeriodSeconds).value(of: argument)
            guard case .series(let series)? = value else { continue }
            var own = BandSettings()
            if case .reference(let id) = argument { own = settings[id] ?? own }
            bands[argument] = BandModel(training: series.points, settings: own)
        }
        return bands
    }

    /// The values of a request whose metrics have no data: tells what types queries yield, and what is wrong with them.
    /// Throws `Defect`.
    package func emptyValues() throws -> [String: MathValue] {
        let instant = SimInstant(millisecondsSinceEpoch: 0)
        var environment = MathEnvironment(from: instant, to: instant)
        for query in queries {
            let empty = MathSeries(points: [], periodSeconds: query.periodSeconds)
            switch query.formula {
            case .metric: environment.values[query.id] = .series(empty)
            case .insights(let insights): environment.values[query.id] = insights.groups.isEmpty ? .series(empty) : .array([])
            case .expression: break
            }
        }
        return try values(in: environment)
    }
}
