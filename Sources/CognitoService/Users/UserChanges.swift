import AWSModel
import HTTPServer
import IdentityRules
import SimTime
import Timeline
import TokenCrypto

extension CognitoService {
    /// Throws `InvalidParameterException` unless the attributes follow the schema, and their form.
    static func check(_ attributes: [Attribute], in pool: Pool, by writer: AttributeSchema.Writer, client: Client? = nil) throws {
        var lines = pool.schema.violations(attributes.map { ($0.name, $0.value) }, by: writer)
        if writer == .creation, client != nil { lines += pool.schema.missing(from: Set(attributes.map(\.name))) }
        if !lines.isEmpty { throw AWSFault.schema(lines, isUpdate: writer != .creation) }
        for attribute in attributes where !attribute.value.isEmpty {
            if attribute.name == "email", !CodeDestination.isEmail(attribute.value) {
                throw AWSFault.invalidParameter("Invalid email address format.")
            }
            if attribute.name == "phone_number", !CodeDestination.isPhoneNumber(attribute.value) {
                throw AWSFault.invalidParameter("Invalid phone number format.")
            }
        }
        guard let client else { return }
        for attribute in attributes {
            try checkMayWrite(attribute.name, client)
            if pool.schema[attribute.name]?.isDeveloperOnly == true { throw AWSFault.unauthorizedAttribute }
        }
    }

    /// Throws unless users of the client may set the attribute. Marks of verification are the service's own to set.
    // AWS: doc — attribute permissions and scopes.
    static func checkMayWrite(_ name: String, _ client: Client) throws {
        if name == "email_verified" || name == "phone_number_verified" { throw AWSFault.unauthorizedAttribute }
        guard client.writableAttributes?.contains(name) ?? true else { throw AWSFault.unauthorizedAttribute }
    }

    /// Throws `InvalidPasswordException` unless the password follows the pool's policy.
    static func check(password: String, in pool: Pool, byUser: Bool) throws {
        if let violation = pool.passwordPolicy.violation(of: password) {
            throw AWSFault.weakPassword(violation, byUser: byUser)
        }
    }

    /// Computes a verifier for a new password, and refuses one of the remembered earlier ones.
    func verifier(_ password: String, for user: User, in pool: Pool) async throws -> SRPVerifier {
        let salt = mint.bytes(16)
        let remembered = pool.passwordPolicy.historySize > 0
            ? [user.verifier].compactMap { $0 } + user.earlierVerifiers : []
        return try await offLoop {
            let identity = user.identity(in: pool)
            if remembered.contains(where: { $0.matches(password, of: identity) }) {
                throw AWSFault.cognito(
                    "PasswordHistoryPolicyViolationException", "Password has previously been used.")
            }
            return SRPVerifier(password: password, of: identity, salt: salt)
        }
    }

    /// Whether the password is the user's; costs some time away from the event loop unless it was right before.
    func matches(_ password: String, _ user: User, in pool: Pool) async throws -> Bool {
        guard let verifier = user.verifier else { return false }
        return try await offLoop { provenPasswords.isRight(password, verifier, of: user.identity(in: pool)) }
    }

    // MARK: Codes

    /// Puts a new code in the place of an open one for the same purpose and attribute, and sends it.
    /// - Parameter newValue: what the attribute becomes once the code comes back; nil when it has its value already.
    static func send(
        _ purpose: OneTimeCode.Purpose, as occasion: MessageOccasion, to contact: Attribute, of user: inout User,
        newValue: String? = nil, in edit: DirectoryEdit, mint: CognitoMint
    ) {
        let code = OneTimeCode(
            purpose, digits: mint.code(), attribute: contact.name, value: newValue, sentTo: contact.value,
            sentAt: edit.now)
        user.codes.removeAll { $0.purpose == purpose && $0.attribute == contact.name }
        user.codes.append(code)
        post(occasion, code.digits, to: contact, of: user, in: edit)
    }

    /// Sends a message once the turn is committed.
    static func post(_ occasion: MessageOccasion, _ code: String, to contact: Attribute, of user: User, in edit: DirectoryEdit) {
        edit.outbox.add(.init(user: user, occasion: occasion, contact: contact, code: code, instant: edit.now))
    }

    static func medium(_ attribute: String) -> String { attribute == "phone_number" ? "SMS" : "EMAIL" }

    /// The `CodeDeliveryDetails` structure.
    static func delivery(_ contact: Attribute) -> AWSValue {
        [
            "Destination": .string(
                contact.name == "phone_number"
                    ? CodeDestination.masked(phoneNumber: contact.value) : CodeDestination.masked(email: contact.value)),
            "DeliveryMedium": .string(medium(contact.name)), "AttributeName": .string(contact.name),
        ]
    }

    /// Takes the open code of a purpose if `given` is it. Throws `CodeMismatchException`, `ExpiredCodeException`, and
    /// `LimitExceededException` after too many wrong ones. A wrong one is counted in `user`.
    static func take(
        _ given: String, _ purpose: OneTimeCode.Purpose, attribute: String? = nil, of user: inout User, at now: SimInstant
    ) throws -> OneTimeCode {
        if user.codeAttempts?.isExhausted(at: now) == true { throw AWSFault.limitExceeded }
        let open = user.codes.filter { $0.purpose == purpose && $0.attribute == attribute ?? $0.attribute }
        guard !open.isEmpty else { throw AWSFault.expiredCode }
        guard let right = open.first(where: { $0.verdict(on: given, at: now) == .right }) else {
            if open.allSatisfy({ $0.verdict(on: given, at: now) == .expired }) { throw AWSFault.expiredCode }
            var attempts = user.codeAttempts ?? CodeAttempts()
            attempts.failed(at: now)
            user.codeAttempts = attempts
            throw AWSFault.wrongCode
        }
        user.codeAttempts = nil
        user.codes.removeAll { $0 == right }
        return right
    }

    /// Throws as `take` does, after a wrong code has been counted: what a turn that throws changes is undone.
    func requireCode(
        _ given: String, _ purpose: OneTimeCode.Purpose, attribute: String? = nil, of user: User, in pool: Pool
    ) async throws {
        let refusal: AWSFault? = try await turn { edit in
            var user = try edit.directory.requiredUser(user.username, in: pool)
            do {
                _ = try Self.take(given, purpose, attribute: attribute, of: &user, at: edit.now)
                return nil
            } catch let fault as AWSFault {
                try edit.save(user)
                return fault
            }
        }
        if let refusal { throw refusal }
    }

    /// Sends codes for attributes that have changed and that the pool verifies by itself; others just lose their mark.
    /// An empty address or number is none. Throws when it is required.
    static func attributesChanged(
        _ attributes: [Attribute], of user: inout User, in pool: Pool, edit: DirectoryEdit, mint: CognitoMint
    ) throws -> [AWSValue] {
        var deliveries: [AWSValue] = []
        // What is not set any more below: a new value that is to be proven first, or one that is gone.
        var settled: Set<String> = []
        for attribute in attributes where ["email", "phone_number"].contains(attribute.name) {
            // AWS: doc — a blank value deletes the attribute.
            if attribute.value.isEmpty {
                try remove([attribute.name], from: &user, in: pool)
                settled.formUnion([attribute.name, attribute.name + "_verified"])
                continue
            }
            let isNew = user[attribute.name] != attribute.value
            // Who sets the value that holds wants no other.
            user.codes.removeAll { $0.attribute == attribute.name && $0.value != nil }
            let comesVerified = attributes.contains(Attribute(name: attribute.name + "_verified", value: "true"))
            // AWS: doc — AttributesRequireVerificationBeforeUpdate: the old value holds until the new one is proven.
            if isNew, user[attribute.name] != nil, !comesVerified, pool.attributesVerifiedBeforeUpdate.contains(attribute.name) {
                send(
                    .attributeVerification, as: .updateUserAttribute, to: attribute, of: &user, newValue: attribute.value,
                    in: edit, mint: mint)
                deliveries.append(delivery(attribute))
                settled.formUnion([attribute.name, attribute.name + "_verified"])
                continue
            }
            user[attribute.name] = attribute.value
            guard isNew else { continue }
            if !attributes.contains(where: { $0.name == attribute.name + "_verified" }) {
                user[attribute.name + "_verified"] = "false"
            }
            if pool.autoVerifiedAttributes.contains(attribute.name), user[attribute.name + "_verified"] != "true" {
                send(.attributeVerification, as: .updateUserAttribute, to: attribute, of: &user, in: edit, mint: mint)
                deliveries.append(delivery(attribute))
            }
        }
        for attribute in attributes where !settled.contains(attribute.name) { user[attribute.name] = attribute.value }
        user.modified = edit.now
        return deliveries
    }
}
