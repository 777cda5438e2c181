import AWSModel
import Gateway
import Store
import TokenCrypto
import Vocabulary

/// The host name of a pool's hosted endpoints, unique in the whole server: a prefix, or a name of one's own with its
/// certificate.
struct Domain: Stored {
    let name: String
    let poolID: String
    var managedLoginVersion: Int
    var certificateARN: String?

    // AWS: doc — the form of the name to point one's own at.
    var distribution: String? {
        certificateARN == nil ? nil : "d" + HexText.encode(Array(Digesting.sha256(name.utf8).prefix(6))) + ".cloudfront.net"
    }

    static func type(_ poolID: String) -> String { "domain" }
    var storedName: String { name }
}

extension Directory {
    func domain(_ name: String) throws -> Domain? {
        try source.document(Domain.collection("").key(name), as: Domain.self)
    }
}

extension CognitoService {
    /// CreateUserPoolDomain … DeleteUserPoolDomain.
    var domainOperations: [Operation] {
        [
            writing("CreateUserPoolDomain") { edit, input in
                var pool = try edit.directory.pool(input)
                let name = try input.text("Domain")
                let certificate = input.object["CustomDomainConfig"]?["CertificateArn"]?.string
                guard certificate == nil ? Self.isDomainPrefix(name) : Self.isFullName(name) else { throw AWSFault.invalidParameter("Invalid domain: \(name).") }
                if certificate == nil, let word = Self.reservedWords.first(where: name.contains) {
                    throw AWSFault.invalidParameter("Domain cannot contain reserved word: \(word)")
                }
                guard try edit.directory.domain(name) == nil else {
                    throw AWSFault.invalidParameter("Domain already associated with another user pool.")
                }
                guard pool.domain == nil else { throw AWSFault.invalidParameter("Another domain is already associated with the user pool.") }
                let domain = Domain(
                    name: name, poolID: pool.id, managedLoginVersion: input.int("ManagedLoginVersion") ?? 1,
                    certificateARN: certificate)
                try edit.save(domain)
                pool.domain = name
                try edit.save(pool)
                return Self.made(domain)
            },
            writing("UpdateUserPoolDomain") { edit, input in
                let pool = try edit.directory.pool(input), name = try input.text("Domain")
                guard var domain = try edit.directory.domain(name), domain.poolID == pool.id else {
                    throw AWSFault.resourceNotFound("Domain \(name) does not exist.")
                }
                if let version = input.int("ManagedLoginVersion") { domain.managedLoginVersion = version }
                if let certificate = input.object["CustomDomainConfig"]?["CertificateArn"]?.string {
                    guard domain.certificateARN != nil else {
                        throw AWSFault.invalidParameter("A prefix domain takes no CustomDomainConfig.")
                    }
                    domain.certificateARN = certificate
                }
                try edit.save(domain)
                return Self.made(domain)
            },
            reading("DescribeUserPoolDomain") { directory, input in
                // AWS: doc — a domain that does not exist is an empty description.
                guard let domain = try directory.domain(input.text("Domain")) else { return ["DomainDescription": [:]] }
                let pool = try directory.pool(domain.poolID)
                return ["DomainDescription": [
                    "UserPoolId": .string(pool.id), "AWSAccountId": .string(pool.account.digits), "Domain": .string(domain.name),
                    "Status": "ACTIVE", "ManagedLoginVersion": .integer(Int64(domain.managedLoginVersion)),
                    "CloudFrontDistribution": domain.distribution.map { .string($0) },
                    "CustomDomainConfig": ["CertificateArn": domain.certificateARN.map { .string($0) }],
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

    private static func made(_ domain: Domain) -> AWSObject {
        [
            "ManagedLoginVersion": .integer(Int64(domain.managedLoginVersion)),
            "CloudFrontDomain": domain.distribution.map { .string($0) },
        ]
    }

    /// A name of one's own: at least two labels.
    private static func isFullName(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { isDomainPrefix(String($0)) }
    }

    /// What a prefix must not contain.
    // AWS: doc; the wording recorded — aws-amplify/amplify-cli issue 3854.
    private static let reservedWords = ["aws", "amazon", "cognito"]

    // AWS: doc — spec/cognito.md §D2.
    private static func isDomainPrefix(_ name: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) }
        let bytes = Array(name.utf8)
        guard (1...63).contains(bytes.count), isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}
