import PolicyRules
import SimTime
import Testing
import Vocabulary

/// The order of evaluation and its texts: spec/studio.md §B4 and §B5.
@Suite struct DecisionTests {
    static let home = AccountID("111122223333") ?? .fallback
    static let away = AccountID("444455556666") ?? .fallback
    static let user = RequestPrincipal.user(arn: "arn:aws:iam::111122223333:user/alice", account: home)
    static let role = RequestPrincipal.session(
        arn: "arn:aws:sts::111122223333:assumed-role/R/s", roleARN: "arn:aws:iam::111122223333:role/p/R", account: home)
    static let app = "arn:aws:sagemaker:us-east-1:111122223333:app/d-1/p/jupyterserver/default"

    static let allow = #"{"Effect":"Allow","Action":"sagemaker:*","Resource":"*"}"#
    static let allowsOther = #"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#
    static let deny = #"{"Effect":"Deny","Action":"sagemaker:CreateApp","Resource":"*"}"#

    static let alice = #"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#

    static func named(_ principal: String, effect: String = "Allow", not: Bool = false) -> String {
        #"{"Effect":"\#(effect)","\#(not ? "Not" : "")Principal":\#(principal),"Action":"*","Resource":"*"}"#
    }

    static func request(_ principal: RequestPrincipal, owner: AccountID? = nil) -> AuthorizationRequest {
        AuthorizationRequest(
            principal: principal, action: "sagemaker:CreateApp", resource: app, resourceAccount: owner,
            context: ConditionContext())
    }

    struct Row: Sendable {
        var principal = DecisionTests.user
        var owner: AccountID?
        /// Statements by kind.
        var policies: [PolicyKind: String]
        var verdict: AuthorizationDecision.Verdict
    }

    static func applicable(_ statements: [PolicyKind: String]) throws -> ApplicablePolicies {
        func list(_ kind: PolicyKind, _ grammar: Policy.Grammar = .identity) throws -> [Policy]? {
            try statements[kind].map { [try policy($0, as: grammar)] }
        }
        return ApplicablePolicies(
            identity: try list(.identity) ?? [], resource: try list(.resource, .resource) ?? [],
            roleTrust: try list(.roleTrust, .trust)?.first, boundary: try list(.boundary), session: try list(.session),
            serviceControl: try list(.serviceControl), vpcEndpoint: try list(.vpcEndpoint, .resource))
    }

    @Test(arguments: [
        Row(policies: [:], verdict: .implicitDeny(.identity)),
        Row(policies: [.identity: allow], verdict: .allowed),
        Row(policies: [.identity: allow + "," + deny], verdict: .explicitDeny(.identity)),
        Row(policies: [.identity: allow, .boundary: allow], verdict: .allowed),
        Row(policies: [.identity: allow, .boundary: allowsOther], verdict: .implicitDeny(.boundary)),
        Row(policies: [.boundary: allow], verdict: .implicitDeny(.identity)),
        Row(policies: [.identity: allow, .session: allowsOther], verdict: .implicitDeny(.session)),
        Row(policies: [.identity: allow, .serviceControl: allowsOther], verdict: .implicitDeny(.serviceControl)),
        Row(policies: [.identity: allow, .vpcEndpoint: named("\"*\"")], verdict: .allowed),
        Row(
            policies: [.identity: allow, .vpcEndpoint: named(#"{"AWS":"444455556666"}"#)],
            verdict: .implicitDeny(.vpcEndpoint)),
        // The order in which kinds are named.
        Row(
            policies: [.identity: deny, .boundary: deny, .serviceControl: deny],
            verdict: .explicitDeny(.serviceControl)),
        Row(policies: [.identity: deny, .boundary: deny, .session: deny], verdict: .explicitDeny(.boundary)),
        Row(
            policies: [.identity: allow, .boundary: allowsOther, .session: allowsOther],
            verdict: .implicitDeny(.boundary)),
    ])
    func kinds(_ row: Row) throws { try check(row) }

    @Test(arguments: [
        // A user or everybody named: no more is asked within the account.
        Row(
            policies: [.resource: named(alice), .boundary: allowsOther],
            verdict: .allowed),
        Row(policies: [.resource: named("\"*\"")], verdict: .allowed),
        Row(policies: [.resource: named(#"{"AWS":"*"}"#), .session: allowsOther], verdict: .allowed),
        // The account named: an identity policy is needed.
        Row(policies: [.resource: named(#"{"AWS":"111122223333"}"#)], verdict: .implicitDeny(.identity)),
        Row(
            policies: [.resource: named(#"{"AWS":"arn:aws:iam::111122223333:root"}"#), .identity: allow],
            verdict: .allowed),
        // The role named: boundary and session still count; its session named: they do not.
        Row(
            principal: role, policies: [.resource: named(#"{"AWS":"arn:aws:iam::111122223333:role/p/R"}"#)],
            verdict: .allowed),
        Row(
            principal: role,
            policies: [.resource: named(#"{"AWS":"arn:aws:iam::111122223333:role/p/R"}"#), .boundary: allowsOther],
            verdict: .implicitDeny(.boundary)),
        Row(
            principal: role,
            policies: [
                .resource: named(#"{"AWS":"arn:aws:sts::111122223333:assumed-role/R/s"}"#),
                .session: allowsOther,
            ],
            verdict: .allowed),
        Row(policies: [.resource: named("\"*\"", effect: "Deny"), .identity: allow], verdict: .explicitDeny(.resource)),
        // Across accounts both sides must allow.
        Row(owner: away, policies: [.identity: allow], verdict: .implicitDeny(.resource)),
        Row(owner: away, policies: [.resource: named("\"*\"")], verdict: .implicitDeny(.identity)),
        Row(owner: away, policies: [.resource: named(#"{"AWS":"111122223333"}"#), .identity: allow], verdict: .allowed),
        Row(
            owner: away,
            policies: [.resource: named(alice), .identity: allow, .boundary: allowsOther],
            verdict: .implicitDeny(.boundary)),
        // Root needs no identity policy and heeds no boundary, but obeys an explicit deny and the organisation.
        Row(principal: .root(home), policies: [:], verdict: .allowed),
        Row(principal: .root(home), policies: [.boundary: allowsOther], verdict: .allowed),
        Row(principal: .root(home), policies: [.serviceControl: allowsOther], verdict: .implicitDeny(.serviceControl)),
        Row(
            principal: .root(home), policies: [.resource: named("\"*\"", effect: "Deny")],
            verdict: .explicitDeny(.resource)),
        // Principals of no account have only the resource's policy.
        Row(principal: .anonymous, policies: [.resource: named("\"*\"")], verdict: .allowed),
        Row(
            principal: .anonymous, policies: [.resource: named(#"{"AWS":"111122223333"}"#)],
            verdict: .implicitDeny(.resource)),
        Row(
            principal: .service("sagemaker.amazonaws.com"),
            policies: [.resource: named(#"{"Service":["ecs.amazonaws.com","sagemaker.amazonaws.com"]}"#)],
            verdict: .allowed),
        Row(
            principal: .federated(provider: "accounts.example"),
            policies: [.resource: named(#"{"Federated":"accounts.example"}"#)], verdict: .allowed),
    ])
    func resources(_ row: Row) throws { try check(row) }

    @Test(arguments: [
        // A Deny spares only who is listed by every name.
        Row(
            policies: [.resource: named(alice, effect: "Deny", not: true),
                .identity: allow,
            ],
            verdict: .explicitDeny(.resource)),
        Row(
            policies: [
                .resource: named(#"{"AWS":["111122223333","arn:aws:iam::111122223333:user/alice"]}"#, effect: "Deny", not: true),
                .identity: allow,
            ],
            verdict: .allowed),
        Row(
            principal: role,
            policies: [
                .resource: named(#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/p/R"]}"#, effect: "Deny", not: true),
                .identity: allow,
            ],
            verdict: .explicitDeny(.resource)),
        Row(policies: [.resource: named("\"*\"", effect: "Deny", not: true),
                .identity: allow,
            ], verdict: .allowed),
        Row(
            principal: .anonymous, policies: [.resource: named(#"{"AWS":"111122223333"}"#, not: true)],
            verdict: .allowed),
        Row(policies: [.resource: named(#"{"AWS":"111122223333"}"#, not: true)], verdict: .implicitDeny(.identity)),
    ])
    func notPrincipal(_ row: Row) throws { try check(row) }

    private func check(_ row: Row) throws {
        let decision = try Self.applicable(row.policies).decision(on: Self.request(row.principal, owner: row.owner))
        #expect(decision.verdict == row.verdict)
    }

    @Test(arguments: [
        Row(policies: [.roleTrust: #"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#], verdict: .allowed),
        Row(policies: [.roleTrust: #"{"AWS":"111122223333"}"#], verdict: .implicitDeny(.identity)),
        Row(
            policies: [
                .roleTrust: #"{"AWS":"111122223333"}"#,
                .identity: #"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/*"}"#,
            ],
            verdict: .allowed),
        Row(
            policies: [
                .roleTrust: #"{"AWS":"444455556666"}"#,
                .identity: #"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            ],
            verdict: .implicitDeny(.roleTrust)),
        Row(
            principal: .service("sagemaker.amazonaws.com"),
            policies: [.roleTrust: #"{"Service":"sagemaker.amazonaws.com"}"#], verdict: .allowed),
        Row(principal: .root(home), policies: [.roleTrust: #"{"AWS":"111122223333"}"#], verdict: .allowed),
        Row(
            principal: .root(home), policies: [.roleTrust: #"{"Service":"sagemaker.amazonaws.com"}"#],
            verdict: .implicitDeny(.roleTrust)),
        Row(
            owner: away, policies: [.roleTrust: #"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#],
            verdict: .implicitDeny(.identity)),
    ])
    func trust(_ row: Row) throws {
        var statements = row.policies
        let principal = try #require(statements[.roleTrust])
        statements[.roleTrust] = #"{"Effect":"Allow","Principal":\#(principal),"Action":"sts:AssumeRole"}"#
        let request = AuthorizationRequest(
            principal: row.principal, action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/x",
            resourceAccount: row.owner, context: ConditionContext())
        #expect(try Self.applicable(statements).decision(on: request).verdict == row.verdict)
    }

    struct ElementRow: Sendable {
        var elements: String
        var isAllowed: Bool
    }

    @Test(arguments: [
        ElementRow(elements: #""Action":"SAGEMAKER:createapp","Resource":"*""#, isAllowed: true),
        ElementRow(elements: #""Action":["s3:*","sagemaker:Create???"],"Resource":"*""#, isAllowed: true),
        ElementRow(elements: #""Action":"sagemaker:Create","Resource":"*""#, isAllowed: false),
        ElementRow(elements: #""NotAction":"s3:*","Resource":"*""#, isAllowed: true),
        ElementRow(elements: #""NotAction":["s3:*","sagemaker:createapp"],"Resource":"*""#, isAllowed: false),
        ElementRow(elements: #""Action":"*","Resource":"arn:aws:sagemaker:*:*:app/d-1/*""#, isAllowed: true),
        ElementRow(
            elements: #""Action":"*","Resource":"arn:aws:sagemaker:us-east-1:111122223333:app/*/default""#,
            isAllowed: true),
        ElementRow(elements: #""Action":"*","Resource":"arn:aws:sagemaker:*:*:APP/*""#, isAllowed: false),
        ElementRow(elements: #""Action":"*","NotResource":"arn:aws:sagemaker:*:*:app/d-2/*""#, isAllowed: true),
        ElementRow(
            elements: #""Action":"*","NotResource":["arn:aws:s3:::*","arn:aws:sagemaker:*:*:app/d-1/*"]"#,
            isAllowed: false),
        ElementRow(
            elements: #""Action":"*","Resource":"arn:aws:sagemaker:*:*:app/d-1/${aws:username}/*""#, isAllowed: true),
        ElementRow(
            elements: #""Action":"*","Resource":"arn:aws:sagemaker:*:*:app/d-1/${aws:userid}/*""#, isAllowed: false),
        ElementRow(
            elements: #""Action":"*","Resource":"arn:aws:sagemaker:*:*:app/d-1/${aws:userid, 'p'}/*""#,
            isAllowed: true),
    ])
    func elements(_ row: ElementRow) throws {
        var request = Self.request(Self.user)
        request.context["aws:username"] = ["p"]
        let document = try policy(#"{"Effect":"Allow",\#(row.elements)}"#)
        #expect(ApplicablePolicies(identity: [document]).decision(on: request).isAllowed == row.isAllowed)
    }

    @Test func `the statements that decide are told`() throws {
        let two = try policy(Self.allowsOther + "," + Self.allow)
        let three = try policy([Self.deny, Self.allow, Self.deny].joined(separator: ","))
        let request = Self.request(Self.user)
        #expect(ApplicablePolicies(identity: [two]).decision(on: request).matched == [
            .init(kind: .identity, policy: 0, statement: 1),
        ])
        #expect(ApplicablePolicies(identity: [two, three]).decision(on: request).matched == [
            .init(kind: .identity, policy: 1, statement: 0), .init(kind: .identity, policy: 1, statement: 2),
        ])
        #expect(ApplicablePolicies(identity: [two], boundary: []).decision(on: request).matched == [])
    }

    @Test func `keys a statement on the action asks for and the request lacks are told`() throws {
        let conditional = #"""
            {"Effect":"Allow","Action":"sagemaker:*","Resource":"arn:aws:s3:::${aws:username}",
             "Condition":{"StringEquals":{"aws:SourceVpce":"${aws:userid}","aws:sourceVPC":"v"},
             "Null":{"aws:SourceIp":"true"}}},
            {"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}
            """#
        var request = Self.request(Self.user)
        request.context["AWS:SourceVpc"] = ["v"]
        #expect(ApplicablePolicies(identity: [try policy(conditional)]).missingKeys(of: request)
            == ["aws:SourceIp", "aws:SourceVpce", "aws:userid", "aws:username"])
    }

    struct TextRow: Sendable {
        var principal = DecisionTests.role
        var verdict: AuthorizationDecision.Verdict
        var detail = DenialDetail.policyKind
        var ending: String
    }

    @Test(arguments: [
        TextRow(
            verdict: .implicitDeny(.identity),
            ending: " because no identity-based policy allows the sagemaker:CreateApp action"),
        TextRow(
            verdict: .implicitDeny(.boundary),
            ending: " because no permissions boundary allows the sagemaker:CreateApp action"),
        TextRow(
            verdict: .implicitDeny(.session),
            ending: " because no session policy allows the sagemaker:CreateApp action"),
        TextRow(
            verdict: .implicitDeny(.vpcEndpoint),
            ending: " because no VPC endpoint policy allows the sagemaker:CreateApp action"),
        TextRow(
            verdict: .implicitDeny(.serviceControl),
            ending: " because no service control policy allows the sagemaker:CreateApp action"),
        TextRow(
            verdict: .implicitDeny(.resource),
            ending: " because no resource-based policy allows the sagemaker:CreateApp action"),
        TextRow(verdict: .explicitDeny(.identity), ending: " with an explicit deny in an identity-based policy"),
        TextRow(verdict: .explicitDeny(.resource), ending: " with an explicit deny in a resource-based policy"),
        TextRow(verdict: .explicitDeny(.serviceControl), ending: " with an explicit deny in a service control policy"),
        TextRow(verdict: .explicitDeny(.boundary), ending: " with an explicit deny in a permissions boundary"),
        TextRow(verdict: .explicitDeny(.identity), detail: .effect, ending: " with an explicit deny"),
        TextRow(verdict: .implicitDeny(.identity), detail: .effect, ending: ""),
        TextRow(verdict: .explicitDeny(.roleTrust), detail: .nothing, ending: ""),
    ])
    func texts(_ row: TextRow) {
        #expect(Self.request(row.principal).denialMessage(row.verdict, detail: row.detail)
            == "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: sagemaker:CreateApp "
                + "on resource: \(Self.app)" + row.ending)
    }

    @Test func `nobody is called anonymous, and an allowed request has no message`() {
        #expect(Self.request(.anonymous).denialMessage(.implicitDeny(.resource), detail: .effect)
            == "User: anonymous is not authorized to perform: sagemaker:CreateApp on resource: \(Self.app)")
        #expect(Self.request(Self.user).denialMessage(.allowed) == nil)
    }
}
