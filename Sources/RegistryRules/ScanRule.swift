/// One finding of the local rule file: the images it is found in, and what it says.
///
/// The file is JSON: `{"findings":[{"repository":"team/*","tag":"1.*","digest":"sha256:…","name":"CVE-2024-0001",
/// "severity":"HIGH","description":"…","uri":"https://…","package":"openssl","version":"1.1.1"}]}`. `repository`,
/// `tag` and `digest` narrow it down (wildcards allowed; absent means any); `name` and `severity` are required.
package struct ScanRule: Equatable, Sendable {
    package enum Severity: String, CaseIterable, Sendable {
        case critical = "CRITICAL", high = "HIGH", medium = "MEDIUM", low = "LOW", informational = "INFORMATIONAL"
        case undefined = "UNDEFINED"
    }

    package var name: String
    package var severity: Severity
    package var description: String?
    package var uri: String?
    /// In the order of the file: `package_name`, `package_version`.
    package var attributes: [(key: String, value: String)]
    private let repository: WildcardPattern
    private let tag: WildcardPattern?
    private let digest: WildcardPattern

    /// What is wrong with a rule file, in a phrase that names the place.
    package struct Flaw: Error, Equatable, Sendable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// Reads a rule file. Throws `Flaw`.
    package static func rules(_ document: DocumentValue) throws(Flaw) -> [ScanRule] {
        guard let entries = document["findings"]?.list else { throw Flaw(reason: "findings is not a list") }
        var rules: [ScanRule] = []
        for (index, entry) in entries.enumerated() { rules.append(try ScanRule(entry, index)) }
        return rules
    }

    private init(_ document: DocumentValue, _ index: Int) throws(Flaw) {
        guard let name = document["name"]?.text, !name.isEmpty else { throw Flaw(reason: "findings[\(index)].name is missing") }
        guard let severity = document["severity"]?.text.flatMap(Severity.init(rawValue:)) else {
            throw Flaw(reason: "findings[\(index)].severity is none of \(Severity.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.name = name
        self.severity = severity
        description = document["description"]?.text
        uri = document["uri"]?.text
        attributes = [("package_name", "package"), ("package_version", "version")].compactMap { key, member in
            document[member]?.text.map { (key, $0) }
        }
        repository = WildcardPattern(document["repository"]?.text ?? "*")
        tag = document["tag"]?.text.map(WildcardPattern.init)
        digest = WildcardPattern(document["digest"]?.text ?? "*")
    }

    /// Whether the finding is in that image.
    package func applies(repository name: String, tags: [String], digest text: String) -> Bool {
        repository.matches(name) && digest.matches(text) && (tag.map { tag in tags.contains { tag.matches($0) } } ?? true)
    }

    package static func == (a: ScanRule, b: ScanRule) -> Bool {
        a.name == b.name && a.severity == b.severity && a.description == b.description && a.uri == b.uri
            && a.attributes.elementsEqual(b.attributes) { $0 == $1 } && a.repository == b.repository && a.tag == b.tag
            && a.digest == b.digest
    }
}
