import AWSModel
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// Settings of a whole registry: account settings, exemptions from pull times, signing.
extension ECRService {
    var registryOperations: [Operation] { accountSettingOperations + exclusionOperations + signingOperations }

    private var accountSettingOperations: [Operation] {
        [
            writing("PutAccountSetting") { call, turn in
                let (name, value) = (call["name"]?.string ?? "", call["value"]?.string ?? "")
                guard let values = RegistryRecord.settingValues[name] else { throw Self.unknownSetting(name) }
                guard values.contains(value) else {
                    throw ECRFault.validation(
                        "The value '\(value)' is not valid for '\(name)'; use \(values.joined(separator: " or ")).")
                }
                var registry = try RegistryRecord.load(call.realm, turn.transaction)
                registry.accountSettings[name] = value
                try registry.save(call.realm, turn.transaction)
                return ["name": .string(name), "value": .string(value)]
            },
            reading("GetAccountSetting") { call, reader in
                let name = call["name"]?.string ?? ""
                guard let value = try RegistryRecord.load(call.realm, reader).accountSetting(name) else {
                    throw Self.unknownSetting(name)
                }
                return ["name": .string(name), "value": .string(value)]
            },
        ]
    }

    private static func unknownSetting(_ name: String) -> AWSFault {
        let known = RegistryRecord.settingValues.keys.sorted().joined(separator: ", ")
        return ECRFault.validation("'\(name)' is not an account setting; use \(known).")
    }

    private var exclusionOperations: [Operation] {
        [
            writing("RegisterPullTimeUpdateExclusion") { call, turn in
                let arn = call["principalArn"]?.string ?? ""
                guard try !PullTimeExclusions.contains(arn, in: call.realm, turn.transaction) else {
                    throw ECRFault.named("ExclusionAlreadyExists", "A pull time update exclusion for '\(arn)' already exists.")
                }
                try turn.transaction.put(PullTimeExclusions.key(arn, call.realm), turn.now)
                return ["principalArn": .string(arn), "createdAt": .timestamp(turn.now)]
            },
            writing("DeregisterPullTimeUpdateExclusion") { call, turn in
                let arn = call["principalArn"]?.string ?? ""
                guard try PullTimeExclusions.contains(arn, in: call.realm, turn.transaction) else {
                    throw ECRFault.named("ExclusionNotFound", "There is no pull time update exclusion for '\(arn)'.")
                }
                try turn.transaction.delete(PullTimeExclusions.key(arn, call.realm))
                return ["principalArn": .string(arn)]
            },
            reading("ListPullTimeUpdateExclusions") { call, reader in
                let after = try call.cursor() ?? ""
                let all = try reader.documents(PullTimeExclusions.collection(call.realm), as: SimInstant.self)
                    .map(\.name).filter { $0 > after }
                let page = all.prefix(min(100, call.pageSize()))
                return [
                    "pullTimeUpdateExclusions": .list(page.map { .string($0) }),
                    "nextToken": all.count > page.count ? call.token(page.last) : nil,
                ]
            },
        ]
    }

    private var signingOperations: [Operation] {
        [
            writing("PutSigningConfiguration") { call, turn in
                var registry = try RegistryRecord.load(call.realm, turn.transaction)
                registry.signing = call["signingConfiguration"]?.object
                try registry.save(call.realm, turn.transaction)
                return ["signingConfiguration": registry.signing.map { .object($0) }]
            },
            reading("GetSigningConfiguration") { call, reader in
                try Self.signing(try RegistryRecord.load(call.realm, reader), call)
            },
            writing("DeleteSigningConfiguration") { call, turn in
                var registry = try RegistryRecord.load(call.realm, turn.transaction)
                let output = try Self.signing(registry, call)
                registry.signing = nil
                try registry.save(call.realm, turn.transaction)
                return output
            },
            reading("DescribeImageSigningStatus") { [self] call, reader in
                let repository = try call.repository(reader)
                let image = try requiredImage(call.imageID, in: repository, reader)
                return [
                    "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
                    "imageId": ImageID(digest: image.digest.text, tag: call.imageID.tag).output,
                    "signingStatuses": .list((image.body.signings ?? []).map(\.output)),
                ]
            },
        ]
    }

    private static func signing(_ registry: RegistryRecord, _ call: ECRRequest) throws -> AWSObject {
        guard let signing = registry.signing else {
            throw ECRFault.named(
                "SigningConfigurationNotFound",
                "The signing configuration does not exist in the registry with id '\(call.realm.account)'")
        }
        return ["registryId": .string(call.realm.account.digits), "signingConfiguration": .object(signing)]
    }
}

/// Principals whose pulls do not count as pulls.
enum PullTimeExclusions {
    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: "ecr", type: "pull-time-exclusion")
    }

    static func key(_ arn: String, _ realm: Realm) -> DocumentKey { collection(realm).key(arn) }

    static func contains(_ arn: String, in realm: Realm, _ reader: StoreReader) throws -> Bool {
        try reader.document(key(arn, realm), as: SimInstant.self) != nil
    }
}
