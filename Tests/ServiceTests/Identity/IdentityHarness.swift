import AWSModel
import Gateway
import HTTPServer
import IdentityService
import Logging
import SimTime
import Store
import Testing
import Timeline
import Vocabulary

/// One identity service on a manual clock, called as the gateway would call it.
final class IdentityHarness: Sendable {
    static let account = AccountID("111122223333") ?? .fallback
    static let otherAccount = AccountID("444455556666") ?? .fallback
    static let root = Caller.root(of: account, accessKeyID: nil)
    /// Where every harness's clock begins: 2026-01-02T03:04:05.678Z.
    static let start = SimInstant(millisecondsSinceEpoch: 1_767_323_045_678)
    static let trustOfAccount = identityPolicy(identityTrust(#"{"AWS":"111122223333"}"#))
    static let readsS3 = identityPolicy(#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#)

    let store: Store
    let timeline: Timeline
    let service: IdentityService
    /// Owns the store of a restarted harness.
    private let predecessor: IdentityHarness?

    init(after predecessor: IdentityHarness? = nil, seed: UInt64 = 7) throws {
        self.predecessor = predecessor
        store = try predecessor?.store ?? Store(location: .ephemeral, migrations: Timeline.migrations)
        timeline = try Timeline(
            store: store, clock: .init(mode: .manual), realNow: { Self.start }, logger: Logger(label: "identity"))
        service = try IdentityService(store: store, timeline: timeline, random: SeededRandom(seed: seed))
    }

    /// The service as a restarted server would find it: a new timeline and service on the same store.
    func restarted() throws -> IdentityHarness { try IdentityHarness(after: self, seed: 8) }

    deinit { if predecessor == nil { store.close() } }

    func operation(_ name: String) throws -> Operation {
        try #require(service.operations.values.joined().first { $0.name == name })
    }

    @discardableResult
    func call(
        _ name: String, _ input: AWSObject = [:], as caller: Caller = IdentityHarness.root
    ) async throws -> AWSObject {
        let isSTS = service.operations[ServiceID("sts")]?.contains { $0.name == name } ?? false
        let reading = timeline.reading
        let context = RequestContext(
            requestID: "r", caller: caller, region: .fallback, now: reading.now, clockShift: reading.shift,
            service: ServiceID(isSTS ? "sts" : "iam"), operation: name, method: "POST", target: "/", headers: [:])
        let request = OperationRequest(input: input, payload: RequestBody(bytes: []), context: context)
        return try await operation(name).behavior(request).output
    }

    /// The fault a call answers; nil when it succeeds.
    func fault(
        _ name: String, _ input: AWSObject = [:], as caller: Caller = IdentityHarness.root
    ) async throws -> AWSFault? {
        do {
            try await call(name, input, as: caller)
            return nil
        } catch let fault as AWSFault {
            return fault
        }
    }

    @discardableResult
    func createRole(
        _ name: String, path: String = "/", trust: String = IdentityHarness.trustOfAccount, maxSeconds: Int64? = nil
    ) async throws -> String {
        let output = try await call("CreateRole", [
            "RoleName": .string(name), "Path": .string(path), "AssumeRolePolicyDocument": .string(trust),
            "MaxSessionDuration": maxSeconds.map { .integer($0) },
        ])
        return try #require(output["Role"]?["Arn"]?.string)
    }

    @discardableResult
    func createPolicy(_ name: String, path: String = "/") async throws -> String {
        let output = try await call("CreatePolicy", [
            "PolicyName": .string(name), "Path": .string(path), "PolicyDocument": .string(Self.readsS3),
        ])
        return try #require(output["Policy"]?["Arn"]?.string)
    }

    /// A user with a key, and the caller that key leads to.
    func createUser(_ name: String, path: String = "/") async throws -> (key: String, caller: Caller) {
        try await call("CreateUser", ["UserName": .string(name), "Path": .string(path)])
        let output = try await call("CreateAccessKey", ["UserName": .string(name)])
        let key = try #require(output["AccessKey"]?["AccessKeyId"]?.string)
        return (key, try #require(service.caller(accessKeyID: key)))
    }

    func assume(
        _ arn: String, session: String = "s1", seconds: Int64? = nil, as caller: Caller = IdentityHarness.root
    ) async throws -> (key: String, output: AWSObject) {
        let output = try await call("AssumeRole", [
            "RoleArn": .string(arn), "RoleSessionName": .string(session),
            "DurationSeconds": seconds.map { .integer($0) },
        ], as: caller)
        return (try #require(output["Credentials"]?["AccessKeyId"]?.string), output)
    }

    func names(_ operation: String, _ list: String, _ member: String, _ input: AWSObject = [:]) async throws -> [String] {
        try #require(try await call(operation, input)[list]?.list).compactMap { $0[member]?.string ?? $0.string }
    }
}

/// A policy document of these statements, comma-separated.
func identityPolicy(_ statements: String) -> String { #"{"Version":"2012-10-17","Statement":[\#(statements)]}"# }

/// A trust policy's statement; every argument but the effect is JSON.
func identityTrust(
    _ principal: String, effect: String = "Allow", action: String = #""sts:AssumeRole""#, condition: String = "{}"
) -> String {
    #"{"Effect":"\#(effect)","Principal":\#(principal),"Action":\#(action),"Condition":\#(condition)}"#
}

/// Undoes IAM's encoding of documents the way the SDKs do.
func identityDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
