import AWSModel
import ColdframeTesting
import Gateway
import HTTPServer
import Outbound
import Testing

/// Who may use the control API.
@Suite struct LocalAccessTests {
    struct Row: CustomTestStringConvertible {
        var headers: [String: String]
        var isAllowed: Bool
        var testDescription: String {
            headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        }
    }

    static func host(_ names: String...) -> [[String: String]] { names.map { ["Host": $0] } }

    static let allowed = host(
        "localhost", "localhost:4566", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:4566", "10.1.2.3:80", "[::1]",
            "[::1]:4566",
        "coldframe", "coldframe:4566", "seeds.localhost", "a.b.localhost:4566", "proxy.example", "Proxy.Example:443"
    ) + [
        ["Host": "localhost:4566", "Origin": "http://localhost:4566"],
        ["Host": "LocalHost:4566", "Origin": "http://localhost:4566"],
        ["Host": "localhost:4566", "Origin": "https://localhost:4566"],
        ["Host": "proxy.example", "Origin": "https://proxy.example"],
        ["Host": "localhost", "Sec-Fetch-Site": "same-origin"], ["Host": "localhost", "Sec-Fetch-Site": "none"],
    ]

    static let refused = host(
        "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:4566", "localhost.",
        "xlocalhost.example", "0x7f.1", "1.2.3.4.example", "proxy.example.evil", "sub.proxy.example"
    ) + [
        [:],
        ["Host": "localhost:4566", "Origin": "null"], ["Host": "localhost:4566", "Origin": ""],
        ["Host": "localhost:4566", "Origin": "https://evil.example"],
        ["Host": "localhost:4566", "Origin": "http://localhost:9"], ["Host": "localhost:4566",
            "Origin": "http://localhost"],
        ["Host": "localhost:4566", "Origin": "file://"], ["Host": "localhost:4566", "Origin": "ftp://localhost:4566"],
        ["Host": "localhost:4566", "Origin": "http://localhost:4566.evil.example"],
        ["Host": "localhost:4566", "Origin": "http://localhost:4566/"],
        ["Host": "evil.example", "Origin": "http://evil.example"],
        ["Host": "null", "Origin": "null"],
        ["Host": "localhost", "Sec-Fetch-Site": "cross-site"],
        ["Host": "localhost", "Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"],
    ]

    static let rows = allowed.map { Row(headers: $0, isAllowed: true) } + refused.map { Row(headers: $0,
        isAllowed: false) }

    @Test(arguments: rows)
    func whoMayPass(_ row: Row) {
        var headers: HTTPHeaders = [:]
        for (name, value) in row.headers { headers.add(name, value) }
        let refusal = LocalAccess(extraHosts: ["PROXY.example"]).refusal(of: headers)
        #expect((refusal == nil) == row.isAllowed, "\(refusal ?? "passes")")
    }

    @Test(arguments: [
        ("localhost:4566", "localhost"), ("LOCALHOST", "localhost"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"),
        ("[::1", "[::1".prefix { $0 != ":" }.description), ("a:b:c", "a"), ("", ""), (":80", ""),
    ])
    func hostNames(_ host: String, _ name: String) {
        #expect(LocalAccess.hostName(host) == name)
    }

    /// A foreign page reaches nothing of the control API, whatever it asks; the AWS side has signatures for that.
    @Test(arguments: [
        ("POST", "/_coldframe/reset"), ("POST", "/moto-api/reset"), ("GET", "/_coldframe/health"),
        ("GET", "/_coldframe/events/stream"), ("POST", "/_coldframe/state/export"), ("PUT", "/_coldframe/behaviors/b"),
        ("POST", "/_coldframe/nothing"),
    ])
    func theControlAPIIsGuarded(_ method: String, _ path: String) async throws {
        try await LocalColdframe.with { coldframe in
            try await Hosting(coldframe: coldframe).makeModel("m")
            for headers in [["Host": "evil.example"], ["Host": "localhost", "Origin": "null"]] as [HTTPHeaders] {
                let answer = try await coldframe.send(HTTPRequest(method: method, target: path, headers: headers))
                #expect(answer.status == 403)
                #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
            }
            let models = try await coldframe.call(service: "sagemaker", operation: "ListModels")["Models"]?.list
            #expect(models?.count == 1)
        }
    }
}
