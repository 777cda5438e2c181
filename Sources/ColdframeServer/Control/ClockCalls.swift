import AWSModel
import SimTime
import Timeline

/// `/_coldframe/clock`.
extension ControlAPI {
    /// A year of simulated time in one call is plenty, and keeps sums far from overflow.
    private static let advanceSecondsMax = 366.0 * 86_400

    func readClock(_ call: ControlCall) async throws -> ControlAnswer { .json(show(timeline.clock)) }

    func setClock(_ call: ControlCall) async throws -> ControlAnswer {
        let body = try await call.object(allowing: ["mode", "scale"])
        let mode = try body.text("mode").map { text in
            guard let mode = ClockMode(rawValue: text) else {
                throw ControlRefusal(400, "mode must be \"follow\" or \"manual\".")
            }
            return mode
        }
        let scale = try body.number("scale")
        if let scale, !ClockSetting.scales.contains(scale) {
            throw ControlRefusal(400, "scale must be from 0.001 to 1000000.")
        }
        return .json(show(try await timeline.setClock(mode: mode, scale: scale)))
    }

    func advanceClock(_ call: ControlCall) async throws -> ControlAnswer {
        let body = try await call.object(allowing: ["seconds", "until", "maxSeconds"])
        let report: Timeline.AdvanceReport
        switch (try body.number("seconds"), try body.text("until")) {
        case (let seconds?, nil): report = try await timeline.advance(by: try duration(seconds, "seconds"))
        case (nil, "idle"):
            report = try await timeline.advanceUntilIdle(
                limit: try duration(try body.number("maxSeconds") ?? 7200, "maxSeconds"))
        default:
            throw ControlRefusal(400, "Send {\"seconds\": N} or {\"until\": \"idle\", \"maxSeconds\": N}.")
        }
        return .json([
            "now": .string(CivilTime(report.now).iso8601Milliseconds), "events": .integer(Int64(report.eventCount)),
        ])
    }

    private func duration(_ seconds: Double, _ member: String) throws -> SimDuration {
        guard seconds >= 0, seconds <= Self.advanceSecondsMax else {
            throw ControlRefusal(400, "\(member) must be from 0 to \(Int(Self.advanceSecondsMax)).")
        }
        return SimDuration(milliseconds: Int64((seconds * 1000).rounded()))
    }

    /// `now` is true simulated time here: this is the one place that shows it unshifted.
    private func show(_ clock: ClockSetting) -> AWSValue {
        let (now, shift) = timeline.reading
        return [
            "mode": .string(clock.mode.rawValue), "scale": .double(clock.scale),
            "now": .string(CivilTime(now).iso8601Milliseconds), "shownBehindSeconds": .double(shift.duration.seconds),
        ]
    }
}
