import AWSModel
import Gateway
import IdentityRules
import SimTime
import Store
import Timeline
import Vocabulary

/// Where documents are read from: the store with its cache, one consistent read, or a transaction.
protocol DocumentSource {
    func document<T: Decodable & Sendable>(_ key: DocumentKey, as type: T.Type) throws -> T?
    func documents<T: Decodable & Sendable>(
        _ collection: DocumentCollection, as type: T.Type) throws -> [(name: String, value: T)]
}

extension Store: DocumentSource {}
extension StoreReader: DocumentSource {}

/// A value kept under a name of its own. Pools and clients have ids that are unique in the whole server, so that calls
/// without a signature find them without an account.
protocol Stored: Codable, Sendable {
    /// The document type, with the pool where names are unique within one.
    static func type(_ poolID: String) -> String
    var storedName: String { get }
    var poolID: String { get }
}

extension Stored {
    static func collection(_ poolID: String) -> DocumentCollection {
        DocumentCollection(.shared, service: "cognito-idp", type: type(poolID))
    }

    var key: DocumentKey { Self.collection(poolID).key(storedName) }
}

/// What is stored of user pools, as one state.
struct Directory {
    let source: any DocumentSource

    /// Throws `ResourceNotFoundException`.
    func pool(_ id: String) throws -> Pool {
        guard let pool = try source.document(Pool.collection("").key(id), as: Pool.self) else { throw AWSFault.noPool(id) }
        return pool
    }

    /// A pool of the caller's own account and region. Throws `ResourceNotFoundException`.
    func pool(_ input: CognitoInput) throws -> Pool {
        let id = try input.text("UserPoolId")
        let pool = try pool(id)
        guard pool.realm == input.context.realm || input.context.caller.accessKeyID == nil else { throw AWSFault.noPool(id) }
        return pool
    }

    func pools(of realm: Realm) throws -> [Pool] {
        try source.documents(Pool.collection(""), as: Pool.self).map(\.value).filter { $0.realm == realm }
    }

    /// Throws `ResourceNotFoundException`.
    func client(_ id: String) throws -> Client {
        guard let client = try source.document(Client.collection("").key(id), as: Client.self) else {
            throw AWSFault.noClient(id)
        }
        return client
    }

    /// A client of that pool. Throws `ResourceNotFoundException`.
    func client(_ input: CognitoInput, of pool: Pool) throws -> Client {
        let id = try input.text("ClientId")
        let client = try client(id)
        guard client.poolID == pool.id else { throw AWSFault.noClient(id) }
        return client
    }

    func clients(of pool: Pool) throws -> [Client] {
        try source.documents(Client.collection(""), as: Client.self).map(\.value).filter { $0.poolID == pool.id }
    }

    // MARK: Users

    func user(named username: String, in pool: Pool) throws -> User? {
        try source.document(User.collection(pool.id).key(pool.naming.folded(username)), as: User.self)
    }

    /// The user a caller means: by user name, by sub, by alias.
    func user(meant name: String, in pool: Pool) throws -> User? {
        if let user = try user(named: name, in: pool) { return user }
        for attribute in ["sub"] + pool.naming.lookUpAttributes {
            if let alias = try alias(attribute, name, in: pool), let user = try user(named: alias.username, in: pool) {
                return user
            }
        }
        return nil
    }

    /// Throws `UserNotFoundException`.
    func requiredUser(_ name: String, in pool: Pool) throws -> User {
        guard let user = try user(meant: name, in: pool) else { throw AWSFault.noUser }
        return user
    }

    func alias(_ attribute: String, _ value: String, in pool: Pool) throws -> Alias? {
        try source.document(
            Alias.collection(pool.id).key(Alias.name(attribute, value, in: pool)), as: Alias.self)
    }

    func users(of pool: Pool) throws -> [User] {
        try source.documents(User.collection(pool.id), as: User.self).map(\.value)
    }

    // MARK: What belongs to a pool

    func all<T: Stored>(_ type: T.Type, of pool: Pool) throws -> [T] {
        try source.documents(T.collection(pool.id), as: T.self).map(\.value)
    }

    func one<T: Stored>(_ type: T.Type, _ name: String, of pool: Pool) throws -> T? {
        try source.document(T.collection(pool.id).key(name), as: T.self)
    }
}

/// A directory that is being changed, in one turn.
struct DirectoryEdit {
    let turn: Turn
    /// What is to be sent once the turn is committed.
    let outbox: Outbox
    var now: SimInstant { turn.now }
    var directory: Directory { Directory(source: turn.transaction) }

    init(_ turn: Turn, outbox: Outbox = Outbox()) {
        self.turn = turn
        self.outbox = outbox
    }

    func save(_ value: some Stored) throws { try turn.transaction.put(value.key, value) }
    func delete(_ value: some Stored) throws { try turn.transaction.delete(value.key) }

    /// Saves a user and brings the aliases up to date. Throws when somebody else holds one.
    /// - Parameter takingAliases: takes them over instead, as ForceAliasCreation does.
    func save(_ user: User, in pool: Pool, takingAliases: Bool = false) throws {
        let stored = try directory.user(named: user.username, in: pool)
        let before = stored.map { aliases(of: $0, in: pool) } ?? []
        let after = aliases(of: user, in: pool)
        for alias in before where !after.contains(where: { $0.storedName == alias.storedName }) { try delete(alias) }
        for alias in after {
            if let other = try directory.alias(alias.attribute, alias.value, in: pool), other.username != user.username {
                guard takingAliases, pool.naming.usernameAttributes.isEmpty else {
                    throw AWSFault.attributeTaken(
                        alias.attribute, asUsername: !pool.naming.usernameAttributes.isEmpty, isNew: stored == nil)
                }
                if var loser = try directory.user(named: other.username, in: pool) {
                    loser[alias.attribute + "_verified"] = "false"
                    try save(loser)
                }
            }
            try save(alias)
        }
        try save(user)
    }

    /// Deletes a user with aliases, links to providers, grants and sessions.
    func delete(_ user: User, in pool: Pool) throws {
        for alias in aliases(of: user, in: pool) { try delete(alias) }
        // Nor may a later namesake be who somebody at a provider is.
        if !(user.federated ?? []).isEmpty {
            for link in try directory.all(ProviderLink.self, of: pool) where link.username == user.username { try delete(link) }
        }
        try delete(user)
        try GrantTable.deleteAll(of: user, in: turn.transaction)
    }

    private func aliases(of user: User, in pool: Pool) -> [Alias] {
        let named = pool.naming.lookUpAttributes.compactMap { attribute -> Alias? in
            guard let value = user[attribute], !value.isEmpty,
                  pool.naming.isEffective(attribute, isVerified: user[attribute + "_verified"] == "true")
            else { return nil }
            return Alias(pool: pool, attribute: attribute, value: value, username: user.username)
        }
        return named + [Alias(pool: pool, attribute: "sub", value: user.sub, username: user.username)]
    }
}

/// Another name by which a user is found.
struct Alias: Stored {
    let poolID: String
    let attribute: String
    let value: String
    let username: String
    let storedName: String

    init(pool: Pool, attribute: String, value: String, username: String) {
        poolID = pool.id
        self.attribute = attribute
        self.value = value
        self.username = username
        storedName = Self.name(attribute, value, in: pool)
    }

    static func type(_ poolID: String) -> String { "alias/\(poolID)" }
    static func name(_ attribute: String, _ value: String, in pool: Pool) -> String {
        "\(attribute):\(pool.naming.folded(value))"
    }
}
