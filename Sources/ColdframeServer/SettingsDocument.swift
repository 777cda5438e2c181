import Yams

/// The text of a `coldframe.yaml`, which knows where in the file a setting stands.
struct SettingsDocument {
    private let path: String
    private let root: Node

    /// Nil for a file without content. Throws `SettingsProblem` for what is no mapping of settings.
    init?(_ text: String, path: String) throws {
        self.path = path
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch { throw SettingsProblem("\(path) is not YAML: \(error)") }
        guard let node else { return nil }
        guard node.mapping != nil else {
            throw SettingsProblem("\(path) has no settings in it; a line is a name, a colon, a blank and a value, e.g. \"port: 4566\".")
        }
        root = node
    }

    /// Throws `SettingsProblem` for the first name that nothing is called.
    func check(_ shape: SettingsShape) throws { try check(root, shape, at: []) }

    private func check(_ node: Node, _ shape: SettingsShape, at place: [String]) throws {
        // What should be a mapping and is none is the decoder's to refuse.
        guard let mapping = node.mapping else { return }
        for (key, value) in mapping {
            let name = key.string ?? ""
            switch shape {
            case .value: return
            case .named(let inner): try check(value, inner, at: place + [name])
            case .mapping(let known):
                guard let inner = known[name] else {
                    throw problem(
                        key, "\((place + [name]).joined(separator: ".")) is not a setting; known are \(known.keys.sorted().joined(separator: ", ")).")
                }
                try check(value, inner, at: place + [name])
            }
        }
    }

    /// Throws `SettingsProblem` for a value of another type, with its line.
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        do { return try YAMLDecoder().decode(type, from: root) } catch let error as DecodingError { throw problem(error) }
    }

    /// What the decoder found, in words for the person who wrote the file.
    private func problem(_ error: DecodingError) -> SettingsProblem {
        switch error {
        case .typeMismatch(let type, let context): wrongValue(context, expected: type)
        case .valueNotFound(let type, let context): wrongValue(context, expected: type)
        case .keyNotFound(let key, let context):
            problem(node(context.codingPath), "\(Self.name(context.codingPath + [key])) is missing.")
        case .dataCorrupted(let context):
            problem(node(context.codingPath), "\(Self.name(context.codingPath)): \(context.debugDescription)")
        @unknown default: SettingsProblem("\(path) is not a valid coldframe.yaml: \(error)")
        }
    }

    private func wrongValue(_ context: DecodingError.Context, expected type: any Any.Type) -> SettingsProblem {
        let node = node(context.codingPath)
        let given = node?.scalar.map { "is \"\($0.string)\"" } ?? (node?.sequence != nil ? "is a list" : "is a mapping")
        return problem(node, "\(Self.name(context.codingPath)) \(given); it must be \(Self.expectation(type)).")
    }

    private static func expectation(_ type: any Any.Type) -> String {
        switch type {
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is String.Type: "a text"
        // Where a list was meant, the decoder names the kind of node it looked for.
        case is [String].Type, is Node.Sequence.Type: "a list"
        default: "a mapping of names to values"
        }
    }

    private func problem(_ node: Node?, _ message: String) -> SettingsProblem {
        SettingsProblem(path + (node?.mark.map { ":\($0.line)" } ?? "") + ": " + message)
    }

    private func node(_ place: [any CodingKey]) -> Node? {
        place.reduce(root) { node, key in key.intValue.flatMap { node?[$0] } ?? node?[key.stringValue] }
    }

    private static func name(_ place: [any CodingKey]) -> String {
        place.map { key in key.intValue.map { "\($0 + 1)" } ?? key.stringValue }.joined(separator: ".")
    }
}

/// Which names may stand where.
indirect enum SettingsShape {
    /// Whatever the decoder takes.
    case value
    case mapping([String: SettingsShape])
    /// A mapping whose names are the user's own.
    case named(SettingsShape)

    static func values(_ names: Set<String>) -> [String: SettingsShape] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, .value) })
    }

    /// A whole `coldframe.yaml`.
    static var file: SettingsShape {
        var registry = values(RegistryLayer.keys)
        registry["upstreams"] = .named(.mapping(values(UpstreamSetting.keys)))
        var all = values(SettingsLayer.keys)
        all["ecr"] = .mapping(registry)
        all["studio"] = .mapping(values(StudioLayer.keys))
        all["networks"] = .named(.mapping(values(NetworkLayer.keys)))
        all["privateApi"] = .mapping(values(PrivateAPILayer.keys))
        return .mapping(all)
    }
}
