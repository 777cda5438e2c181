import AWSModel
import Gateway
import SimTime

/// How a client's hosted pages look: settings and pictures, or those that AWS provides.
struct ManagedLoginBranding: Stored {
    let id: String
    let poolID: String
    let clientID: String
    var usesProvidedValues: Bool
    var settings: AWSValue?
    var assets: AWSValue?
    let created: SimInstant
    var modified: SimInstant

    static func type(_ poolID: String) -> String { "branding/\(poolID)" }
    var storedName: String { id }

    /// - Parameter isMerged: with the values AWS provides for what is not set.
    func output(isMerged: Bool) -> AWSValue {
        let own = settings ?? [:]
        return [
            "ManagedLoginBrandingId": .string(id), "UserPoolId": .string(poolID),
            "UseCognitoProvidedValues": .boolean(usesProvidedValues),
            "Settings": isMerged ? ProvidedBranding.settings.merged(with: own) : settings, "Assets": assets,
            "CreationDate": .timestamp(created), "LastModifiedDate": .timestamp(modified),
        ]
    }

    /// A colour of eight hexadecimal digits as a style sheet has it; nil for anything else.
    func color(_ path: String...) -> String? {
        var value: AWSValue? = settings
        for step in path { value = value?[step] }
        guard let text = value?.string, text.utf8.count == 8, text.utf8.allSatisfy({ byte in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
        }) else { return nil }
        return "#" + text
    }
}

/// What AWS provides where a branding sets nothing, as far as the pages here show it.
// AWS: inferred — the colours of the default style.
enum ProvidedBranding {
    static let settings: AWSValue = [
        "categories": ["global": ["colorSchemeMode": "LIGHT"]],
        "components": [
            "pageBackground": ["lightMode": ["color": "ffffffff"], "darkMode": ["color": "0f1b2aff"]],
            "form": ["lightMode": ["backgroundColor": "ffffffff", "borderColor": "c6c6cdff"], "borderRadius": 8],
            "primaryButton": ["lightMode": ["defaults": ["backgroundColor": "0972d3ff", "textColor": "ffffffff"]]],
        ],
    ]
}

extension AWSValue {
    /// Objects member by member; everything else is replaced.
    func merged(with other: AWSValue) -> AWSValue {
        guard case .object(var mine) = self, case .object(let theirs) = other else { return other }
        for (name, value) in theirs.entries { mine[name] = mine[name]?.merged(with: value) ?? value }
        return .object(mine)
    }
}

extension CognitoService {
    /// CreateManagedLoginBranding … DeleteManagedLoginBranding.
    var brandingOperations: [Operation] {
        let missing = "the pages show the colours of page, form and primary button; pictures are stored only"
        return [
            writing("CreateManagedLoginBranding", coverage: .partial(missing)) { [mint] edit, input in
                let pool = try edit.directory.pool(input), client = try edit.directory.client(input, of: pool)
                guard try edit.directory.branding(of: client, in: pool) == nil else {
                    throw AWSFault.cognito(
                        "ManagedLoginBrandingExistsException", "Managed login branding already exists for client: \(client.id).")
                }
                var branding = ManagedLoginBranding(
                    id: mint.uuid(), poolID: pool.id, clientID: client.id, usesProvidedValues: false, created: edit.now,
                    modified: edit.now)
                try Self.style(&branding, input)
                try edit.save(branding)
                return ["ManagedLoginBranding": branding.output(isMerged: false)]
            },
            writing("UpdateManagedLoginBranding", coverage: .partial(missing)) { edit, input in
                var branding = try Self.branding(edit.directory, input)
                try Self.style(&branding, input)
                branding.modified = edit.now
                try edit.save(branding)
                return ["ManagedLoginBranding": branding.output(isMerged: false)]
            },
            reading("DescribeManagedLoginBranding") { directory, input in
                ["ManagedLoginBranding": try Self.branding(directory, input).output(isMerged: input.flag("ReturnMergedResources"))]
            },
            reading("DescribeManagedLoginBrandingByClient") { directory, input in
                let pool = try directory.pool(input), client = try directory.client(input, of: pool)
                guard let branding = try directory.branding(of: client, in: pool) else {
                    throw AWSFault.resourceNotFound("Managed login branding does not exist for client \(client.id).")
                }
                return ["ManagedLoginBranding": branding.output(isMerged: input.flag("ReturnMergedResources"))]
            },
            writing("DeleteManagedLoginBranding") { edit, input in
                try edit.delete(try Self.branding(edit.directory, input))
                return [:]
            },
        ]
    }

    private static func branding(_ directory: Directory, _ input: CognitoInput) throws -> ManagedLoginBranding {
        let id = try input.text("ManagedLoginBrandingId")
        guard let branding = try directory.one(ManagedLoginBranding.self, id, of: directory.pool(input)) else {
            throw AWSFault.resourceNotFound("Managed login branding \(id) does not exist.")
        }
        return branding
    }

    // AWS: doc — either the provided values or one's own; a picture is given by its bytes or by a resource of before.
    private static func style(_ branding: inout ManagedLoginBranding, _ input: CognitoInput) throws {
        let provided = input.flag("UseCognitoProvidedValues")
        if provided, input.object["Settings"] != nil || input.object["Assets"] != nil {
            throw AWSFault.invalidParameter("Settings and Assets cannot be used with UseCognitoProvidedValues.")
        }
        for asset in input.object["Assets"]?.list ?? [] where asset["Bytes"] == nil && asset["ResourceId"] == nil {
            throw AWSFault.invalidParameter("An asset needs Bytes or a ResourceId.")
        }
        branding.usesProvidedValues = provided
        branding.settings = input.object["Settings"]
        branding.assets = input.object["Assets"]
    }
}

extension Directory {
    func branding(of client: Client, in pool: Pool) throws -> ManagedLoginBranding? {
        try all(ManagedLoginBranding.self, of: pool).first { $0.clientID == client.id }
    }
}
