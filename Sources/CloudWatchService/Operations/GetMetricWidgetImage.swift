import AWSModel
import Gateway
import MetricRules
import SimTime
import Vocabulary

/// GetMetricWidgetImage: a picture of metrics, drawn here. AWS: doc — spec/cloudwatch.md §11.
struct GetMetricWidgetImage: Sendable {
    let metrics: MetricStore
    let alarms: Alarms

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, context = request.context
        guard let text = input["MetricWidget"]?.string else { throw CloudWatchFault.missing("MetricWidget") }
        guard input["OutputFormat"]?.string ?? "png" == "png" else {
            throw AWSFault.notEmulated(member: "OutputFormat other than png", of: "GetMetricWidgetImage")
        }
        var widget = try WidgetDefinition(parsing: text, now: context.now, shift: context.clockShift)
        try await addAlarm(to: &widget, context)
        let canvas = try await draw(widget, context)
        return OperationResponse(["MetricWidgetImage": .blob(PNG.encoded(canvas))])
    }

    /// An alarm annotation draws the alarm's metric and its threshold.
    private func addAlarm(to widget: inout WidgetDefinition, _ context: RequestContext) async throws {
        guard let arn = widget.alarmARN else { return }
        let name = AlarmReference.name(arn)
        guard AlarmReference.isIn(context.realm, arn),
              let alarm = try await alarms.alarms(in: context.realm, named: [name]).first
        else { throw WidgetDefinition.invalid("names the unknown alarm \(arn)") }
        if let threshold = alarm.record.threshold {
            widget.chart.levels.append(.init(label: name, value: threshold, color: .red, fill: nil))
        }
        guard widget.items.isEmpty else { return }
        if widget.chart.title == nil { widget.chart.title = name }
        guard case .metric(let stat) = alarm.subject else { return }
        widget.items = [.init(
            query: MetricDataQuery(id: "alarm", subject: .metric(stat), label: nil, isReturned: true),
            color: nil, isRight: false, isVisible: true)]
    }

    private func draw(_ widget: WidgetDefinition, _ context: RequestContext) async throws -> Canvas {
        var chart = widget.chart
        let queries = widget.items.map(\.query)
        let values = try await values(of: queries, from: chart.from, to: chart.to, context)
        for item in widget.items where item.isVisible {
            let series: [MathSeries] = switch values[item.query.id] {
            case .series(let single)?: [single]
            case .array(let array)?: array
            case .scalar?, nil: []
            }
            for (number, one) in series.enumerated() {
                let color = (number == 0 ? item.color : nil)
                    ?? WidgetDefinition.palette[chart.lines.count % WidgetDefinition.palette.count]
                let own = one.label.flatMap { $0.isEmpty ? nil : $0 } ?? item.query.id
                let label = item.query.label?.rendered(for: LabelTemplate.Series(
                    points: one.points.map { ($0.start, $0.value) }, defaultLabel: own,
                    properties: item.query.stat?.properties(account: context.caller.account.digits, region: context.region.name) ?? [:],
                    now: context.now, timezone: .zero, shift: context.clockShift)) ?? own
                chart.lines.append(.init(label: label, color: color, points: one.points, isRight: item.isRight))
            }
        }
        return widget.view == .timeSeries ? chart.drawn() : Self.numbers(chart)
    }

    private func values(
        of queries: [MetricDataQuery], from: SimInstant, to: SimInstant, _ context: RequestContext
    ) async throws -> [String: MathValue] {
        let plan = try MetricDataQuery.plan(queries)
        let reading = MathReading(metrics: metrics, realm: context.realm, now: context.now, from: from, to: to)
        let own = queries.filter { $0.stat != nil }, stats = own.compactMap(\.stat)
        let labels = defaultLabels(stats.map {
            LabelledQuery(metric: $0.metric, statistic: $0.statisticText, periodSeconds: $0.periodSeconds)
        })
        var values: [String: MathValue] = [:]
        for (query, found) in zip(own, try await reading.read(stats, labels: labels)) { values[query.id] = .series(found.series) }
        let byID = Dictionary(zip(own.map(\.id), stats).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
        let environment = try await reading.environment(of: plan, values: values, stats: byID)
        return try MetricDataQuery.namingDefects { try plan.values(in: environment) }
    }

    /// The newest value of each line, large.
    private static func numbers(_ chart: LineChart) -> Canvas {
        var canvas = Canvas(width: chart.width, height: chart.height)
        if let title = chart.title { canvas.text(title, x: max(4, (chart.width - Canvas.width(of: title)) / 2), y: 6) }
        let columns = max(1, chart.lines.count), scale = max(1, min(4, chart.width / columns / 60))
        for (index, line) in chart.lines.enumerated() {
            let left = 10 + index * (chart.width - 20) / columns, middle = chart.height / 2
            let text = line.points.last.map { ValueScale.shown($0.value) } ?? "--"
            canvas.text(text, x: left, y: middle - PixelFont.height * scale, line.color, scale: scale)
            canvas.text(line.label, x: left, y: middle + 8)
        }
        return canvas
    }
}
