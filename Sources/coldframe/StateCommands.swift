import ArgumentParser
import AWSModel
import AWSProtocols
import ColdframeTesting
import Foundation
import HTTPServer
import Outbound

/// `coldframe export FILE`: the whole state as one file.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Save all state to a file: a tar archive of the database and the blobs.")

    @OptionGroup var server: ServerOptions
    @Argument(help: "The file to write; an existing one is replaced once the new one is whole.") var file: String

    func run() throws {
        let client = try server.client()
        let partial = file + ".partial"
        guard FileManager.default.createFile(atPath: partial, contents: nil),
              let handle = FileHandle(forWritingAtPath: partial) else { throw NamedProblem("cannot write \(partial)").exit }
        defer { try? FileManager.default.removeItem(atPath: partial) }
        var (status, byteCount, refusal) = (0, 0, [UInt8]())
        try reporting {
            try client.exchange("POST", "/_coldframe/state/export", upload: .init([])) { found, _ in
                status = found
            } body: { run in
                if status == 200 { try handle.write(contentsOf: Data(run)) } else { refusal += run }
                byteCount += run.count
                return true
            }
            if status != 200 { _ = try ControlAnswerReading.value(status: status, body: refusal) }
        }
        try handle.close()
        guard rename(partial, file) == 0 else { throw NamedProblem("cannot write \(file)").exit }
        if server.json {
            print(JSON.string(["file": .string(file), "bytes": .integer(Int64(byteCount))]))
        } else {
            print("Saved \(byteCount) bytes to \(file).")
        }
    }
}

/// `coldframe import FILE`: replaces all state by a saved one.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Replace all state by a file that export has written.")

    @OptionGroup var server: ServerOptions
    @Argument(help: "The file to read.") var file: String

    private static let runBytes = 256 << 10

    func run() throws {
        let client = try server.client()
        guard let handle = FileHandle(forReadingAtPath: file), let byteCount = try? handle.seekToEnd(),
              (try? handle.seek(toOffset: 0)) != nil else { throw NamedProblem("cannot read \(file)").exit }
        var answer = HTTPAnswer(status: 0, headers: [:], body: [])
        try reporting {
            let upload = HTTPClient.Upload(byteCount: Int(byteCount)) {
                [UInt8](try handle.read(upToCount: Self.runBytes) ?? Data())
            }
            try client.exchange(
                "POST", "/_coldframe/state/import", headers: ["Content-Type": "application/x-tar"], upload: upload
            ) { status, _ in
                answer.status = status
            } body: { run in
                answer.body += run
                return true
            }
            _ = try ControlAnswerReading.value(status: answer.status, body: answer.body)
        }
        print(server.json ? String(decoding: answer.body, as: UTF8.self) : "All state is replaced by that of \(file).")
    }
}
