import AWSModel
import IdentityRules
import SimTime
import TokenCrypto

/// One attribute's value.
struct Attribute: Codable, Sendable, Equatable {
    let name: String
    var value: String

    var output: AWSValue { ["Name": .string(name), "Value": .string(value)] }
}

/// A user of a pool. The password is known only as its verifier.
struct User: Stored {
    let poolID: String
    let username: String
    let sub: String
    let created: SimInstant
    var modified: SimInstant
    var status: UserStatus
    var isEnabled = true
    /// Without `sub`, in the order they were set.
    var attributes: [Attribute]
    var verifier: SRPVerifier?
    /// When the temporary password was set; nil for a permanent one.
    var temporarySince: SimInstant?
    var earlierVerifiers: [SRPVerifier] = []
    var lock = AttemptLock()
    /// The open code of each purpose and attribute.
    var codes: [OneTimeCode] = []
    /// Nil while no code was wrong since the last right one.
    var codeAttempts: CodeAttempts?
    var groups: [String] = []
    var mfa = MFASettings()
    var devices: [Device] = []
    /// Text messages were chosen by SetUserSettings.
    var hasMFAOptions: Bool?
    var passkeys: [Passkey]?
    /// A registration of a passkey that has begun.
    var passkeyChallenge: PasskeyChallenge?
    /// The user at identity providers of others, first the one who signed up there.
    var federated: [FederatedIdentity]?
    /// The user name as its pool compares it; names the document.
    let foldedName: String

    struct PasskeyChallenge: Codable, Sendable, Equatable {
        let text: String
        let expires: SimInstant
    }

    struct MFASettings: Codable, Sendable, Equatable {
        var enabled: [SignIn.MFA] = []
        var preferred: SignIn.MFA?
        var totpSecret: [UInt8]?
        /// Passkeys with user verification stand for both factors.
        var hasPasskeyMFA: Bool?
        /// A secret handed out by AssociateSoftwareToken and not yet proven.
        var pendingSecret: [UInt8]?
        var totpName: String?
        /// The time step whose code was used last: it is not good again.
        var lastStep: Int64?
    }

    static func type(_ poolID: String) -> String { "user/\(poolID)" }
    var storedName: String { foldedName }

    /// An attribute's value; `sub` is one too.
    subscript(name: String) -> String? {
        get { name == "sub" ? sub : attributes.first { $0.name == name }?.value }
        set {
            // What was sent to an address says nothing about another.
            if self[name] != newValue { codes.removeAll { $0.attribute == name } }
            let index = attributes.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): attributes[index].value = value
            case (let index?, nil): attributes.remove(at: index)
            case (nil, let value?): attributes.append(Attribute(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Marks what a code has proven: the new value it was sent to, or the present one if it still is what it was sent to.
    mutating func verify(by code: OneTimeCode) {
        if let value = code.value { self[code.attribute] = value }
        if code.proves(self[code.attribute]) { self["\(code.attribute)_verified"] = "true" }
    }

    /// `sub` first, then the others by name.
    var shownAttributes: [Attribute] {
        [Attribute(name: "sub", value: sub)] + attributes.sorted { $0.name < $1.name }
    }

    func identity(in pool: Pool) -> SRPIdentity { SRPIdentity(poolName: pool.srpName, userID: username) }

    /// The attribute and value a code can be sent to, among those named.
    func contact(among attributes: [String], verifiedOnly: Bool) -> Attribute? {
        for name in attributes {
            if let value = self[name], !value.isEmpty, !verifiedOnly || self["\(name)_verified"] == "true" {
                return Attribute(name: name, value: value)
            }
        }
        return nil
    }

    /// Takes a verifier as the password, remembering as many earlier ones as the pool wants.
    mutating func setPassword(_ new: SRPVerifier, temporarySince: SimInstant?, historySize: Int) {
        if let verifier { earlierVerifiers.insert(verifier, at: 0) }
        earlierVerifiers = Array(earlierVerifiers.prefix(historySize))
        verifier = new
        self.temporarySince = temporarySince
        lock = AttemptLock()
    }

    /// The entry of ListUsers and the answer of AdminCreateUser.
    func listed(only names: Set<String>?) -> AWSValue {
        let shown = names.map { names in shownAttributes.filter { names.contains($0.name) } } ?? shownAttributes
        return [
            "Username": .string(username), "Attributes": .list(shown.map(\.output)),
            "UserCreateDate": .timestamp(created), "UserLastModifiedDate": .timestamp(modified),
            "Enabled": .boolean(isEnabled), "UserStatus": .string(status.rawValue),
        ]
    }

    /// How many devices wait for ConfirmDevice at most.
    // AWS: inferred — no bound is told.
    private static let unconfirmedDevicesMax = 10

    /// Adds a device that is not confirmed yet, in the place of the oldest such one where there are too many.
    mutating func add(_ device: Device) {
        let waiting = devices.filter { $0.verifier == nil }
        if waiting.count >= Self.unconfirmedDevicesMax {
            let old = Set(waiting.prefix(waiting.count - Self.unconfirmedDevicesMax + 1).map(\.key))
            devices.removeAll { old.contains($0.key) }
        }
        devices.append(device)
    }

    /// The members that tell of second factors.
    // AWS: doc — MFAOptions tells of text messages only, and only what SetUserSettings set.
    var mfaOutput: AWSObject {
        let names = mfa.enabled.map(\.rawValue) + (mfa.hasPasskeyMFA == true ? ["WEB_AUTHN_MFA"] : [])
        return [
            "MFAOptions": hasMFAOptions == true
                ? [["DeliveryMedium": "SMS", "AttributeName": "phone_number"]] : nil,
            "PreferredMfaSetting": mfa.preferred.map { .string($0.rawValue) },
            "UserMFASettingList": names.isEmpty ? nil : .list(ofTexts: names),
        ]
    }
}

/// A device a user signs in from.
struct Device: Codable, Sendable, Equatable {
    let key: String
    let groupKey: String
    var name: String?
    /// Nil until ConfirmDevice.
    var verifier: SRPVerifier?
    var isRemembered = false
    let created: SimInstant
    var modified: SimInstant
    var lastAuthenticated: SimInstant

    var output: AWSValue {
        [
            "DeviceKey": .string(key),
            "DeviceAttributes": .list([
                ["Name": "device_status", "Value": "valid"],
                ["Name": "device_name", "Value": .string(name ?? key)],
                ["Name": "dev:device_remembered_status", "Value": .string(isRemembered ? "remembered" : "not_remembered")],
            ]),
            "DeviceCreateDate": .timestamp(created), "DeviceLastModifiedDate": .timestamp(modified),
            "DeviceLastAuthenticatedDate": .timestamp(lastAuthenticated),
        ]
    }
}
