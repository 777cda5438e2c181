import AWSModel
import Gateway
import IdentityRules

extension CognitoService {
    /// What users do with their own account, by access token.
    var ownAccountOperations: [Operation] {
        [
            getUser, deleteUser, updateUserAttributes, deleteUserAttributes, getUserAttributeVerificationCode,
            verifyUserAttribute, getUserAuthFactors,
        ]
    }

    private var getUser: Operation {
        acting("GetUser") { [self] input in
            let bearer = try await bearer(input)
            var output = bearer.user.mfaOutput
            let readable = bearer.client.readableAttributes
            output["Username"] = .string(bearer.user.username)
            output["UserAttributes"] = .list(bearer.user.shownAttributes.filter { attribute in
                attribute.name == "sub" || readable?.contains(attribute.name) ?? true
            }.map(\.output))
            return output
        }
    }

    private var deleteUser: Operation {
        changingOwn("DeleteUser") { edit, user, pool, _, _ in
            try edit.delete(user, in: pool)
            return [:]
        }
    }

    /// An operation on the user an access token belongs to, in one turn.
    func changingOwn(
        _ name: String, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (DirectoryEdit, User, Pool, Client, CognitoInput) throws -> AWSObject
    ) -> Operation {
        acting(name, refusing: refusedMembers) { [self] input in
            let bearer = try await bearer(input)
            return try await CallScope.of(client: bearer.client) {
                try await turn { edit in
                    let user = try edit.directory.requiredUser(bearer.user.username, in: bearer.pool)
                    return try body(edit, user, bearer.pool, bearer.client, input)
                }
            }
        }
    }

    private var updateUserAttributes: Operation {
        changingOwn("UpdateUserAttributes") { [mint] edit, user, pool, client, input in
            var user = user
            let attributes = input.attributes("UserAttributes")
            try Self.check(attributes, in: pool, by: .user, client: client)
            let deliveries = try Self.attributesChanged(attributes, of: &user, in: pool, edit: edit, mint: mint)
            try edit.save(user, in: pool)
            return ["CodeDeliveryDetailsList": .list(deliveries)]
        }
    }

    private var deleteUserAttributes: Operation {
        changingOwn("DeleteUserAttributes") { edit, user, pool, client, input in
            var user = user
            for name in input.texts("UserAttributeNames") where pool.schema[name] != nil {
                try Self.checkMayWrite(name, client)
            }
            try Self.remove(input.texts("UserAttributeNames"), from: &user, in: pool)
            user.modified = edit.now
            try edit.save(user, in: pool)
            return [:]
        }
    }

    private var getUserAttributeVerificationCode: Operation {
        changingOwn("GetUserAttributeVerificationCode") { [mint] edit, user, pool, _, input in
            var user = user
            let name = try input.text("AttributeName")
            guard ["email", "phone_number"].contains(name), let value = user[name] else {
                throw AWSFault.invalidParameter("Cannot send a verification code for the attribute \(name).")
            }
            // A new address that waits for its proof is the one to prove, not the one that still holds.
            let pending = user.codes.first { $0.purpose == .attributeVerification && $0.attribute == name }?.value
            let contact = Attribute(name: name, value: pending ?? value)
            Self.send(
                .attributeVerification, as: .verifyUserAttribute, to: contact, of: &user, newValue: pending, in: edit,
                mint: mint)
            try edit.save(user, in: pool)
            return ["CodeDeliveryDetails": Self.delivery(contact)]
        }
    }

    private var verifyUserAttribute: Operation {
        acting("VerifyUserAttribute") { [self] input in
            let bearer = try await bearer(input)
            let given = try input.text("Code"), name = try input.text("AttributeName")
            try await requireCode(given, .attributeVerification, attribute: name, of: bearer.user, in: bearer.pool)
            return try await turn { edit in
                var user = try edit.directory.requiredUser(bearer.user.username, in: bearer.pool)
                let code = try Self.take(given, .attributeVerification, attribute: name, of: &user, at: edit.now)
                user.verify(by: code)
                user.modified = edit.now
                try edit.save(user, in: bearer.pool)
                return [:]
            }
        }
    }

    private var getUserAuthFactors: Operation {
        acting("GetUserAuthFactors") { [self] input in
            let bearer = try await bearer(input)
            var output = bearer.user.mfaOutput
            output["Username"] = .string(bearer.user.username)
            output["ConfiguredUserAuthFactors"] = .list(
                ofTexts: Self.firstFactors(of: bearer.user, in: bearer.pool).filter { $0 != .passwordSRP }.map(\.rawValue))
            return output
        }
    }
}
