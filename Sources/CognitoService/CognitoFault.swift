import AWSModel
import IdentityRules

/// The faults of user pools. All of them are status 400, also for what is missing.
// AWS: recorded — spec/cognito.md §D1; texts carry their marks in §D5–§D14.
extension AWSFault {
    static func cognito(_ code: String, _ message: String) -> AWSFault { AWSFault(code, message, status: 400) }

    static func notAuthorized(_ message: String) -> AWSFault { cognito("NotAuthorizedException", message) }
    static func invalidParameter(_ message: String) -> AWSFault { cognito("InvalidParameterException", message) }
    static func resourceNotFound(_ message: String) -> AWSFault { cognito("ResourceNotFoundException", message) }

    static func noPool(_ id: String) -> AWSFault { resourceNotFound("User pool \(id) does not exist.") }
    static func noClient(_ id: String) -> AWSFault { resourceNotFound("User pool client \(id) does not exist.") }
    static let noUser = cognito("UserNotFoundException", "User does not exist.")
    static let noGroup = resourceNotFound("Group not found.")
    static let incorrectPassword = notAuthorized("Incorrect username or password.")
    static let attemptsExceeded = notAuthorized("Password attempts exceeded")
    static let userExists = cognito("UsernameExistsException", "User already exists")
    static let userAccountExists = cognito("UsernameExistsException", "User account already exists")
    static let wrongCode = cognito("CodeMismatchException", "Invalid verification code provided, please try again.")
    // AWS: inferred wording — spec/cognito.md §D12.
    static let limitExceeded = cognito("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    static let expiredCode = cognito("ExpiredCodeException", "Invalid code provided, please request a code again.")
    static let refreshTokensAreRotated = cognito(
        "UnsupportedOperationException", "The client rotates refresh tokens: use GetTokensFromRefreshToken.")
    static let unauthorizedAttribute = notAuthorized("A client attempted to write unauthorized attribute")
    static let invalidAccessToken = notAuthorized("Invalid Access Token")
    static let invalidRefreshToken = notAuthorized("Invalid Refresh Token.")

    static func missingParameter(_ name: String) -> AWSFault { invalidParameter("Missing required parameter \(name)") }

    /// Several lines about attributes, each ending in a newline, as recorded.
    static func schema(_ lines: [String], isUpdate: Bool = false) -> AWSFault {
        // AWS: recorded — aws-amplify/amplify-swift issue 3981; how it combines with other lines is inferred.
        if isUpdate, lines.allSatisfy({ $0.hasSuffix(": Attribute cannot be updated.") }) {
            return invalidParameter(lines.map { "user.\($0)\n" }.joined())
        }
        return invalidParameter("Attributes did not conform to the schema: " + lines.map { $0 + "\n" }.joined())
    }

    /// Somebody else has the alias.
    /// - Parameters:
    ///   - asUsername: the attribute stands in for user names in this pool.
    ///   - isNew: the user who wants it is just being created.
    // AWS: sdk — only SignUp and AdminCreateUser have UsernameExistsException; others have AliasExistsException alone.
    static func attributeTaken(_ attribute: String, asUsername: Bool, isNew: Bool) -> AWSFault {
        let (article, noun) = attribute == "email" ? ("email", "An account with the given email already exists.")
            : attribute == "phone_number" ? ("phone_number", "An account with the given phone_number already exists.")
            : ("preferred_username", "An account with the given preferred_username already exists.")
        return asUsername
            ? cognito(isNew ? "UsernameExistsException" : "AliasExistsException", noun)
            : cognito("AliasExistsException", "An account with the \(article) already exists.")
    }

    /// The password breaks the pool's policy. Administrators' operations and SignUp name it in full.
    // AWS: recorded — spec/cognito.md §D7.
    static func weakPassword(_ violation: String, byUser: Bool) -> AWSFault {
        cognito(
            "InvalidPasswordException",
            "Password did not conform with \(byUser ? "policy" : "password policy"): \(violation)")
    }

    // AWS: recorded, the expired one inferred — spec/cognito.md §D11.
    static func refresh(_ rejection: RefreshGrant.Rejection) -> AWSFault {
        switch rejection {
        case .unknown: invalidRefreshToken
        case .revoked: notAuthorized("Refresh Token has been revoked")
        case .expired: notAuthorized("Refresh Token has expired")
        case .reused: cognito("RefreshTokenReuseException", "Refresh token has been invalidated by rotation.")
        }
    }

    /// What a refused step of the sign-in machine is on the wire.
    // AWS: spec/cognito.md §D8 and §D10.
    static func signIn(_ rejection: SignIn.Rejection, hidesUsers: Bool) -> AWSFault {
        switch rejection {
        case .incorrectPassword, .customFailed: incorrectPassword
        case .wrongCode: cognito("CodeMismatchException", "Invalid code received for user")
        case .invalidSession: notAuthorized("Invalid session for the user.")
        case .disabled: hidesUsers ? incorrectPassword : notAuthorized("User is disabled.")
        case .unconfirmed: cognito("UserNotConfirmedException", "User is not confirmed.")
        case .resetRequired: cognito("PasswordResetRequiredException", "Password reset required for the user")
        case .temporaryPasswordExpired:
            notAuthorized("Temporary password has expired and must be reset by an administrator.")
        case .mfaNotAvailable: invalidParameter("The user has no second factor that the user pool allows.")
        case .factorNotAvailable: invalidParameter("The selected challenge is not available for the user.")
        }
    }
}
