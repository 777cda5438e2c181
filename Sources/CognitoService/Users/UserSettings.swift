import AWSModel
import Gateway
import IdentityRules

extension CognitoService {
    /// SetUserSettings and AdminSetUserSettings: the old way to have codes sent by text message.
    var userSettingOperations: [Operation] {
        [
            changingOwn("SetUserSettings") { edit, user, pool, _, input in
                var user = user
                try Self.setOptions(of: &user, input)
                user.modified = edit.now
                try edit.save(user, in: pool)
                return [:]
            },
            changing("AdminSetUserSettings") { user, _, input in try Self.setOptions(of: &user, input) },
        ]
    }

    // AWS: doc — text messages to the phone number only; an empty list switches them off. Wording inferred.
    private static func setOptions(of user: inout User, _ input: CognitoInput) throws {
        let options = input.object["MFAOptions"]?.list ?? []
        for option in options {
            guard option["DeliveryMedium"]?.string == "SMS", option["AttributeName"]?.string == "phone_number" else {
                throw AWSFault.invalidParameter("MFAOptions can only be SMS to phone_number.")
            }
        }
        if !options.isEmpty, user["phone_number"] == nil {
            throw AWSFault.invalidParameter("User does not have delivery config set to turn on SMS")
        }
        user.mfa.enabled.removeAll { $0 == .sms }
        if !options.isEmpty { user.mfa.enabled.append(.sms) }
        if options.isEmpty, user.mfa.preferred == .sms { user.mfa.preferred = nil }
        user.hasMFAOptions = options.isEmpty ? nil : true
    }
}
