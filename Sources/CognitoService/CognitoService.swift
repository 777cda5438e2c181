package import AWSModel
package import Gateway
import HTTPServer
package import Outbound
package import Store
import Synchronization
package import Timeline
import TokenCrypto

/// Cognito user pools: directories of users, sign-in, and the tokens it leads to. And identity pools, which turn tokens
/// into credentials.
package final class CognitoService: Service {
    static let userPools = ServiceID("cognito-idp")
    static let identityPools = ServiceID("cognito-identity")

    let store: Store
    let timeline: Timeline
    let mint: CognitoMint
    let keys: KeyRing
    let inbox = Inbox()
    let grantPurge = GrantPurge()
    let provenPasswords: ProvenPasswords
    let triggers: any TriggerRunner
    let credentials: any TemporaryCredentialSource
    let realNow: RealClock
    let outbound = OutboundHTTP()
    let socialAddresses: [SocialProvider: HTTPURL]
    let compromisedPasswords: Set<String>
    let issuerForm: IssuerForm
    let baseURL = Mutex("http://127.0.0.1:4566")

    /// - Parameters:
    ///   - realNow: the machine's clock, which authenticator apps go by.
    ///   - issuer: what tokens name as their issuer.
    ///   - triggers: runs the functions of pools' LambdaConfig.
    ///   - credentials: where identity pools have theirs from.
    ///   - socialAddresses: what answers for social providers on this machine.
    ///   - compromisedPasswords: what threat protection finds in its lists of stolen passwords.
    ///   - random: where ids, secrets, codes and tokens come from; tests give a seeded one.
    package init(
        store: Store, timeline: Timeline, realNow: @escaping RealClock, issuer: IssuerForm = .aws,
        triggers: any TriggerRunner = NoTriggers(), credentials: any TemporaryCredentialSource = NoTemporaryCredentials(),
        socialAddresses: [SocialProvider: HTTPURL] = [:], compromisedPasswords: Set<String> = [],
        random: any RandomNumberGenerator & Sendable = PooledRandom()
    ) {
        self.store = store
        self.timeline = timeline
        self.triggers = triggers
        self.credentials = credentials
        self.socialAddresses = socialAddresses
        self.compromisedPasswords = compromisedPasswords
        self.realNow = realNow
        issuerForm = issuer
        mint = CognitoMint(random: random)
        var secretSource = PooledRandom()
        provenPasswords = ProvenPasswords(key: (0..<32).map { _ in UInt8.random(in: 0...255, using: &secretSource) })
        keys = KeyRing(store: store, timeline: timeline)
        handleImportTimers()
    }

    package static let migrations = [
        StoreMigration("cognito-1-tokens", sql: """
            CREATE TABLE cognito_key (pool TEXT NOT NULL, use TEXT NOT NULL, der BLOB NOT NULL, PRIMARY KEY (pool, use)) WITHOUT ROWID;
            CREATE TABLE cognito_session (id TEXT PRIMARY KEY, pool TEXT NOT NULL, username TEXT NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
            CREATE INDEX cognito_session_expires ON cognito_session (expires);
            CREATE TABLE cognito_grant (id TEXT PRIMARY KEY, pool TEXT NOT NULL, username TEXT NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
            CREATE INDEX cognito_grant_user ON cognito_grant (pool, username);
            CREATE INDEX cognito_grant_expires ON cognito_grant (expires);
            CREATE TABLE cognito_refresh (hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE cognito_issue (event_id TEXT PRIMARY KEY, grant_id TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX cognito_issue_expires ON cognito_issue (expires);
            """),
        StoreMigration("cognito-2-events", sql: """
            CREATE TABLE cognito_event (pool TEXT NOT NULL, username TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (pool, username, at, id)) WITHOUT ROWID;
            CREATE INDEX cognito_event_at ON cognito_event (at);
            CREATE TABLE cognito_import (job TEXT PRIMARY KEY, body BLOB NOT NULL);
            """),
    ]

    package var operations: [ServiceID: [Operation]] {
        [
            Self.userPools: poolOperations + poolSettingOperations + clientOperations + groupOperations
                + adminUserOperations + adminChangeOperations + userListOperations + signUpOperations + passwordOperations
                + ownAccountOperations + mfaOperations + deviceOperations + signInOperations + sessionEndOperations
                + clientSecretOperations + termsOperations + brandingOperations + customizationOperations + authEventOperations
                + certificateOperations + riskOperations + logDeliveryOperations + providerLinkOperations + userSettingOperations + importOperations
                + passkeyOperations + resourceServerOperations + identityProviderOperations + domainOperations,
            Self.identityPools: identityPoolOperations + identityOperations + developerIdentityOperations,
        ]
    }

    package var routes: [PlainRoute] { crossOriginRoutes + discoveryRoutes + hostedRoutes + importRoutes }

    /// Forgets what is kept in memory, after the store's content was erased or replaced.
    package func forget() {
        inbox.forget()
        provenPasswords.forget()
        keys.forget()
    }

    // MARK: Making operations

    /// An operation that only reads.
    func reading(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (Directory, CognitoInput) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { [store] request in
            OperationResponse(try body(Directory(source: store), CognitoInput(request)))
        }
    }

    /// An operation that is one turn of the timeline.
    func writing(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (DirectoryEdit, CognitoInput) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { [self] request in
            let input = CognitoInput(request)
            return try await CallScope.of(input) { OperationResponse(try await self.turn { try body($0, input) }) }
        }
    }

    /// An operation of several steps: cryptography or triggers before, between or after its turns.
    func acting(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (CognitoInput) async throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { request in
            let input = CognitoInput(request)
            return try await CallScope.of(input) { OperationResponse(try await body(input)) }
        }
    }

    /// The present state, for looking things up before a turn.
    var directory: Directory { Directory(source: store) }

    /// One turn of the timeline; what it has to send is sent once it is committed. Throws the fault of a trigger that
    /// refuses to word a message: what the turn changed stays changed, as with AWS.
    func turn<T: Sendable>(_ body: @escaping @Sendable (DirectoryEdit) throws -> T) async throws -> T {
        let outbox = Outbox()
        let result = try await timeline.turn { try body(DirectoryEdit($0, outbox: outbox)) }
        for message in outbox.take() { try await deliver(message) }
        return result
    }
}

/// What the triggers of a call are told of it.
struct CallScope: Sendable {
    var clientID: String?
    var metadata: [String: String]

    @TaskLocal static var current = CallScope(clientID: nil, metadata: [:])

    static func of<T: Sendable>(_ input: CognitoInput, _ body: () async throws -> T) async throws -> T {
        let scope = CallScope(clientID: input.optionalText("ClientId"), metadata: input.map("ClientMetadata"))
        return try await $current.withValue(scope) { try await body() }
    }

    /// The same call, known to be made with a token of that client.
    static func of<T: Sendable>(client: Client, _ body: () async throws -> T) async throws -> T {
        var scope = current
        scope.clientID = client.id
        return try await $current.withValue(scope) { try await body() }
    }
}

/// What tokens name as their issuer.
package enum IssuerForm: String, Sendable {
    /// `https://cognito-idp.REGION.amazonaws.com/POOL`, which Cognito's own verifiers expect.
    case aws
    /// This server's address and the pool, for libraries that discover the keys from the issuer.
    case local
}

extension CognitoService {
    /// `iss` of the pool's tokens.
    func issuer(of pool: Pool) -> String {
        switch issuerForm {
        case .aws: "https://cognito-idp.\(pool.region).amazonaws.com/\(pool.id)"
        case .local: baseURL.withLock { $0 } + "/" + pool.id
        }
    }

    /// Tells the address this server is reached at, such as `http://127.0.0.1:4566`.
    package func listens(at address: String) { baseURL.withLock { $0 = address } }
}
