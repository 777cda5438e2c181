import MetricRules
import SimTime

/// A line or stacked area chart.
struct LineChart: Sendable {
    struct Line: Sendable {
        var label: String
        var color: PixelColor
        var points: [MathPoint]
        var isRight = false
    }

    struct Level: Sendable {
        var label: String?
        var value: Double
        var color: PixelColor
        /// `above` or `below`; nil fills nothing.
        var fill: String?
        var isRight = false
    }

    struct Moment: Sendable {
        var label: String?
        var instant: SimInstant
        var color: PixelColor
    }

    struct Axis: Sendable {
        var minimum: Double?
        var maximum: Double?
        var label: String?
    }

    enum Legend: String, Sendable { case bottom, right, hidden }

    var title: String?
    var width = 600
    var height = 400
    var from: SimInstant
    var to: SimInstant
    /// What is added to an instant to show it: the time zone's offset less the clock's lead.
    var shown: SimDuration
    var lines: [Line]
    var levels: [Level] = []
    var moments: [Moment] = []
    var isStacked = false
    var left = Axis()
    var right = Axis()
    var legend = Legend.bottom

    private static let rowHeight = 12
    private static let legendRightWidth = 160

    /// Where the data goes.
    private struct Frame {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }

    func drawn() -> Canvas {
        var canvas = Canvas(width: width, height: height)
        let stacked = isStacked ? stackedLines() : lines
        let hasRight = stacked.contains(where: \.isRight) || levels.contains(where: \.isRight)
        let scales = (left: scale(stacked, isRight: false), right: scale(stacked, isRight: true))
        let frame = frame(hasRight: hasRight)
        guard frame.width > 4, frame.height > 4 else { return canvas }
        drawAxes(scales, frame, hasRight: hasRight, on: &canvas)
        drawLevels(scales, frame, on: &canvas)
        for (index, line) in stacked.enumerated() {
            let below = isStacked && index > 0 ? stacked[index - 1] : nil
            draw(line, below: below, line.isRight ? scales.right : scales.left, frame, on: &canvas)
        }
        labelLevels(scales, frame, on: &canvas)
        drawMoments(frame, on: &canvas)
        drawLegend(frame, on: &canvas)
        if let title {
            canvas.text(title, x: max(4, (width - Canvas.width(of: title)) / 2), y: 6)
        }
        return canvas
    }

    // MARK: Layout

    private func frame(hasRight: Bool) -> Frame {
        let labelHeight = left.label == nil && right.label == nil ? 0 : 8
        let top = (title == nil ? 10 : 22) + labelHeight
        let legendHeight = legend == .bottom ? legendRows().count * Self.rowHeight + 4 : 0
        let legendWidth = legend == .right ? min(Self.legendRightWidth, width / 3) : 0
        let start = 52, end = (hasRight ? 52 : 14) + legendWidth
        return Frame(x: start, y: top, width: width - start - end, height: height - top - 20 - legendHeight)
    }

    /// The lines of the legend as they wrap.
    private func legendRows() -> [[Line]] {
        var rows: [[Line]] = [[]]
        var used = 0
        for line in lines {
            let needed = Canvas.width(of: line.label) + 24
            if used + needed > width - 20, !(rows.last?.isEmpty ?? true) {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(line)
            used += needed
        }
        // No more than a third of the picture.
        return Array(rows.prefix(max(1, height / 3 / Self.rowHeight)))
    }

    private func scale(_ lines: [Line], isRight: Bool) -> ValueScale {
        var values = lines.filter { $0.isRight == isRight }.flatMap { $0.points.map(\.value) }
        values += levels.filter { $0.isRight == isRight }.map(\.value)
        if isStacked { values.append(0) }
        let axis = isRight ? right : left
        return ValueScale(covering: values, minimum: axis.minimum, maximum: axis.maximum)
    }

    private func x(_ instant: SimInstant, _ frame: Frame) -> Double {
        let share = Double((instant - from).milliseconds) / Double(max(1, (to - from).milliseconds))
        return Double(frame.x) + share * Double(frame.width - 1)
    }

    private func y(_ value: Double, _ scale: ValueScale, _ frame: Frame) -> Double {
        Double(frame.y) + (1 - max(-1, min(2, scale.share(value)))) * Double(frame.height - 1)
    }

    /// Each line on top of those before it; a missing value counts as none.
    private func stackedLines() -> [Line] {
        let starts = Set(lines.flatMap { $0.points.map(\.start) }).sorted()
        var sums = [SimInstant: Double]()
        return lines.map { line in
            for point in line.points { sums[point.start, default: 0] += point.value }
            var stacked = line
            stacked.points = starts.map { MathPoint(start: $0, value: sums[$0] ?? 0) }
            return stacked
        }
    }

    // MARK: Drawing

    private func drawAxes(
        _ scales: (left: ValueScale, right: ValueScale), _ frame: Frame, hasRight: Bool, on canvas: inout Canvas
    ) {
        let bottom = frame.y + frame.height
        for mark in scales.left.marks {
            let row = Int(y(mark, scales.left, frame).rounded())
            guard row >= frame.y, row < bottom else { continue }
            canvas.fill(x: frame.x, y: row, width: frame.width, height: 1, .grid)
            let text = ValueScale.shown(mark)
            canvas.text(text, x: frame.x - 6 - Canvas.width(of: text), y: row - 3, .axis)
        }
        if hasRight {
            for mark in scales.right.marks {
                let row = Int(y(mark, scales.right, frame).rounded())
                if row >= frame.y, row < bottom { canvas.text(ValueScale.shown(mark), x: frame.x + frame.width + 6, y: row - 3, .axis) }
            }
        }
        canvas.fill(x: frame.x, y: bottom - 1, width: frame.width, height: 1, .axis)
        for mark in TimeMarks.marks(from: from, to: to, atMost: frame.width / 60, shown: shown) {
            let column = Int(x(mark.instant, frame).rounded())
            canvas.fill(x: column, y: bottom, width: 1, height: 4, .axis)
            canvas.text(mark.label, x: column - Canvas.width(of: mark.label) / 2, y: bottom + 7, .axis)
        }
        if let label = left.label { canvas.text(label, x: 4, y: max(0, frame.y - 13), .axis) }
        if let label = right.label, hasRight {
            canvas.text(label, x: width - 4 - Canvas.width(of: label), y: max(0, frame.y - 13), .axis)
        }
    }

    private func drawLevels(_ scales: (left: ValueScale, right: ValueScale), _ frame: Frame, on canvas: inout Canvas) {
        for level in levels {
            let row = Int(y(level.value, level.isRight ? scales.right : scales.left, frame).rounded())
            let bottom = frame.y + frame.height
            if level.fill == "above" {
                canvas.fill(x: frame.x, y: frame.y, width: frame.width, height: row - frame.y, level.color, opacity: 0.15)
            } else if level.fill == "below" {
                canvas.fill(x: frame.x, y: row, width: frame.width, height: bottom - row, level.color, opacity: 0.15)
            }
            guard row >= frame.y, row < bottom else { continue }
            canvas.fill(x: frame.x, y: row, width: frame.width, height: 1, level.color)
        }
    }

    /// On top of the lines, so that they can be read; below the level where there is no room above.
    private func labelLevels(_ scales: (left: ValueScale, right: ValueScale), _ frame: Frame, on canvas: inout Canvas) {
        for level in levels {
            let row = Int(y(level.value, level.isRight ? scales.right : scales.left, frame).rounded())
            guard let label = level.label, row >= frame.y, row < frame.y + frame.height else { continue }
            canvas.text(label, x: frame.x + 4, y: row - 9 < frame.y ? row + 3 : row - 9, level.color)
        }
    }

    private func drawMoments(_ frame: Frame, on canvas: inout Canvas) {
        for moment in moments where moment.instant >= from && moment.instant <= to {
            let column = Int(x(moment.instant, frame).rounded())
            canvas.fill(x: column, y: frame.y, width: 1, height: frame.height, moment.color)
            if let label = moment.label { canvas.text(label, x: column + 3, y: frame.y + 2, moment.color) }
        }
    }

    private func draw(_ line: Line, below: Line?, _ scale: ValueScale, _ frame: Frame, on canvas: inout Canvas) {
        let spots = line.points.map { (x: x($0.start, frame), y: y($0.value, scale, frame)) }
        if isStacked { fillArea(line, below: below, scale, frame, on: &canvas) }
        if spots.count == 1 { canvas.fill(x: Int(spots[0].x) - 1, y: Int(spots[0].y) - 1, width: 3, height: 3, line.color) }
        for (before, spot) in zip(spots, spots.dropFirst()) { canvas.line(before, spot, line.color) }
    }

    private func fillArea(_ line: Line, below: Line?, _ scale: ValueScale, _ frame: Frame, on canvas: inout Canvas) {
        for index in line.points.indices.dropLast() {
            let here = line.points[index], next = line.points[index + 1]
            let left = x(here.start, frame), right = x(next.start, frame)
            for column in stride(from: Int(left.rounded()), to: Int(right.rounded()), by: 1) {
                let share = right > left ? (Double(column) - left) / (right - left) : 0
                func height(_ a: Double, _ b: Double) -> Int { Int(y(a + (b - a) * share, scale, frame).rounded()) }
                let top = height(here.value, next.value)
                let base = below.map { height($0.points[index].value, $0.points[index + 1].value) } ?? height(0, 0)
                canvas.fill(x: column, y: min(top, base), width: 1, height: abs(base - top), line.color, opacity: 0.5)
            }
        }
    }

    private func drawLegend(_ frame: Frame, on canvas: inout Canvas) {
        switch legend {
        case .hidden: break
        case .bottom:
            var top = frame.y + frame.height + 20
            for row in legendRows() {
                var column = 10
                for line in row {
                    canvas.fill(x: column, y: top, width: 8, height: 8, line.color)
                    canvas.text(line.label, x: column + 12, y: top)
                    column += Canvas.width(of: line.label) + 24
                }
                top += Self.rowHeight
            }
        case .right:
            let column = width - min(Self.legendRightWidth, width / 3) + 4
            for (index, line) in lines.enumerated() where frame.y + index * Self.rowHeight < frame.y + frame.height {
                canvas.fill(x: column, y: frame.y + index * Self.rowHeight, width: 8, height: 8, line.color)
                canvas.text(line.label, x: column + 12, y: frame.y + index * Self.rowHeight)
            }
        }
    }
}
