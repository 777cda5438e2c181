package import RegistryRules

extension DocumentValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: DocumentValue...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, DocumentValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }

    /// The object with one member set, or taken away by nil.
    func setting(_ key: String, _ value: DocumentValue?) -> DocumentValue {
        let rest = (members ?? []).filter { $0.key != key }
        return .object(rest + (value.map { [Member(key, $0)] } ?? []))
    }
}

func digest(_ character: Character) -> ImageDigest {
    guard let digest = ImageDigest("sha256:" + String(repeating: character, count: 64)) else {
        preconditionFailure("not a hexadecimal digit")
    }
    return digest
}
