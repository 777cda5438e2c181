package import Vocabulary

/// Who makes a request, as far as its access key or token tells.
package struct Caller: Sendable, Equatable {
    package var account: AccountID
    /// `arn:aws:iam::ACCT:root`, a user's ARN, or an assumed role's session ARN.
    package var principalARN: String
    /// IAM's `UserId`: the account id for root, `AIDA…` for a user, `AROA…:session` for an assumed role.
    package var userID: String
    /// The key that signed the request; nil when it was not signed.
    package var accessKeyID: String?

    package init(account: AccountID, principalARN: String, userID: String, accessKeyID: String?) {
        self.account = account
        self.principalARN = principalARN
        self.userID = userID
        self.accessKeyID = accessKeyID
    }

    /// The root user of `account`: what an access key stands for that no principal owns.
    package static func root(of account: AccountID, accessKeyID: String?) -> Caller {
        Caller(account: account, principalARN: "arn:aws:iam::\(account):root", userID: account.digits, accessKeyID: accessKeyID)
    }
}

/// What an access key is worth at an instant.
package enum AccessKeyStanding: Sendable, Equatable {
    /// This server did not issue it, or it has been deleted.
    case unknown
    case active(Caller)
    /// A long-term key its owner has switched off.
    case inactive
    /// A temporary key after its expiration.
    case expired
}

/// Knows the principals behind the access keys this server issued. Implemented by `IdentityService`.
package protocol CallerDirectory: Sendable {
    /// Asked on each signed request: must not wait.
    func standing(accessKeyID: String) -> AccessKeyStanding
}
