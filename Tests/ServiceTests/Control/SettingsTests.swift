import ColdframeServer
import ECRService
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

    @Test(arguments: ["", "# nothing yet\n", "{}"]) func aFileMaySayNothing(_ yaml: String) throws {
        #expect(try settings(yaml).port == 4566)
    }

    @Test func pathsAreMeantFromWhereTheFileIs() throws {
        let folder = NSTemporaryDirectory() + "coldframe-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "{}".write(toFile: folder + "/rules.json", atomically: true, encoding: .utf8)
        try "data: state\necr: {scanRules: rules.json}".write(toFile: folder + "/c.yaml", atomically: true, encoding: .utf8)
        let read = try ServerSettings(reading: folder + "/c.yaml")
        #expect(read.dataFolder == folder + "/state")
        #expect(read.ecr.scanRulesPath == folder + "/rules.json")
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
        Mistake(yaml: "identityProviders: {Gogle: 'http://h/'}", names: "Gogle is not a social provider"),
        Mistake(yaml: "identityProviders: {Google: 'https://h/'}", names: "https://h/ is not an address"),
        Mistake(yaml: "portt: 1", names: ".yaml:1: portt is not a setting; known are alarmActions,"),
        Mistake(yaml: "iam enforce", names: "has no settings in it"),
        Mistake(yaml: "- a\n- b", names: "has no settings in it"),
        Mistake(yaml: "port: [", names: "is not YAML"),
        Mistake(yaml: "port: 1\nnetworks: {office: {sourceIp: 10.0.0.0/8, prt: 1}}", names: ".yaml:2: networks.office.prt is not a setting"),
        Mistake(
            yaml: "ecr: {upstreams: {registry-1.docker.io: {url: 'http://h:1', usrname: me}}}",
            names: "ecr.upstreams.registry-1.docker.io.usrname is not a setting; known are password, url, username"),
        Mistake(yaml: "ecr: {upstreams: {public.ecr.aws: 'localhost:5000'}}", names: "ecr.upstreams.public.ecr.aws: it must be an address like http://"),
        Mistake(yaml: "ecr: {upstreams: {a: {url: 'http://u:hunter2@h'}}}", names: "ecr.upstreams.a.url: it must be an address like"),
        Mistake(yaml: "ecr: {scanRules: .}", names: "which is no file"),
        Mistake(yaml: "data: ''", names: "data is empty"),
        Mistake(yaml: "ecr: {scanRules: /no/such/file}", names: "ecr.scanRules is /no/such/file, which is no file"),
        Mistake(yaml: "networkHeader: tru", names: ".yaml:1: networkHeader is \"tru\"; it must be true or false."),
        Mistake(yaml: "timeScale: fast", names: "timeScale is \"fast\"; it must be a number."),
        Mistake(yaml: "networks: {office: {port: abc}}", names: "networks.office.port is \"abc\"; it must be a whole number."),
        Mistake(yaml: "allowHosts: a", names: "allowHosts is \"a\"; it must be a list."),
        Mistake(yaml: "ecr: 5", names: "ecr is \"5\"; it must be a mapping of names to values."),
        Mistake(
            yaml: "networks: {a: {sourceIp: 10.0.0.1, port: 4601}, b: {sourceIp: 10.0.0.2, port: 4601}}",
            names: "networks.b.port is 4601, and so is networks.a.port"),
    ])
    func mistakesAreNamed(_ mistake: Mistake) {
        #expect { _ = try settings(mistake.yaml) } throws: { "\($0)".contains(mistake.names) && !"\($0)".contains("hunter2") }
    }
}
