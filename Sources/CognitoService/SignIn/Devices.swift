import AWSModel
import Gateway
import TokenCrypto

extension CognitoService {
    /// Devices users sign in from.
    var deviceOperations: [Operation] {
        [
            confirmDevice,
            acting("GetDevice") { [self] input in
                let bearer = try await bearer(input)
                return ["Device": try Self.device(of: bearer.user, input).output]
            },
            acting("ListDevices") { [self] input in try Self.list(try await bearer(input).user, input) },
            changingOwn("ForgetDevice") { edit, user, pool, _, input in
                try Self.forget(user, pool, input, edit)
            },
            changingOwn("UpdateDeviceStatus") { edit, user, pool, _, input in
                try Self.updateStatus(user, pool, input, edit)
            },
            reading("AdminGetDevice") { directory, input in
                ["Device": try Self.device(of: directory.requiredUser(input.text("Username"), in: directory.pool(input)), input).output]
            },
            reading("AdminListDevices") { directory, input in
                try Self.list(directory.requiredUser(input.text("Username"), in: directory.pool(input)), input)
            },
            writing("AdminForgetDevice") { edit, input in
                let pool = try edit.directory.pool(input)
                return try Self.forget(edit.directory.requiredUser(input.text("Username"), in: pool), pool, input, edit)
            },
            writing("AdminUpdateDeviceStatus") { edit, input in
                let pool = try edit.directory.pool(input)
                return try Self.updateStatus(edit.directory.requiredUser(input.text("Username"), in: pool), pool, input, edit)
            },
        ]
    }

    private static func device(of user: User, _ input: CognitoInput) throws -> Device {
        let key = try input.text("DeviceKey")
        guard let device = user.devices.first(where: { $0.key == key }) else {
            throw AWSFault.resourceNotFound("Device does not exist.")
        }
        return device
    }

    private static func list(_ user: User, _ input: CognitoInput) throws -> AWSObject {
        let page = try CognitoPage(
            of: user.devices.map { ($0.key, $0) }.sorted { $0.0 < $1.0 }, size: input.int("Limit").flatMap { $0 == 0 ? nil : $0 } ?? 60,
            token: input.optionalText("PaginationToken"), list: input.list(user.poolID, user.username))
        return ["Devices": .list(page.items.map(\.output)), "PaginationToken": page.next.map { .string($0) }]
    }

    private static func forget(_ user: User, _ pool: Pool, _ input: CognitoInput, _ edit: DirectoryEdit) throws -> AWSObject {
        var user = user
        let key = try device(of: user, input).key
        user.devices.removeAll { $0.key == key }
        try edit.save(user, in: pool)
        return [:]
    }

    private static func updateStatus(_ user: User, _ pool: Pool, _ input: CognitoInput, _ edit: DirectoryEdit) throws -> AWSObject {
        var user = user
        let key = try device(of: user, input).key
        for index in user.devices.indices where user.devices[index].key == key {
            user.devices[index].isRemembered = input.optionalText("DeviceRememberedStatus") == "remembered"
            user.devices[index].modified = edit.now
        }
        try edit.save(user, in: pool)
        return [:]
    }

    private var confirmDevice: Operation {
        changingOwn("ConfirmDevice") { edit, user, pool, _, input in
            var user = user
            let key = try Self.device(of: user, input).key
            let config = input.object["DeviceSecretVerifierConfig"]
            guard let verifier = config?["PasswordVerifier"]?.string.flatMap(Base64Text.decode),
                  let salt = config?["Salt"]?.string.flatMap(Base64Text.decode), !verifier.isEmpty, verifier.count <= 512,
                  !salt.isEmpty
            else { throw AWSFault.invalidParameter("DeviceSecretVerifierConfig needs a PasswordVerifier and a Salt in base64.") }
            for index in user.devices.indices where user.devices[index].key == key {
                user.devices[index].verifier = SRPVerifier(salt: salt, verifier: verifier)
                user.devices[index].name = input.optionalText("DeviceName") ?? user.devices[index].name
                user.devices[index].isRemembered = !pool.devicesAreRememberedOnPrompt
                user.devices[index].modified = edit.now
            }
            try edit.save(user, in: pool)
            return ["UserConfirmationNecessary": .boolean(pool.devicesAreRememberedOnPrompt)]
        }
    }
}
