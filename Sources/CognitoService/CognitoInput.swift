import AWSModel
import AWSProtocols
import Gateway
import TokenCrypto

/// A call's input by member. The gateway has checked it against the model.
struct CognitoInput: Sendable {
    let object: AWSObject
    let context: RequestContext

    init(_ request: OperationRequest) {
        object = request.input
        context = request.context
    }

    /// Throws `InvalidParameterException` when the member is absent.
    func text(_ member: String) throws -> String {
        guard let value = object[member]?.string else { throw AWSFault.missingParameter(member) }
        return value
    }

    func optionalText(_ member: String) -> String? { object[member]?.string }
    func int(_ member: String) -> Int? { object[member]?.int }
    func flag(_ member: String) -> Bool { object[member]?.bool ?? false }
    func texts(_ member: String) -> [String] { object[member]?.texts ?? [] }
    func map(_ member: String) -> [String: String] { object[member]?.textMap ?? [:] }

    /// Names the list that the call asks for: its operation, and all that decides what is in it and in which order.
    func list(_ scope: String...) -> String {
        HexText.encode(Digesting.sha256(JSON.write(.list(ofTexts: [context.operation] + scope))))
    }

    /// Name and value pairs of an attribute list, in order. The later of two of the same name counts.
    func attributes(_ member: String) -> [Attribute] {
        var all: [Attribute] = []
        for item in object[member]?.list ?? [] {
            guard let name = item["Name"]?.string else { continue }
            all.removeAll { $0.name == name }
            all.append(Attribute(name: name, value: item["Value"]?.string ?? ""))
        }
        return all
    }
}

extension AWSValue {
    /// A list's texts.
    var texts: [String]? { list.map { $0.compactMap(\.string) } }

    /// A map of texts.
    var textMap: [String: String] {
        var map: [String: String] = [:]
        for (key, value) in object?.entries ?? [] { map[key] = value.string }
        return map
    }

    /// A list of texts.
    static func list(ofTexts texts: [String]) -> AWSValue { .list(texts.map { .string($0) }) }

    /// A map of texts, ordered by key.
    static func object(ofTexts map: [String: String]) -> AWSValue {
        var object = AWSObject()
        for (key, value) in map.sorted(by: { $0.key < $1.key }) { object.append(key, .string(value)) }
        return .object(object)
    }
}

/// One page of a list. The token names the last item shown, so that items that come and go between two pages neither
/// repeat nor hide others.
struct CognitoPage<Item> {
    let items: [Item]
    /// Nil on the last page.
    let next: String?

    /// - Parameters:
    ///   - all: the items with their sort keys, in ascending order of the keys.
    ///   - list: which list it is, by `CognitoInput.list`; the token of another one is none of its own.
    /// Throws `InvalidParameterException` for a token no list gave out.
    init(of all: [(key: String, item: Item)], size: Int, token: String?, list: String) throws {
        var rest = all[...]
        if let token {
            guard let last = PageToken.read(token, list: list) else {
                throw AWSFault.invalidParameter("Invalid pagination token.")
            }
            rest = rest.drop { $0.key <= last }
        }
        let page = rest.prefix(max(1, size))
        items = page.map(\.item)
        next = rest.count > page.count ? page.last.map { PageToken.write($0.key, list: list) } : nil
    }
}
