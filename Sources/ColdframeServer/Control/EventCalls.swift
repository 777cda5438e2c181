import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Synchronization
import Timeline

/// `/_coldframe/events`: what happened, in EventBridge's shapes.
extension ControlAPI {
    func listEvents(_ call: ControlCall) async throws -> ControlAnswer {
        let events = try timeline.events.events(
            subject: call.query["endpoint"], after: try call.query["after"].map { text in
                guard let number = Int64(text) else { throw ControlRefusal(400, "after must be the number of an event.") }
                return number
            } ?? 0)
        return .json(["events": .list(events.map { EventCalls.show($0, timeline.clockShift) })])
    }

    /// Server-sent events: the ones from now on, a comment line at once so that clients see the stream open.
    func streamEvents(_ call: ControlCall) async throws -> ControlAnswer {
        let subject = call.query["endpoint"]
        let source = EventStreamSource(timeline.events.subscribe())
        let timeline = timeline
        return .response(HTTPResponse(
            status: 200, headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store"],
            body: .stream(length: nil) {
                if source.isFirst() { return Array(": open\n\n".utf8) }
                while let event = await source.next() {
                    guard subject == nil || subject == event.subject else { continue }
                    let text = JSON.string(EventCalls.show(event, timeline.clockShift))
                    return Array("id: \(event.number)\ndata: \(text)\n\n".utf8)
                }
                return nil
            }))
    }
}

/// One subscriber's iterator. The server pulls one chunk at a time, which is what makes it safe to share.
private final class EventStreamSource: @unchecked Sendable {
    private var iterator: AsyncStream<LoggedEvent>.Iterator
    private var hasBegun = false

    init(_ stream: AsyncStream<LoggedEvent>) { iterator = stream.makeAsyncIterator() }

    func isFirst() -> Bool {
        defer { hasBegun = true }
        return !hasBegun
    }

    func next() async -> LoggedEvent? { await iterator.next() }
}

enum EventCalls {
    /// The event with `id` and `time`; every instant in it as a client may see it now.
    static func show(_ event: LoggedEvent, _ shift: ClockShift) -> AWSValue {
        var body = (try? JSON.parse(event.json))?.object ?? [:]
        body["id"] = .string("\(event.number)")
        body["time"] = .string(CivilTime(shift.shown(event.instant)).iso8601Milliseconds)
        body["detail"] = body["detail"].map { shifted($0, shift) }
        return .object(body)
    }

    /// Members that hold instants, wherever they stand: in milliseconds at the top of an event's detail, in seconds below.
    private static let inMilliseconds: Set<String> = ["CreationTime", "LastModifiedTime"]
    private static let inSeconds: Set<String> = ["StartTime", "ResolutionTime"]

    private static func shifted(_ value: AWSValue, _ shift: ClockShift) -> AWSValue {
        switch value {
        case .list(let items): return .list(items.map { shifted($0, shift) })
        case .object(let object):
            var shown = AWSObject()
            for (member, value) in object.entries {
                if inMilliseconds.contains(member), let number = value.int {
                    shown.append(member, .integer(Int64(number) - shift.duration.milliseconds))
                } else if inSeconds.contains(member), let number = value.double {
                    shown.append(member, .double(number - shift.duration.seconds))
                } else {
                    shown.append(member, shifted(value, shift))
                }
            }
            return .object(shown)
        default: return value
        }
    }
}
