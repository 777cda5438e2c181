import AWSModel
import ColdframeServer
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import StudioService
import Testing

/// A whole Coldframe whose Studio is spoken to as a client speaks to it, and as a browser does.
struct StudioHarness: Sendable {
    static let role: AWSValue = "arn:aws:iam::123456789012:role/StudioRole"

    let coldframe: LocalColdframe

    static func with(_ studio: StudioSettings = StudioSettings(), _ body: (StudioHarness) async throws -> Void) async throws {
        var settings = ServerSettings()
        settings.studio = studio
        try await LocalColdframe.with(settings: settings) { try await body(StudioHarness(coldframe: $0)) }
    }

    @discardableResult
    func call(_ operation: String, _ input: AWSValue = [:]) async throws -> AWSValue {
        try await coldframe.call(service: "sagemaker", operation: operation, input: input)
    }

    /// The error a call answers.
    func fault(_ operation: String, _ input: AWSValue = [:]) async throws -> CallFault {
        do { try await call(operation, input) } catch let fault as CallFault { return fault }
        throw Unexpected.success(operation)
    }

    enum Unexpected: Error { case success(String) }

    func settle() async throws { try await coldframe.advance(by: .seconds(3)) }

    /// A domain in service, and its id.
    func domain(_ more: AWSObject = [:], named name: String = "lab") async throws -> String {
        var input: AWSObject = [
            "DomainName": .string(name), "AuthMode": "IAM", "VpcId": "vpc-1", "SubnetIds": ["subnet-1", "subnet-2"],
            "DefaultUserSettings": ["ExecutionRole": Self.role],
        ]
        for (member, value) in more.entries { input[member] = value }
        let made = try await call("CreateDomain", .object(input))
        try await settle()
        return try #require(made["DomainId"]?.string)
    }

    /// A domain with RStudio, its server running.
    func rStudioDomain() async throws -> String {
        let id = try await domain(["DomainSettings": ["RStudioServerProDomainSettings": ["DomainExecutionRoleArn": Self.role]]])
        try await settle()
        return id
    }

    func profile(_ name: String, of domain: String, settings: AWSValue? = nil) async throws {
        try await call("CreateUserProfile", [
            "DomainId": .string(domain), "UserProfileName": .string(name), "UserSettings": settings,
        ])
        try await settle()
    }

    func status(_ operation: String, _ input: AWSValue) async throws -> String? {
        try await call(operation, input)["Status"]?.string
    }

    // MARK: Browser

    /// GET as a browser sends it.
    func browse(_ host: String, _ target: String, cookie: String? = nil, method: String = "GET") async throws -> HTTPAnswer {
        var headers: HTTPHeaders = ["Host": host]
        if let cookie { headers.add("Cookie", "other=1; " + cookie) }
        return try await coldframe.send(HTTPRequest(method: method, target: target, headers: headers, remoteAddress: "127.0.0.1"))
    }

    /// Opens a link of AWS's form; answers the response and the session's cookie.
    func open(_ link: String, appending more: String = "") async throws -> (answer: HTTPAnswer, host: String, cookie: String?) {
        let rest = try #require(link.split(separator: "//").last)
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let target = String(rest[slash...])
        let answer = try await browse(String(rest[..<slash]), (target.hasPrefix("/") ? target : "/" + target) + more)
        return (answer, String(rest[..<slash]), answer.headers["Set-Cookie"]?.split(separator: ";").first.map(String.init))
    }

    func link(_ domain: String, _ profile: String, _ more: AWSObject = [:]) async throws -> String {
        var input: AWSObject = ["DomainId": .string(domain), "UserProfileName": .string(profile)]
        for (member, value) in more.entries { input[member] = value }
        return try #require(try await call("CreatePresignedDomainUrl", .object(input))["AuthorizedUrl"]?.string)
    }
}

extension HTTPAnswer {
    /// The text of the page's cell of that id.
    func cell(_ id: String) -> String? {
        guard let start = text.firstRange(of: "<td id=\"\(id)\">"), let end = text[start.upperBound...].firstRange(of: "</td>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
