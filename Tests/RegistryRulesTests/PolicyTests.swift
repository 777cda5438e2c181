import RegistryRules
import Testing

/// Resource policies and scan rules.
@Suite struct PolicyTests {
    static let statement: DocumentValue = [
        "Sid": "pull", "Effect": "Allow", "Principal": ["AWS": "arn:aws:iam::111122223333:root"],
        "Action": ["ecr:BatchGetImage", "ecr:Get*"],
    ]

    static func policy(_ statements: DocumentValue...) -> DocumentValue { ["Version": "2012-10-17", "Statement": .list(statements)] }

    @Test(arguments: [
        ("ecr:BatchGetImage", "111122223333", true), ("ecr:GetDownloadUrlForLayer", "111122223333", true),
        ("ecr:PutImage", "111122223333", false), ("ecr:BatchGetImage", "999922223333", false),
    ])
    func statementsAllow(_ action: String, _ account: String, _ isAllowed: Bool) throws {
        let policy = try ResourcePolicy(Self.policy(Self.statement), kind: .repository)
        let principal = "arn:aws:iam::\(account):user/ada"
        #expect(policy.allows(principal: principal, account: account, action: action, resource: "r") == isAllowed)
    }

    @Test func denialsWinAndConditionsAllowNothing() throws {
        let everyone = Self.statement.setting("Principal", "*").setting("Action", "ecr:*").setting("Sid", nil)
        let denied = everyone.setting("Effect", "Deny").setting("Action", "ecr:PutImage")
        let policy = try ResourcePolicy(Self.policy(everyone, denied), kind: .repository)
        #expect(policy.allows(principal: "p", account: "1", action: "ecr:BatchGetImage", resource: "r"))
        #expect(!policy.allows(principal: "p", account: "1", action: "ecr:PutImage", resource: "r"))
        let conditional = try ResourcePolicy(
            Self.policy(everyone.setting("Condition", ["StringEquals": ["aws:x": "y"]])), kind: .repository)
        #expect(!conditional.allows(principal: "p", account: "1", action: "ecr:BatchGetImage", resource: "r"))
    }

    @Test func registryPoliciesNameResources() throws {
        let replication = Self.statement.setting("Action", ["ecr:CreateRepository", "ecr:ReplicateImage"])
            .setting("Resource", "arn:aws:ecr:us-east-1:123456789012:repository/team/*")
        let policy = try ResourcePolicy(Self.policy(replication), kind: .registry)
        func allows(_ name: String) -> Bool {
            policy.allows(
                principal: "arn:aws:iam::111122223333:root", account: "111122223333", action: "ecr:ReplicateImage",
                resource: "arn:aws:ecr:us-east-1:123456789012:repository/\(name)")
        }
        #expect(allows("team/x"))
        #expect(!allows("other"))
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
        #expect(throws: ResourcePolicy.Flaw.self, "\(name)") { try ResourcePolicy(document, kind: .repository) }
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
