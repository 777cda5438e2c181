import SimTime

/// A log stream as a row shows it.
struct LogStream: Sendable, Equatable {
    let number: Int64
    let name: String
    let created: SimInstant
    var firstEvent: SimInstant?
    var lastEvent: SimInstant?
    var lastIngestion: SimInstant?
}

/// One stored event.
struct LogEvent: Sendable, Equatable {
    let position: LogPosition
    let ingested: SimInstant
    let message: String
    /// The stream's name; empty where only one stream is read.
    var stream = ""
}

/// A place in the order of events: by their instant, then as they came.
struct LogPosition: Sendable, Equatable, Comparable {
    let instant: SimInstant
    let number: Int64

    static let start = LogPosition(instant: SimInstant(millisecondsSinceEpoch: 0), number: 0)
    static let end = LogPosition(instant: SimInstant(millisecondsSinceEpoch: .max), number: .max)

    static func < (a: LogPosition, b: LogPosition) -> Bool { (a.instant, a.number) < (b.instant, b.number) }

    /// 56 digits, as AWS's tokens and event ids have.
    var digits: String {
        let (millis, number) = (String(max(0, instant.millisecondsSinceEpoch)), String(number))
        return String(repeating: "0", count: 20 - millis.count) + millis + String(repeating: "0", count: 36 - number.count) + number
    }

    init(instant: SimInstant, number: Int64) {
        self.instant = instant
        self.number = number
    }

    /// Nil for what is not 56 digits that this server could have written.
    init?(digits: some StringProtocol) {
        guard digits.utf8.count == 56, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
              let millis = Int64(digits.prefix(20)), let number = Int64(digits.dropFirst(20)) else { return nil }
        self.init(instant: SimInstant(millisecondsSinceEpoch: millis), number: number)
    }
}

/// GetLogEvents' tokens: `f/…/s` and `b/…/s`. AWS: recorded form.
enum LogToken: Equatable {
    case forward(LogPosition), backward(LogPosition)

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == "s", let position = LogPosition(digits: parts[1]) else { return nil }
        switch parts[0] {
        case "f": self = .forward(position)
        case "b": self = .backward(position)
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .forward(let position): "f/\(position.digits)/s"
        case .backward(let position): "b/\(position.digits)/s"
        }
    }
}
