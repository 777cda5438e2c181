import RegistryRules
import Testing
import Vocabulary

/// Names, tags, digests, hosts and whole references.
@Suite struct NameTests {
    @Test(arguments: [
        ("ab", true), ("a", false), ("a/b", true), ("a.b", true), ("a_b", true), ("a__b", true), ("a___b", false),
        ("a--b", true), ("a-----b", true), ("a..b", false), ("a._b", false), ("a-_b", false), ("/ab", false), ("ab/", false),
        ("a//b", false), ("Ab", false), ("-ab", false), ("ab-", false), ("team/churn.model_v1/x--y", true), ("é1", false),
        ("", false), (String(repeating: "a", count: 256), true), (String(repeating: "a", count: 257), false),
    ])
    func repositoryNames(_ text: String, _ isValid: Bool) { #expect((RepositoryName(text) != nil) == isValid) }

    @Test(arguments: [
        ("latest", true), ("1.0-a_B", true), ("_x", true), (".x", false), ("-x", false), ("", false), ("a/b", false),
        ("a:b", false), (String(repeating: "t", count: 128), true), (String(repeating: "t", count: 129), false),
    ])
    func tags(_ text: String, _ isValid: Bool) { #expect((ImageTag(text) != nil) == isValid) }

    @Test(arguments: [
        ("sha256:" + String(repeating: "a", count: 64), true, true),
        ("sha256:" + String(repeating: "A", count: 64), false, true),
        ("sha256:" + String(repeating: "a", count: 63), false, true),
        ("sha512:" + String(repeating: "a", count: 64), false, true),
        ("sha256:", false, false), ("sha256", false, false), ("a:b:c", false, false), ("sha256:xyz", false, false), ("", false, false),
    ])
    func digests(_ text: String, _ isDigest: Bool, _ isWellFormed: Bool) {
        #expect((ImageDigest(text) != nil) == isDigest)
        #expect(ImageDigest.isWellFormed(text) == isWellFormed)
    }

    @Test(arguments: [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "123456789012/eu-west-1"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com:4566", "123456789012/eu-west-1"),
        ("123456789012.DKR.ecr-fips.us-gov-west-1.amazonaws.com", "123456789012/us-gov-west-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "123456789012/cn-north-1"),
        ("123456789012.dkr.ecr.us-east-1.localhost:4566", "123456789012/us-east-1"),
        ("localhost:4566", "local"), ("127.0.0.1", "local"), ("[::1]:80", "local"), ("registry", "local"), ("x.localhost", "local"),
        ("quay.io", nil), ("12345.dkr.ecr.us-east-1.amazonaws.com", nil), ("123456789012.dkr.ecr.us-east-1.evil.com", nil),
        ("", nil), ("a..b", nil),
    ])
    func hosts(_ host: String, _ expected: String?) {
        switch RegistryHost(host) {
        case .registry(let realm): #expect(realm.description == expected)
        case .local: #expect(expected == "local")
        case nil: #expect(expected == nil)
        }
    }

    @Test func references() throws {
        let plain = try #require(ImageReference("123456789012.dkr.ecr.us-east-1.amazonaws.com/team/churn"))
        #expect(plain.repository.text == "team/churn")
        #expect(plain.effectiveTag?.text == "latest")
        let both = try #require(ImageReference("localhost:4566/churn:1.0@\(digest("a"))"))
        #expect(both.tag?.text == "1.0")
        #expect(both.digest == digest("a"))
        #expect(both.repositoryURI == "localhost:4566/churn")
        #expect(try #require(ImageReference("localhost/churn@\(digest("b"))")).effectiveTag == nil)
        for text in ["churn:1", "quay.io/churn:1", "localhost/Churn", "localhost/churn:", "localhost/churn@sha256:1", "/churn", ""] {
            #expect(ImageReference(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*", "abc", true), ("a*", "bac", false), ("*c", "abc", true), ("a*c", "abc", true),
        ("a*c", "ac", true), ("a*a", "a", false), ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false), ("abc", "abc", true),
        ("abc", "abcd", false), ("**", "x", true), ("a*bb*b", "abbb", true), ("a*bb*bb", "abbb", false), ("", "", true),
    ])
    func wildcards(_ pattern: String, _ subject: String, _ matches: Bool) {
        #expect(WildcardPattern(pattern).matches(subject) == matches)
    }

    @Test(arguments: [
        ("team/a/x", ["team", "team/a", "ROOT"], "team/a"), ("team/a", ["team", "team/a"], "team"), ("teams/x", ["team"], nil),
        ("other", ["team", "ROOT"], "ROOT"), ("team/x", ["team/"], "team/"),
    ] as [(String, [String], String?)])
    func theLongestPrefixWins(_ name: String, _ prefixes: [String], _ expected: String?) {
        #expect(PrefixChoice.best(for: name, among: prefixes) == expected)
    }

    @Test func upstreamNames() {
        #expect(PrefixChoice.upstreamName(of: "hub/library/x", under: "hub", upstreamPrefix: nil) == "library/x")
        #expect(PrefixChoice.upstreamName(of: "hub/x", under: "hub/", upstreamPrefix: "team") == "team/x")
        #expect(PrefixChoice.upstreamName(of: "x/y", under: "ROOT", upstreamPrefix: "ROOT") == "x/y")
    }

    @Test(arguments: [
        (TagMutability.Mode.mutable, [], "v1", false), (.immutable, [], "v1", true),
        (.immutableWithExclusion, ["dev*"], "dev1", false), (.immutableWithExclusion, ["dev*"], "v1", true),
        (.mutableWithExclusion, ["v*", "prod"], "prod", true), (.mutableWithExclusion, ["v*"], "dev", false),
    ] as [(TagMutability.Mode, [String], String, Bool)])
    func mutability(_ mode: TagMutability.Mode, _ filters: [String], _ tag: String, _ isFixed: Bool) throws {
        #expect(try TagMutability(mode: mode, filters: filters).isFixed(tag) == isFixed)
    }

    @Test func exclusionsBelongToTheirModes() {
        #expect(throws: TagMutability.Flaw.filtersMissing(.immutableWithExclusion)) {
            try TagMutability(mode: .immutableWithExclusion, filters: [])
        }
        #expect(throws: TagMutability.Flaw.filtersNotAllowed(.mutable)) { try TagMutability(mode: .mutable, filters: ["x"]) }
    }
}
