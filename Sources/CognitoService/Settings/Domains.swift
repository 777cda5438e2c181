import AWSModel
import Gateway
import Store
import Vocabulary

/// The host name of a pool's hosted endpoints: a prefix, unique in the whole server.
struct Domain: Stored {
    let name: String
    let poolID: String
    let managedLoginVersion: Int

    static func type(_ poolID: String) -> String { "domain" }
    var storedName: String { name }
}

extension Directory {
    func domain(_ name: String) throws -> Domain? {
        try source.document(Domain.collection("").key(name), as: Domain.self)
    }
}

extension CognitoService {
    /// CreateUserPoolDomain, DescribeUserPoolDomain and DeleteUserPoolDomain.
    var domainOperations: [Operation] {
        [
            writing("CreateUserPoolDomain", refusing: ["CustomDomainConfig"]) { edit, input in
                var pool = try edit.directory.pool(input)
                let name = try input.text("Domain")
                guard Self.isDomainPrefix(name) else { throw AWSFault.invalidParameter("Invalid domain: \(name).") }
                guard try edit.directory.domain(name) == nil else {
                    throw AWSFault.invalidParameter("Domain already associated with another user pool.")
                }
                guard pool.domain == nil else { throw AWSFault.invalidParameter("Another domain is already associated with the user pool.") }
                try edit.save(Domain(name: name, poolID: pool.id, managedLoginVersion: input.int("ManagedLoginVersion") ?? 1))
                pool.domain = name
                try edit.save(pool)
                return ["ManagedLoginVersion": .integer(Int64(input.int("ManagedLoginVersion") ?? 1))]
            },
            reading("DescribeUserPoolDomain") { directory, input in
                // AWS: doc — a domain that does not exist is an empty description.
                guard let domain = try directory.domain(input.text("Domain")) else { return ["DomainDescription": [:]] }
                let pool = try directory.pool(domain.poolID)
                return ["DomainDescription": [
                    "UserPoolId": .string(pool.id), "AWSAccountId": .string(pool.account.digits), "Domain": .string(domain.name),
                    "Status": "ACTIVE", "ManagedLoginVersion": .integer(Int64(domain.managedLoginVersion)), "CustomDomainConfig": [:],
                ]]
            },
            writing("DeleteUserPoolDomain") { edit, input in
                var pool = try edit.directory.pool(input)
                let name = try input.text("Domain")
                guard let domain = try edit.directory.domain(name), domain.poolID == pool.id else {
                    throw AWSFault.invalidParameter("No such domain or user pool exists.")
                }
                try edit.delete(domain)
                pool.domain = nil
                try edit.save(pool)
                return [:]
            },
        ]
    }

    // AWS: doc — spec/cognito.md §D2.
    private static func isDomainPrefix(_ name: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) }
        let bytes = Array(name.utf8)
        guard (1...63).contains(bytes.count), isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}
