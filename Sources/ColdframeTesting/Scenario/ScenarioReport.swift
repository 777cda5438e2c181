package import AWSModel
package import SimTime

/// How a scenario went.
package struct ScenarioReport: Equatable, Sendable {
    /// One thing that happened. The columns besides the text are what held at that instant, after everything due.
    package struct Row: Equatable, Sendable {
        /// Since 0s.
        package var at: SimDuration
        package var endpoint: String
        package var text: String
        package var status: String
        /// Percent of the traffic; nil while the endpoint takes none.
        package var blue: Double?
        package var green: Double?
        /// Names of the alarms in ALARM.
        package var ringing: [String]
        /// Since the row before of the same endpoint.
        package var requests: Int
        package var errors: Int
    }

    package struct Verdict: Equatable, Sendable {
        package var line: Int
        package var at: SimDuration
        package var endpoint: String
        package var text: String
        package var isMet: Bool
        /// What was found instead; empty when the condition is met.
        package var found: String
    }

    package var seed: UInt64
    package var rows: [Row] = []
    package var verdicts: [Verdict] = []
    /// How far simulated time went, since 0s.
    package var simulated = SimDuration.zero

    package init(seed: UInt64) { self.seed = seed }

    package var isPassed: Bool { verdicts.allSatisfy(\.isMet) }

    // MARK: For people

    /// The timeline, then the expectations.
    package var text: String {
        let showsEndpoint = Set(rows.map(\.endpoint)).count > 1
        var columns: [(String, TextTable.Alignment)] = [("time", .right)]
        if showsEndpoint { columns.append(("endpoint", .left)) }
        columns += [
            ("blue/green", .right), ("requests", .right), ("errors", .right), ("alarms", .left), ("status", .left),
            ("what happened", .left),
        ]
        var table = TextTable(columns)
        for row in rows {
            let traffic = row.blue.flatMap { blue in row.green.map { "\(Int(blue.rounded()))/\(Int($0.rounded()))" } }
            table.add(
                [Self.time(row.at)] + (showsEndpoint ? [row.endpoint] : []) + [
                    traffic ?? "-", row.requests == 0 ? "-" : "\(row.requests)", row.errors == 0 ? "-" : "\(row.errors)",
                    row.ringing.isEmpty ? "-" : row.ringing.joined(separator: ","), row.status, row.text,
                ])
        }
        var text = table.text
        if !verdicts.isEmpty { text += "\n" }
        for verdict in verdicts {
            let found = verdict.isMet ? "" : "  (found \(verdict.found))"
            let endpoint = showsEndpoint ? "\(verdict.endpoint): " : ""
            text += "\(verdict.isMet ? "✓" : "✗") \(Self.time(verdict.at))  \(endpoint)\(verdict.text)\(found)\n"
        }
        return text
    }

    /// `4:00`, `1:02:03`, with tenths where there are any: `0:00.7`.
    static func time(_ duration: SimDuration) -> String {
        let seconds = duration.milliseconds / 1000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let hours = seconds / 3600, minutes = seconds / 60 % 60
        let clock = hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
        let tenths = duration.milliseconds % 1000 / 100
        return tenths == 0 ? clock : "\(clock).\(tenths)"
    }

    // MARK: For programs

    package var json: AWSValue {
        [
            "passed": .boolean(isPassed), "seed": .integer(Int64(bitPattern: seed)),
            "simulatedSeconds": .double(simulated.seconds),
            "timeline": .list(rows.map { row in
                [
                    "seconds": .double(row.at.seconds), "endpoint": .string(row.endpoint), "event": .string(row.text),
                    "status": .string(row.status), "bluePercent": row.blue.map { .double($0) },
                    "greenPercent": row.green.map { .double($0) }, "alarms": .list(row.ringing.map { .string($0) }),
                    "requests": .integer(Int64(row.requests)), "errors": .integer(Int64(row.errors)),
                ]
            }),
            "expectations": .list(verdicts.map { verdict in
                [
                    "line": .integer(Int64(verdict.line)), "seconds": .double(verdict.at.seconds),
                    "endpoint": .string(verdict.endpoint), "expected": .string(verdict.text),
                    "met": .boolean(verdict.isMet), "found": verdict.isMet ? nil : .string(verdict.found),
                ]
            }),
        ]
    }
}
