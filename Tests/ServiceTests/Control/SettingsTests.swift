import ColdframeServer
import Foundation
import Outbound
import Testing

@Suite struct SettingsFileTests {
    private func settings(_ yaml: String) throws -> ServerSettings {
        let path = NSTemporaryDirectory() + "coldframe-\(UUID().uuidString).yaml"
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ServerSettings(reading: path)
    }

    @Test func hooksAndActionsAreRead() throws {
        let read = try settings("""
            functions:
              arn:aws:lambda:us-east-1:123456789012:function:greet: http://127.0.0.1:9000/greet
              arn:aws:lambda:us-east-1:123456789012:function:check: [python3, hooks/check.py]
            alarmActions:
              arn:aws:sns:us-east-1:123456789012:pager: http://localhost:9001/pager
              arn:aws:sns:us-east-1:123456789012:quiet: events
            """)
        let url = try #require(HTTPURL("http://127.0.0.1:9000/greet"))
        #expect(read.functions["arn:aws:lambda:us-east-1:123456789012:function:greet"] == .address(url))
        #expect(read.functions["arn:aws:lambda:us-east-1:123456789012:function:check"] == .command(["python3", "hooks/check.py"]))
        let pager = try #require(HTTPURL("http://localhost:9001/pager"))
        #expect(read.alarmActions["arn:aws:sns:us-east-1:123456789012:pager"] == .address(pager))
        #expect(read.alarmActions["arn:aws:sns:us-east-1:123456789012:quiet"] == .eventStream)
    }

    struct Mistake: Sendable {
        let yaml: String
        let names: String
    }

    @Test(arguments: [
        Mistake(yaml: "functions: {greet: http://h/}", names: "greet is not the ARN of a function"),
        Mistake(yaml: "functions: {'arn:aws:lambda:x': https://h/}", names: "https://h/ is not an address"),
        Mistake(yaml: "functions: {'arn:aws:lambda:x': []}", names: "at most 64 words"),
        Mistake(yaml: "alarmActions: {'arn:aws:sns:x': pager}", names: "pager for arn:aws:sns:x must be"),
        Mistake(yaml: "alarmActions: {pager: events}", names: "pager is not an ARN"),
        Mistake(yaml: "portt: 1", names: "portt is not a setting"),
    ])
    func mistakesAreNamed(_ mistake: Mistake) {
        #expect { _ = try settings(mistake.yaml) } throws: { "\($0)".contains(mistake.names) }
    }
}
