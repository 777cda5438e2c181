import AWSModel
import Store
import Vocabulary

/// What one registry (an account in a region) is told.
struct RegistryRecord: Codable, Sendable, Equatable {
    /// As PutReplicationConfiguration sent it.
    var replication: AWSObject?
    /// As PutRegistryScanningConfiguration sent it.
    var scanning: AWSObject?
    /// As PutSigningConfiguration sent it.
    var signing: AWSObject?
    var policy: String?
    var accountSettings: [String: String] = [:]
}

extension RegistryRecord {
    private static func key(_ realm: Realm) -> DocumentKey {
        DocumentCollection(realm, service: "ecr", type: "registry").key("registry")
    }

    static func load(_ realm: Realm, _ reader: StoreReader) throws -> RegistryRecord {
        try reader.document(key(realm), as: RegistryRecord.self) ?? RegistryRecord()
    }

    func save(_ realm: Realm, _ transaction: StoreTransaction) throws { try transaction.put(Self.key(realm), self) }

    /// The value of an account setting, or its default; nil for a name that is none.
    // AWS: sdk/doc — spec/ecr.md §E4.
    func accountSetting(_ name: String) -> String? {
        guard let values = Self.settingValues[name] else { return nil }
        return accountSettings[name] ?? values[0]
    }

    /// The settings and their values, the default first.
    static let settingValues = [
        "BASIC_SCAN_TYPE_VERSION": ["AWS_NATIVE", "CLAIR"], "REGISTRY_POLICY_SCOPE": ["V2", "V1"],
        "BLOB_MOUNTING": ["DISABLED", "ENABLED"],
    ]
}
