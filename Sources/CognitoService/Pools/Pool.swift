import AWSModel
import IdentityRules
import SimTime
import Vocabulary

/// A user pool. What the API only stores and shows is kept as it came; what decides behaviour is read from there.
struct Pool: Stored {
    let id: String
    let account: AccountID
    let region: RegionName
    var name: String
    let created: SimInstant
    var modified: SimInstant
    /// Members of the UserPool structure, defaults filled in.
    var settings: AWSObject
    /// Members of SetUserPoolMfaConfig.
    var mfa = AWSObject()
    var schema: AttributeSchema
    var tags: [String: String]
    var domain: String?
    /// As SetLogDeliveryConfiguration took them.
    var logConfigurations: AWSValue?

    static func type(_ poolID: String) -> String { "pool" }
    var storedName: String { id }
    var poolID: String { id }

    var realm: Realm { Realm(account: account, region: region) }
    var arn: String { ARN(service: "cognito-idp", realm: realm, resource: "userpool/\(id)").description }
    /// The part of the id after `_`: what SRP hashes.
    var srpName: String { id.split(separator: "_", maxSplits: 1).last.map(String.init) ?? id }
    var providerName: String { "cognito-idp.\(region).amazonaws.com/\(id)" }

    var naming: UserNaming {
        UserNaming(
            usernameAttributes: settings["UsernameAttributes"]?.texts ?? [],
            aliasAttributes: settings["AliasAttributes"]?.texts ?? [],
            isCaseSensitive: settings["UsernameConfiguration"]?["CaseSensitive"]?.bool ?? true)
    }

    var passwordPolicy: PasswordPolicy {
        var policy = PasswordPolicy()
        guard let stored = settings["Policies"]?["PasswordPolicy"] else { return policy }
        policy.minimumLength = stored["MinimumLength"]?.int ?? 8
        policy.requiresUppercase = stored["RequireUppercase"]?.bool ?? false
        policy.requiresLowercase = stored["RequireLowercase"]?.bool ?? false
        policy.requiresNumbers = stored["RequireNumbers"]?.bool ?? false
        policy.requiresSymbols = stored["RequireSymbols"]?.bool ?? false
        policy.historySize = stored["PasswordHistorySize"]?.int ?? 0
        policy.temporaryPasswordValidityDays = stored["TemporaryPasswordValidityDays"]?.int ?? 7
        return policy
    }

    /// What keeps its old value until the new one is verified.
    var attributesVerifiedBeforeUpdate: [String] {
        settings["UserAttributeUpdateSettings"]?["AttributesRequireVerificationBeforeUpdate"]?.texts ?? []
    }
    var autoVerifiedAttributes: [String] { settings["AutoVerifiedAttributes"]?.texts ?? [] }

    var mfaMode: SignIn.Facts.PoolMFA {
        SignIn.Facts.PoolMFA(rawValue: settings["MfaConfiguration"]?.string ?? "OFF") ?? .off
    }

    /// The second factors the pool allows.
    var allowedMFA: [SignIn.MFA] {
        var allowed: [SignIn.MFA] = []
        if mfa["SmsMfaConfiguration"] != nil || settings["SmsConfiguration"] != nil { allowed.append(.sms) }
        if mfa["SoftwareTokenMfaConfiguration"]?["Enabled"]?.bool == true { allowed.append(.softwareToken) }
        if mfa["EmailMfaConfiguration"] != nil { allowed.append(.email) }
        return allowed
    }

    var firstFactors: [String] { settings["Policies"]?["SignInPolicy"]?["AllowedFirstAuthFactors"]?.texts ?? ["PASSWORD"] }

    /// E-mails that confirm a sign-up carry a link instead of a code.
    var confirmsByLink: Bool {
        settings["VerificationMessageTemplate"]?["DefaultEmailOption"]?.string == "CONFIRM_WITH_LINK"
    }
    var onlyAdministratorsCreateUsers: Bool { settings["AdminCreateUserConfig"]?["AllowAdminCreateUserOnly"]?.bool ?? false }
    var isProtected: Bool { settings["DeletionProtection"]?.string == "ACTIVE" }
    var tracksDevices: Bool { settings["DeviceConfiguration"] != nil }
    var deviceReplacesMFA: Bool { settings["DeviceConfiguration"]?["ChallengeRequiredOnNewDevice"]?.bool ?? false }
    var devicesAreRememberedOnPrompt: Bool {
        settings["DeviceConfiguration"]?["DeviceOnlyRememberedOnUserPrompt"]?.bool ?? false
    }

    /// `verified_email`, `verified_phone_number` or `admin_only`, in the order they are tried.
    var recoveryMechanisms: [String] {
        let listed = settings["AccountRecoverySetting"]?["RecoveryMechanisms"]?.list ?? []
        return listed.sorted { ($0["Priority"]?.int ?? 9) < ($1["Priority"]?.int ?? 9) }.compactMap { $0["Name"]?.string }
    }

    /// The `UserPool` structure.
    func output(userCount: Int) -> AWSValue {
        var output: AWSObject = ["Id": .string(id), "Name": .string(name)]
        for (name, value) in settings.entries { output.append(name, value) }
        output["LastModifiedDate"] = .timestamp(modified)
        output["CreationDate"] = .timestamp(created)
        output["SchemaAttributes"] = .list(schema.attributes.map(\.output))
        output["EstimatedNumberOfUsers"] = .integer(Int64(userCount))
        if !tags.isEmpty { output["UserPoolTags"] = .object(ofTexts: tags) }
        output["Domain"] = domain.map { .string($0) }
        output["Arn"] = .string(arn)
        return .object(output)
    }
}

extension AttributeDefinition {
    var output: AWSValue {
        var output: AWSObject = [
            "Name": .string(name), "AttributeDataType": .string(kind.rawValue),
            "DeveloperOnlyAttribute": .boolean(isDeveloperOnly), "Mutable": .boolean(isMutable), "Required": .boolean(isRequired),
        ]
        switch kind {
        case .string:
            output["StringAttributeConstraints"] = [
                "MinLength": minimum.map { .string($0) }, "MaxLength": maximum.map { .string($0) },
            ]
        case .number:
            output["NumberAttributeConstraints"] = [
                "MinValue": minimum.map { .string($0) }, "MaxValue": maximum.map { .string($0) },
            ]
        case .boolean, .dateTime: break
        }
        return .object(output)
    }

    /// Reads one entry of a Schema or CustomAttributes member. Throws `InvalidParameterException`.
    static func read(_ value: AWSValue, customOnly: Bool) throws -> AttributeDefinition {
        guard let given = value["Name"]?.string, !given.isEmpty else { throw AWSFault.missingParameter("Name") }
        let standard = customOnly ? nil : AttributeSchema.standard.first { $0.name == given }
        var definition = standard ?? AttributeDefinition("custom:\(given)")
        if standard == nil {
            guard given.count <= 20 else {
                throw AWSFault.invalidParameter("\(given): Attribute name must not be longer than 20 characters.")
            }
            definition.kind = value["AttributeDataType"]?.string.flatMap(Kind.init) ?? .string
            definition.isDeveloperOnly = value["DeveloperOnlyAttribute"]?.bool ?? false
            if definition.isDeveloperOnly { definition.name = "dev:" + definition.name }
            // AWS: recorded — spec/cognito.md §D3.
            if value["Required"]?.bool == true {
                throw AWSFault.invalidParameter("Required custom attributes are not supported currently.")
            }
        }
        if let standard, value["DeveloperOnlyAttribute"]?.bool == true
            || value["AttributeDataType"]?.string.map({ $0 != standard.kind.rawValue }) == true {
            // AWS: recorded — hashicorp/terraform-provider-aws issue 23181.
            throw AWSFault.invalidParameter(
                "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute \(given)")
        }
        definition.isMutable = value["Mutable"]?.bool ?? (standard?.isMutable ?? true)
        definition.isRequired = value["Required"]?.bool ?? (standard?.isRequired ?? false)
        let text = value["StringAttributeConstraints"], number = value["NumberAttributeConstraints"]
        definition.minimum = text?["MinLength"]?.string ?? number?["MinValue"]?.string ?? definition.minimum
        definition.maximum = text?["MaxLength"]?.string ?? number?["MaxValue"]?.string ?? definition.maximum
        return definition
    }
}
