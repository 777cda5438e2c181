import AWSModel
import IdentityRules

/// What CreateUserPool and UpdateUserPool store, with what AWS fills in.
enum PoolSettings {
    /// Members stored as they come.
    private static let plain = [
        "DeletionProtection", "LambdaConfig", "AutoVerifiedAttributes", "AliasAttributes", "UsernameAttributes",
        "SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject", "VerificationMessageTemplate",
        "SmsAuthenticationMessage", "MfaConfiguration", "UserAttributeUpdateSettings", "DeviceConfiguration",
        "EmailConfiguration", "SmsConfiguration", "UserPoolAddOns", "UsernameConfiguration", "AccountRecoverySetting",
        "UserPoolTier",
    ]
    /// What cannot change after creation.
    static let immutable = ["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"]

    /// The settings of an input. Members that are not given are at their defaults.
    // AWS: doc — spec/cognito.md §D3.
    static func settings(_ input: AWSObject) throws -> AWSObject {
        try refuse(input)
        var settings: AWSObject = [
            "Policies": policies(input["Policies"]),
            "DeletionProtection": "INACTIVE", "LambdaConfig": [:],
            "VerificationMessageTemplate": ["DefaultEmailOption": "CONFIRM_WITH_CODE"],
            "MfaConfiguration": "OFF", "EmailConfiguration": ["EmailSendingAccount": "COGNITO_DEFAULT"],
            "AdminCreateUserConfig": adminCreateUserConfig(input["AdminCreateUserConfig"]),
            "AccountRecoverySetting": ["RecoveryMechanisms": [
                ["Priority": 1, "Name": "verified_email"], ["Priority": 2, "Name": "verified_phone_number"],
            ]],
            "UserPoolTier": "ESSENTIALS",
        ]
        for member in plain {
            if let value = input[member] { settings[member] = value }
        }
        return settings
    }

    private static func policies(_ given: AWSValue?) -> AWSValue {
        let password = given?["PasswordPolicy"]
        func flag(_ name: String) -> AWSValue { .boolean(password?[name]?.bool ?? (password == nil)) }
        return [
            "PasswordPolicy": [
                "MinimumLength": password?["MinimumLength"] ?? 8,
                "RequireUppercase": flag("RequireUppercase"), "RequireLowercase": flag("RequireLowercase"),
                "RequireNumbers": flag("RequireNumbers"), "RequireSymbols": flag("RequireSymbols"),
                "PasswordHistorySize": password?["PasswordHistorySize"],
                "TemporaryPasswordValidityDays": password?["TemporaryPasswordValidityDays"] ?? 7,
            ],
            "SignInPolicy": ["AllowedFirstAuthFactors": given?["SignInPolicy"]?["AllowedFirstAuthFactors"] ?? ["PASSWORD"]],
        ]
    }

    private static func adminCreateUserConfig(_ given: AWSValue?) -> AWSValue {
        [
            "AllowAdminCreateUserOnly": given?["AllowAdminCreateUserOnly"] ?? false,
            "UnusedAccountValidityDays": given?["UnusedAccountValidityDays"] ?? 7,
            "InviteMessageTemplate": given?["InviteMessageTemplate"],
        ]
    }

    /// Refuses a pool that asks for second factors and has none.
    // AWS: recorded — aws/aws-cdk issue 12075.
    static func checkMFA(of pool: Pool) throws {
        guard pool.mfaMode != .off, pool.allowedMFA.isEmpty else { return }
        throw AWSFault.invalidParameter(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
    }

    private static func refuse(_ input: AWSObject) throws {
        if !(input["AliasAttributes"]?.list ?? []).isEmpty, !(input["UsernameAttributes"]?.list ?? []).isEmpty {
            // AWS: doc — the two are exclusive (spec/cognito.md §D13); wording inferred.
            throw AWSFault.invalidParameter("Only one of aliasAttributes or usernameAttributes can be set in a user pool.")
        }
        let lambdas = input["LambdaConfig"]
        if lambdas?["CustomSMSSender"] != nil || lambdas?["CustomEmailSender"] != nil, lambdas?["KMSKeyID"] == nil {
            // AWS: doc rule, wording inferred.
            throw AWSFault.invalidParameter("KMSKeyID is required for custom sender Lambda triggers.")
        }
        if let old = lambdas?["PreTokenGeneration"]?.string,
           let new = lambdas?["PreTokenGenerationConfig"]?["LambdaArn"]?.string, old != new {
            // AWS: doc rule, wording inferred.
            throw AWSFault.invalidParameter("PreTokenGeneration and PreTokenGenerationConfig must name the same function.")
        }
    }
}
