import ColdframeServer
import Foundation
import Gateway
import HTTPServer
import PolicyRules
import Testing

/// Which network a request comes from: spec/studio.md §B6.
@Suite struct NetworkDirectoryTests {
    static let vpc = NamedNetwork(
        name: "vpc", kind: .vpc(
            id: "vpc-1", sourceIP: "10.16.0.1",
            endpoints: .init(byDestination: ["sagemaker.api": "vpce-1", "studio": "vpce-12"]), natIP: "203.0.113.9"))
    static let office = NamedNetwork(name: "office", kind: .open(sourceIP: "192.168.10.1"))

    struct Row: Sendable {
        var headers: HTTPHeaders = [:]
        var listener = ""
        var destination = "sagemaker.api"
        var path: NetworkPath
    }

    @Test(arguments: [
        Row(path: .open(sourceIP: "127.0.0.1")),
        Row(headers: ["X-Forwarded-For": "192.168.10.1"], path: .open(sourceIP: "127.0.0.1")),
        Row(listener: "office", path: .open(sourceIP: "192.168.10.1")),
        Row(listener: "vpc", path: .endpoint(id: "vpce-1", vpc: "vpc-1", sourceIP: "10.16.0.1")),
        Row(listener: "vpc", destination: "studio", path: .endpoint(id: "vpce-12", vpc: "vpc-1", sourceIP: "10.16.0.1")),
        Row(listener: "vpc", destination: "s3", path: .open(sourceIP: "203.0.113.9")),
        Row(headers: ["X-Coldframe-Network": "office"], listener: "vpc", path: .open(sourceIP: "192.168.10.1")),
        Row(
            headers: ["Host": "vpce-1.api.sagemaker.us-east-1.vpce.amazonaws.com"], listener: "office",
            path: .endpoint(id: "vpce-1", vpc: "vpc-1", sourceIP: "10.16.0.1")),
        Row(
            headers: ["Host": "vpce-12-abcd.studio.us-east-1.vpce.localhost:4566"],
            path: .endpoint(id: "vpce-12", vpc: "vpc-1", sourceIP: "10.16.0.1")),
        Row(headers: ["Host": "vpce-9.api.sagemaker.us-east-1.vpce.amazonaws.com"], path: .open(sourceIP: "127.0.0.1")),
    ])
    func `a request's way is told by header, host and listener`(_ row: Row) throws {
        let directory = NetworkDirectory([Self.vpc, Self.office], allowsHeader: true)
        var request = HTTPRequest(method: "POST", target: "/", headers: row.headers, remoteAddress: "127.0.0.1")
        request.listener = row.listener
        #expect(try directory.path(of: request, to: row.destination) == row.path)
    }

    @Test func `the header counts only where it is allowed, and must name a network`() throws {
        let request = HTTPRequest(
            method: "POST", target: "/", headers: ["X-Coldframe-Network": "nowhere"], remoteAddress: "127.0.0.1")
        #expect(try NetworkDirectory([Self.office]).path(of: request, to: "s3") == .open(sourceIP: "127.0.0.1"))
        #expect(throws: (any Error).self) {
            try NetworkDirectory([Self.office], allowsHeader: true).path(of: request, to: "s3")
        }
    }

    struct Setting: Sendable {
        var yaml: String
        /// Part of the complaint; nil for what is fine.
        var complaint: String?
    }

    @Test(arguments: [
        Setting(yaml: "iam: soft\nnetworks: {a: {sourceIp: 10.0.0.0/8, port: 0}}\nnetworkHeader: true"),
        Setting(yaml: "iam: maybe", complaint: "iam is maybe"),
        Setting(yaml: "networks: {a: {}}", complaint: "networks.a needs either sourceIp or vpc"),
        Setting(yaml: "networks: {a: {vpc: vpc-1}}", complaint: "networks.a needs vpcSourceIp"),
        Setting(yaml: "networks: {a: {sourceIp: here}}", complaint: "networks.a.sourceIp is here"),
        Setting(yaml: "networks: {a: {sourceIp: 1.2.3.4, natIp: 1.2.3.4}}", complaint: "need vpc"),
        Setting(yaml: "networks: {a: {sourceIp: 1.2.3.4, port: 70000}}", complaint: "networks.a.port is 70000"),
        Setting(yaml: "privateApi: {id: short}", complaint: "privateApi.id is short"),
        Setting(yaml: "privateApi: {pool: p}", complaint: "privateApi.pool is not a setting"),
        Setting(yaml: "privateApi: {functionNetwork: x}", complaint: "privateApi.functionNetwork is x"),
        Setting(yaml: "privateApi: {builtInFunctions: {f: other}}", complaint: "privateApi.builtInFunctions: other"),
        Setting(yaml: "privateApi: {}"),
    ])
    func `settings are read or complained about by name`(_ row: Setting) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
        try row.yaml.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        var complaint: String?
        do { _ = try ServerSettings(reading: file.path(percentEncoded: false)) } catch { complaint = "\(error)" }
        if let expected = row.complaint {
            #expect(complaint?.contains(expected) == true, "\(complaint ?? "nothing")")
        } else {
            #expect(complaint == nil)
        }
    }

    @Test func `a network's first host is taken`() throws {
        for (text, first) in [
            ("10.16.0.0/16", "10.16.0.1"), ("10.16.3.4", "10.16.3.4"), ("192.168.10.77/24", "192.168.10.1"),
            ("2001:db8::/32", "2001:db8:0:0:0:0:0:1"),
        ] { #expect(try #require(IPNetwork(text)).firstHost == first) }
    }
}
