import AWSModel
import CognitoService
import Gateway
import HTTPServer
import Logging
import SimTime
import Store
import Synchronization
import Testing
import Timeline
import Vocabulary

/// Answers trigger events as a test says, and remembers them.
final class ScriptedTriggers: TriggerRunner {
    typealias Script = @Sendable (_ source: String, _ event: AWSValue) throws -> AWSValue

    private let script: Script
    private let seen = Mutex<[(source: String, timeoutSeconds: Double)]>([])

    init(_ script: @escaping Script) { self.script = script }

    var sources: [String] { seen.withLock { $0.map(\.source) } }
    /// How long each call was given.
    var timeouts: [Double] { seen.withLock { $0.map(\.timeoutSeconds) } }

    func run(functionARN: String, event: AWSValue, timeoutSeconds: Double) async throws -> AWSValue {
        let source = event["triggerSource"]?.string ?? ""
        seen.withLock { $0.append((source, timeoutSeconds)) }
        return ["response": try script(source, event)]
    }
}

/// One Cognito service on a manual clock, called as the gateway would call it.
final class CognitoHarness: Sendable {
    static let start = SimInstant(millisecondsSinceEpoch: 1_767_323_045_678)
    static let password = "Passw0rd!"
    static let everyFlow: AWSValue = [
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    ]

    let store: Store
    let timeline: Timeline
    let service: CognitoService

    init(triggers: any TriggerRunner = NoTriggers()) throws {
        store = try Store(location: .ephemeral, migrations: Timeline.migrations + CognitoService.migrations)
        timeline = try Timeline(
            store: store, clock: .init(mode: .manual), realNow: { Self.start }, logger: Logger(label: "cognito"))
        service = CognitoService(
            store: store, timeline: timeline, realNow: { Self.start }, triggers: triggers, random: SeededRandom(seed: 11))
    }

    deinit { store.close() }

    @discardableResult
    func call(_ name: String, _ input: AWSObject = [:], account: String = "111122223333") async throws -> AWSObject {
        let operation = try #require(service.operations.values.joined().first { $0.name == name })
        let reading = timeline.reading
        let caller = Caller.root(of: AccountID(account) ?? .fallback, accessKeyID: "AKIAEXAMPLE")
        let context = RequestContext(
            requestID: "r", caller: caller, region: .fallback, now: reading.now, clockShift: reading.shift,
            service: ServiceID("cognito-idp"), operation: name, method: "POST", target: "/", headers: [:])
        return try await operation.behavior(
            OperationRequest(input: input, payload: RequestBody(bytes: []), context: context)).output
    }

    /// The code and message of the fault a call answers; nil when it succeeds.
    func fault(_ name: String, _ input: AWSObject = [:], account: String = "111122223333") async throws -> String? {
        do {
            try await call(name, input, account: account)
            return nil
        } catch let fault as AWSFault {
            return "\(fault.code): \(fault.message ?? "")"
        }
    }

    /// A pool with these settings, a client that allows every flow, and the user alice.
    func pool(_ settings: AWSObject = [:], client: AWSObject = [:]) async throws -> (pool: String, client: String) {
        var input = settings
        input["PoolName"] = "users"
        let pool = try #require(try await call("CreateUserPool", input)["UserPool"]?["Id"]?.string)
        var request = client
        request["UserPoolId"] = .string(pool)
        request["ClientName"] = "app"
        request["ExplicitAuthFlows"] = Self.everyFlow
        let made = try #require(try await call("CreateUserPoolClient", request)["UserPoolClient"]?["ClientId"]?.string)
        return (pool, made)
    }

    func makeUser(_ name: String = "alice", in pool: String, attributes: AWSValue = []) async throws {
        let user: AWSObject = ["UserPoolId": .string(pool), "Username": .string(name)]
        var creation = user
        creation["MessageAction"] = "SUPPRESS"
        creation["UserAttributes"] = attributes
        try await call("AdminCreateUser", creation)
        var password = user
        password["Password"] = .string(Self.password)
        password["Permanent"] = true
        try await call("AdminSetUserPassword", password)
    }

    func signIn(_ client: String, _ name: String = "alice", password: String = CognitoHarness.password) async throws -> AWSObject {
        try await call("InitiateAuth", [
            "ClientId": .string(client), "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": ["USERNAME": .string(name), "PASSWORD": .string(password)],
        ])
    }
}
