/// Where a user's account stands. Enabled or disabled is separate.
// AWS: doc — spec/cognito.md §D6.
package enum UserStatus: String, Codable, Sendable, CaseIterable {
    case unconfirmed = "UNCONFIRMED"
    case confirmed = "CONFIRMED"
    case forceChangePassword = "FORCE_CHANGE_PASSWORD"
    case resetRequired = "RESET_REQUIRED"
    case externalProvider = "EXTERNAL_PROVIDER"
}
