import AWSModel
import ArgumentParser
import ColdframeTesting

/// `coldframe clock`: simulated time.
struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Read, set or advance simulated time.",
        subcommands: [Get.self, Set.self, Advance.self], defaultSubcommand: Get.self)

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the clock.")

        @OptionGroup var server: ServerOptions

        func run() throws { try server.call("GET", "clock") { print(ClockText.line($0)) } }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let time follow the real one, or stand still.")

        @OptionGroup var server: ServerOptions

        @Argument(help: "\"follow\" real time, or \"manual\": time moves only when it is advanced. Default: as it is.")
        var mode: String?

        @Option(help: "Simulated seconds per real second.")
        var scale: Double?

        func validate() throws {
            if mode == nil, scale == nil { throw ValidationError("Name a mode (follow or manual) or a --scale.") }
            if let mode, !["follow", "manual"].contains(mode) {
                throw ValidationError("The mode is \"follow\" or \"manual\".")
            }
        }

        func run() throws {
            let body: AWSValue = ["mode": mode.map { .string($0) }, "scale": scale.map { .double($0) }]
            try server.call("POST", "clock", body) { print(ClockText.line($0)) }
        }
    }

    struct Advance: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move simulated time forward; returns when all that is due has happened.")

        @OptionGroup var server: ServerOptions

        @Argument(help: "How far: 300, 300s, 5m, 2h, or \"idle\": until nothing is due any more.")
        var time: String

        @Option(help: "With \"idle\": no further than this many seconds.")
        var maxSeconds: Double?

        func validate() throws {
            if time != "idle", TimeText.seconds(time) == nil {
                throw ValidationError("\"\(time)\" is no length of time; write 300, 300s, 5m, 2h or idle.")
            }
            if time != "idle", maxSeconds != nil { throw ValidationError("--max-seconds goes with idle.") }
        }

        func run() throws {
            let body: AWSValue = time == "idle"
                ? ["until": "idle", "maxSeconds": maxSeconds.map { .double($0) }]
                : ["seconds": .double(TimeText.seconds(time) ?? 0)]
            try server.call("POST", "clock/advance", body) { answer in
                print("It is \(answer["now"]?.string ?? ""); \(answer["events"]?.int ?? 0) events happened.")
            }
        }
    }
}

enum ClockText {
    static func line(_ clock: AWSValue) -> String {
        let isManual = clock["mode"]?.string == "manual"
        let scale = TimeText.plain(clock["scale"]?.double ?? 1)
        let mode = isManual ? "it stands still until it is advanced" : "it follows real time, times \(scale)"
        let behind = clock["shownBehindSeconds"]?.double ?? 0
        let shift = behind > 0 ? "; clients are shown times \(TimeText.plain(behind)) s earlier" : ""
        return "It is \(clock["now"]?.string ?? ""): \(mode)\(shift)."
    }
}
