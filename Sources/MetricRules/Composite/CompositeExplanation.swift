package import SimTime

extension AlarmExplanation {
    /// A child as a reason's data names it.
    package struct Child: Hashable, Sendable {
        package let arn: String
        package let state: AlarmState
        /// When the child last changed.
        package let since: SimInstant

        package init(arn: String, state: AlarmState, since: SimInstant) {
            self.arn = arn
            self.state = state
            self.since = since
        }
    }

    /// Why a composite alarm has its state after it was put; every child is named.
    /// AWS: recorded for creation, inferred for an update — spec/cloudwatch.md §10.
    package init(compositeARN: String, isNew: Bool, state: AlarmState, children: [Child]) {
        self.init(
            reason: "\(compositeARN) was \(isNew ? "created" : "updated") and its alarm rule evaluates to \(state.rawValue)",
            reasonData: Self.data(children))
    }

    /// Why a composite alarm has changed: a child has. AWS: recorded — spec/cloudwatch.md §10.
    package init(changedChild child: Child) {
        let time = CivilTime(child.since)
        let date = "\(CivilTime.weekdayNames[time.weekday - 1]) \(padded(time.day)) "
            + "\(CivilTime.monthNames[time.month - 1]), \(padded(time.year, 4)) "
            + "\(padded(time.hour)):\(padded(time.minute)):\(padded(time.second)) UTC"
        self.init(
            reason: "\(child.arn) transitioned to \(child.state.rawValue) at \(date)", reasonData: Self.data([child]))
    }

    private static func data(_ children: [Child]) -> String {
        let alarms = children.map { child in
            #"{"arn":"\#(escaped(child.arn))","state":{"value":"\#(child.state.rawValue)","#
                + #""timestamp":"\#(alarmTimestamp(child.since))"}}"#
        }
        return #"{"triggeringAlarms":[\#(alarms.joined(separator: ","))]}"#
    }

    /// Names hold no control characters.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }
}
