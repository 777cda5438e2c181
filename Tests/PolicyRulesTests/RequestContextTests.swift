import PolicyRules
import SimTime
import Testing
import Vocabulary

/// Which keys a request has: spec/studio.md §B1 and §B2.
@Suite struct RequestContextTests {
    static let home = AccountID("111122223333") ?? .fallback
    static let session = RequestPrincipal.session(
        arn: "arn:aws:sts::111122223333:assumed-role/R/s", roleARN: "arn:aws:iam::111122223333:role/p/R", account: home)

    static func facts(_ network: NetworkPath) -> RequestFacts {
        RequestFacts(
            userID: "AROAEXAMPLE:s", principalTags: [(key: "Team", value: "ml")], network: network, isSecure: true,
            region: .fallback, now: SimInstant(millisecondsSinceEpoch: 1_767_323_045_678),
            resourceTags: [(key: "cost", value: "7")], requestTags: [(key: "a", value: "1"), (key: "b", value: "2")])
    }

    @Test func `an open path and an endpoint have different keys`() {
        let open = ConditionContext(
            Self.facts(.open(sourceIP: "192.168.10.7")), of: Self.session, servicePrefix: "sagemaker")
        let endpoint = ConditionContext(
            Self.facts(.endpoint(id: "vpce-1", vpc: "vpc-1", sourceIP: "10.16.0.9")), of: Self.session,
            servicePrefix: "sagemaker")
        #expect(open["aws:sourceip"] == ["192.168.10.7"])
        for key in ["aws:VpcSourceIp", "aws:SourceVpc", "aws:SourceVpce"] { #expect(open[key] == nil) }
        #expect(endpoint["aws:SourceIp"] == nil)
        #expect(endpoint["aws:VpcSourceIp"] == ["10.16.0.9"])
        #expect(endpoint["aws:sourceVpc"] == ["vpc-1"])
        #expect(endpoint["aws:sourceVpce"] == ["vpce-1"])
    }

    @Test func `the principal, the tags and the time have theirs`() {
        let session = ConditionContext(
            Self.facts(.open(sourceIP: "1.2.3.4")), of: Self.session, servicePrefix: "sagemaker")
        let expected = [
            "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/p/R"], "aws:PrincipalAccount": ["111122223333"],
            "aws:PrincipalType": ["AssumedRole"], "aws:userid": ["AROAEXAMPLE:s"], "aws:PrincipalTag/team": ["ml"],
            "aws:ResourceTag/Cost": ["7"], "sagemaker:ResourceTag/cost": ["7"], "aws:RequestTag/b": ["2"],
            "aws:TagKeys": ["a", "b"], "aws:CurrentTime": ["2026-01-02T03:04:05Z"], "aws:EpochTime": ["1767323045"],
            "aws:SecureTransport": ["true"], "aws:RequestedRegion": ["us-east-1"],
        ]
        for (key, values) in expected { #expect(session[key] == values, "\(key)") }
        #expect(session["aws:username"] == nil)
        let user = ConditionContext(
            Self.facts(.open(sourceIP: "1.2.3.4")),
            of: .user(arn: "arn:aws:iam::111122223333:user/team/alice", account: Self.home), servicePrefix: "s3")
        #expect(user["aws:username"] == ["alice"])
        #expect(user["aws:PrincipalType"] == ["User"])
        let nobody = ConditionContext(
            Self.facts(.open(sourceIP: "1.2.3.4")), of: .anonymous, servicePrefix: "execute-api")
        #expect(nobody["aws:PrincipalArn"] == nil)
        #expect(nobody["aws:PrincipalType"] == ["Anonymous"])
    }

    struct PathRow: Sendable {
        var network: NetworkPath
        var isAllowed: Bool
    }

    /// The role policy of the second post: any one of its three statements suffices.
    @Test(arguments: [
        PathRow(network: .endpoint(id: "vpce-x", vpc: "vpc-x", sourceIP: "10.16.4.5"), isAllowed: true),
        PathRow(network: .endpoint(id: "vpce-api", vpc: "vpc-x", sourceIP: "10.99.0.1"), isAllowed: true),
        PathRow(network: .endpoint(id: "vpce-studio", vpc: "vpc-x", sourceIP: "10.99.0.1"), isAllowed: true),
        PathRow(network: .open(sourceIP: "192.168.10.200"), isAllowed: true),
        PathRow(network: .open(sourceIP: "192.168.11.1"), isAllowed: false),
        // An address of the VPC that arrives in the open is no VPC address.
        PathRow(network: .open(sourceIP: "10.16.4.5"), isAllowed: false),
        PathRow(network: .endpoint(id: "vpce-x", vpc: "vpc-x", sourceIP: "192.168.10.200"), isAllowed: false),
    ])
    func threeStatements(_ row: PathRow) throws {
        let head = #""Effect":"Allow","Action":"sagemaker:CreatePresignedDomainUrl","#
            + #""Resource":"arn:aws:sagemaker:us-east-1:111122223333:user-profile/*/*""#
        let document = try policy("""
            {\(head),"Condition":{"IpAddress":{"aws:VpcSourceIp":"10.16.0.0/16"}}},
            {\(head),"Condition":{"IpAddress":{"aws:SourceIp":"192.168.10.0/24"}}},
            {\(head),"Condition":{"StringEquals":{"aws:sourceVpce":["vpce-api","vpce-studio"]}}}
            """)
        let request = AuthorizationRequest(
            principal: Self.session, action: "sagemaker:CreatePresignedDomainUrl",
            resource: "arn:aws:sagemaker:us-east-1:111122223333:user-profile/d-1/alice",
            context: ConditionContext(Self.facts(row.network), of: Self.session, servicePrefix: "sagemaker"))
        #expect(ApplicablePolicies(identity: [document]).decision(on: request).isAllowed == row.isAllowed)
    }
}
