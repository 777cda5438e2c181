import RegistryRules
import Testing

/// Resource policies and scan rules.
@Suite struct PolicyTests {
    static let statement: DocumentValue = [
        "Sid": "pull", "Effect": "Allow", "Principal": ["AWS": "arn:aws:iam::111122223333:root"],
        "Action": ["ecr:BatchGetImage", "ecr:Get*"],
    ]

    static func policy(_ statements: DocumentValue...) -> DocumentValue { ["Version": "2012-10-17", "Statement": .list(statements)] }

    @Test func policiesAreTaken() throws {
        try ResourcePolicy.check(Self.policy(Self.statement), as: .repository)
        let everyone = Self.statement.setting("Principal", "*").setting("Action", "*").setting("Sid", nil)
        try ResourcePolicy.check(Self.policy(everyone, everyone.setting("Effect", "Deny")), as: .repository)
        try ResourcePolicy.check(Self.policy(Self.statement.setting("Resource", "*")), as: .registry)
        #expect(throws: ResourcePolicy.Flaw.invalid(member: "Resource")) {
            try ResourcePolicy.check(Self.policy(Self.statement), as: .registry)
        }
    }

    @Test(arguments: [
        ("no statement", ["Version": "2012-10-17"]), ("no statements", ["Statement": []]), ("another version", ["Version": "2020-01-01", "Statement": [statement]]),
        ("another member", ["Statement": [statement], "X": 1]), ("no principal", policy(statement.setting("Principal", nil))),
        ("a resource", policy(statement.setting("Resource", "*"))), ("no action", policy(statement.setting("Action", nil))),
        ("another service", policy(statement.setting("Action", "s3:GetObject"))), ("no effect", policy(statement.setting("Effect", nil))),
        ("both actions", policy(statement.setting("NotAction", "ecr:X"))), ("equal ids", policy(statement, statement)), ("a text", "x"),
        ("an empty principal", policy(statement.setting("Principal", [:]))), ("a condition as text", policy(statement.setting("Condition", "x"))),
    ] as [(String, DocumentValue)])
    func refusals(_ name: String, _ document: DocumentValue) {
        #expect(throws: ResourcePolicy.Flaw.self, "\(name)") { try ResourcePolicy.check(document, as: .repository) }
    }

    @Test func findingsApplyByRepositoryTagAndDigest() throws {
        let rules = try ScanRule.rules(["findings": [
            ["name": "CVE-1", "severity": "HIGH", "repository": "team/*", "package": "openssl", "version": "1"],
            ["name": "CVE-2", "severity": "LOW", "tag": "1.*"], ["name": "CVE-3", "severity": "LOW", "digest": .text(digest("a").text)],
        ]])
        func names(_ repository: String, _ tags: [String], _ image: ImageDigest) -> [String] {
            rules.filter { $0.applies(repository: repository, tags: tags, digest: image.text) }.map(\.name)
        }
        #expect(names("team/x", ["1.2"], digest("a")) == ["CVE-1", "CVE-2", "CVE-3"])
        #expect(names("other", [], digest("b")).isEmpty)
        #expect(rules[0].attributes.map(\.key) == ["package_name", "package_version"])
        #expect(throws: ScanRule.Flaw.self) { try ScanRule.rules(["findings": [["name": "x", "severity": "BAD"]]]) }
        #expect(throws: ScanRule.Flaw.self) { try ScanRule.rules([:]) }
    }
}
