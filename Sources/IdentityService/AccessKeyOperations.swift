import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

extension IdentityService {
    /// CreateAccessKey … DeleteAccessKey. Without a user's name they are about the caller.
    var accessKeyOperations: [Operation] { [createAccessKey, listAccessKeys, updateAccessKey, deleteAccessKey] }

    /// AWS: doc — IAM quotas.
    private static let keysPerUserMax = 2

    private var createAccessKey: Operation {
        writing("CreateAccessKey") { [mint, keys] edit, input in
            let owner = try KeyOwner(input, in: edit.view)
            guard try edit.view.accessKeys(userName: owner.userName).count < Self.keysPerUserMax else {
                // AWS: inferred — widely known wording.
                throw AWSFault.limitExceeded("Cannot exceed quota for AccessKeysPerUser: \(Self.keysPerUserMax)")
            }
            let key = AccessKey(
                id: mint.id(.longTermKey), secret: mint.secret(), userName: owner.userName,
                principalARN: owner.principalARN, userID: owner.userID, status: .active,
                createdAt: edit.turn.now.wholeSecond)
            let account = edit.view.account
            try edit.turn.transaction.put(edit.view.key(AccountView.accessKeyType, key.id), key)
            edit.turn.afterCommit { keys.publish(key, of: account) }
            return ["AccessKey": [
                "UserName": key.userName.map { .string($0) }, "AccessKeyId": .string(key.id),
                "Status": .string(key.status.rawValue), "SecretAccessKey": .string(key.secret.revealed),
                "CreateDate": .timestamp(key.createdAt),
            ]]
        }
    }

    private var listAccessKeys: Operation {
        reading("ListAccessKeys") { view, input in
            let found = try view.accessKeys(userName: KeyOwner(input, in: view).userName)
            return try ListPage(of: found.map { ($0.id, $0) }, input).output("AccessKeyMetadata") { key in
                [
                    "UserName": key.userName.map { .string($0) }, "AccessKeyId": .string(key.id),
                    "Status": .string(key.status.rawValue), "CreateDate": .timestamp(key.createdAt),
                ]
            }
        }
    }

    private var updateAccessKey: Operation {
        writing("UpdateAccessKey") { [keys] edit, input in
            let owner = try KeyOwner(input, in: edit.view)
            var key = try edit.view.accessKey(input.text("AccessKeyId"), userName: owner.userName)
            guard let status = AccessKey.Status(rawValue: try input.text("Status")) else {
                // The model's third value, Expired, is only ever set by AWS itself.
                throw AWSFault.invalidInput("The status of an access key can be set to Active or Inactive.")
            }
            key.status = status
            let (changed, account) = (key, edit.view.account)
            try edit.turn.transaction.put(edit.view.key(AccountView.accessKeyType, key.id), key)
            edit.turn.afterCommit { keys.publish(changed, of: account) }
            return [:]
        }
    }

    private var deleteAccessKey: Operation {
        writing("DeleteAccessKey") { [keys] edit, input in
            let owner = try KeyOwner(input, in: edit.view)
            let id = try edit.view.accessKey(input.text("AccessKeyId"), userName: owner.userName).id
            try edit.turn.transaction.delete(edit.view.key(AccountView.accessKeyType, id))
            edit.turn.afterCommit { keys.forget([id]) }
            return [:]
        }
    }
}
