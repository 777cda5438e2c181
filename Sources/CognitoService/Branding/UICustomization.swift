import AWSModel
import AWSProtocols
import Gateway
import SimTime
import TokenCrypto

/// The style sheet and logo of the classic hosted pages, of one client or of all that have none.
struct UICustomization: Stored {
    static let allClients = "ALL"

    let poolID: String
    let clientID: String
    var css: String?
    /// PNG, JPEG or GIF.
    var image: [UInt8]?
    let created: SimInstant
    var modified: SimInstant

    static func type(_ poolID: String) -> String { "ui/\(poolID)" }
    var storedName: String { clientID }

    /// The picture as an address that carries it; nil for bytes that are none of the kinds AWS takes.
    var imageAddress: String? {
        guard let image, let kind = Self.imageType(image) else { return nil }
        return "data:\(kind);base64,\(Base64.encode(image))"
    }

    static func imageType(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) { return "image/png" }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "image/jpeg" }
        return bytes.starts(with: Array("GIF8".utf8)) ? "image/gif" : nil
    }
}

extension Directory {
    /// The client's own customization, or the one for all clients.
    func customization(of clientID: String, in pool: Pool) throws -> UICustomization? {
        try one(UICustomization.self, clientID, of: pool) ?? one(UICustomization.self, UICustomization.allClients, of: pool)
    }
}

extension CognitoService {
    private static let imageBytesMax = 100_000
    private static let cssBytesMax = 131_072

    /// SetUICustomization and GetUICustomization.
    var customizationOperations: [Operation] {
        [
            writing("SetUICustomization") { [self] edit, input in
                let pool = try edit.directory.pool(input)
                guard pool.domain != nil else {
                    // AWS: recorded — widely known wording.
                    throw AWSFault.invalidParameter("There has to be an existing domain associated with this user pool")
                }
                let id = try Self.customizedClient(edit.directory, pool, input)
                let before = try edit.directory.one(UICustomization.self, id, of: pool)
                var custom = before ?? UICustomization(poolID: pool.id, clientID: id, created: edit.now, modified: edit.now)
                if let css = input.optionalText("CSS") { custom.css = try Self.checked(css) }
                if let image = input.object["ImageFile"]?.blob {
                    guard image.count <= Self.imageBytesMax, UICustomization.imageType(image) != nil else {
                        throw AWSFault.invalidParameter("The image must be a PNG, JPEG or GIF of at most 100 KB.")
                    }
                    custom.image = image
                }
                custom.modified = edit.now
                try edit.save(custom)
                return ["UICustomization": output(custom)]
            },
            reading("GetUICustomization") { [self] directory, input in
                let pool = try directory.pool(input)
                let id = try Self.customizedClient(directory, pool, input)
                guard let custom = try directory.customization(of: id, in: pool) else { return ["UICustomization": [:]] }
                return ["UICustomization": output(custom)]
            },
        ]
    }

    private static func customizedClient(_ directory: Directory, _ pool: Pool, _ input: CognitoInput) throws -> String {
        guard let id = input.optionalText("ClientId"), id != UICustomization.allClients else { return UICustomization.allClients }
        return try directory.client(input, of: pool).id
    }

    /// AWS takes its own classes only; here nothing may leave the style sheet, or fetch from elsewhere.
    // AWS: doc — class names end in -customizable; wording inferred.
    private static func checked(_ css: String) throws -> String {
        guard css.utf8.count <= cssBytesMax else { throw AWSFault.invalidParameter("The CSS is longer than 131072 characters.") }
        for forbidden in ["<", "@import", "url(", "expression("] where css.lowercased().contains(forbidden) {
            throw AWSFault.invalidParameter("The CSS must not contain \(forbidden).")
        }
        for rule in css.split(separator: "}") {
            let selector = rule.prefix { $0 != "{" }.filter { !$0.isWhitespace }
            guard selector.isEmpty || (selector.hasPrefix(".") && selector.contains("-customizable")) else {
                throw AWSFault.invalidParameter("The following CSS class is not supported: \(selector).")
            }
        }
        return css
    }

    private func output(_ custom: UICustomization) -> AWSValue {
        [
            "UserPoolId": .string(custom.poolID), "ClientId": .string(custom.clientID),
            "ImageUrl": custom.imageAddress.map { .string($0) }, "CSS": custom.css.map { .string($0) },
            "CSSVersion": custom.css.map { .string(String(HexText.encode(Digesting.sha256($0.utf8)).prefix(14))) },
            "LastModifiedDate": .timestamp(custom.modified), "CreationDate": .timestamp(custom.created),
        ]
    }
}
