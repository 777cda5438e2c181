import Foundation
import PolicyRules
import Testing
import Vocabulary

/// Replays the cases of `Scripts/policy-differential`, whose verdicts come from a second evaluator, in Python.
@Suite struct DifferentialTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "differential")

    private static func lines(_ name: String) throws -> [[String: Any]] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// Random cases, and every operator with every qualifier on a key that is absent, empty, right or wrong.
    @Test(arguments: [("conditions.jsonl", 1200), ("matrix.jsonl", 795)])
    func `every condition is met or not as the second evaluator says`(_ file: String, _ expected: Int) throws {
        let user = RequestPrincipal.user(arn: "arn:aws:iam::111122223333:user/alice", account: .fallback)
        var count = 0
        for (index, line) in try Self.lines(file).enumerated() {
            let name = try #require(line["operator"] as? String)
            let values = PolicyValue(try #require(line["values"]))
            let document = PolicyValue.object([
                "Version": .string(try #require(line["version"] as? String)),
                "Statement": .object([
                    "Effect": .string("Allow"), "Action": .string("*"), "Resource": .string("*"),
                    "Condition": .object([name: .object(["test:key": values])]),
                ]),
            ])
            var keys = context(["aws:username": ["alice"], "aws:TagKeys": ["alice", "bob"]])
            for (key, values) in try #require(line["context"] as? [String: [String]]) { keys[key] = values }
            let policies = ApplicablePolicies(identity: [try Policy(document, as: .identity)])
            let request = AuthorizationRequest(
                principal: user, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: keys)
            #expect(policies.decision(on: request).isAllowed == (line["met"] as? Bool), "line \(index + 1): \(line)")
            count += 1
        }
        #expect(count == expected)
    }

    @Test func `every decision, its statements and its text are the second evaluator's`() throws {
        var count = 0
        for (index, line) in try Self.lines("decisions.jsonl").enumerated() {
            let request = try Self.request(#require(line["request"] as? [String: Any]))
            let policies = try Self.policies(#require(line["policies"] as? [String: [Any]]))
            let decision = policies.decision(on: request)
            let verdict = try #require(line["verdict"] as? [String])
            #expect(Self.words(decision.verdict) == verdict, "line \(index + 1): \(line)")
            let matched = try #require(line["matched"] as? [[Any]]).map { place in
                AuthorizationDecision.MatchedStatement(
                    kind: try #require((place[0] as? String).flatMap(PolicyKind.init)),
                    policy: try #require(place[1] as? Int), statement: try #require(place[2] as? Int))
            }
            #expect(decision.matched == matched, "line \(index + 1): \(line)")
            if let message = line["message"] {
                #expect(request.denialMessage(decision.verdict) == message as? String, "line \(index + 1)")
            }
            count += 1
        }
        #expect(count == 260)
    }

    private static func words(_ verdict: AuthorizationDecision.Verdict) -> [String] {
        switch verdict {
        case .allowed: ["allowed"]
        case .explicitDeny(let kind): ["explicitDeny", kind.rawValue]
        case .implicitDeny(let kind): ["implicitDeny", kind.rawValue]
        }
    }

    private static func request(_ fields: [String: Any]) throws -> AuthorizationRequest {
        let who = try #require(fields["principal"] as? [String: String])
        let account = who["account"].flatMap { AccountID($0) }
        let principal: RequestPrincipal = switch who["type"] {
        case "user": .user(arn: try #require(who["arn"]), account: try #require(account))
        case "session":
            .session(
                arn: try #require(who["arn"]), roleARN: try #require(who["role"]), account: try #require(account))
        case "root": .root(try #require(account))
        case "service": .service(try #require(who["name"]))
        default: .anonymous
        }
        return AuthorizationRequest(
            principal: principal, action: try #require(fields["action"] as? String),
            resource: try #require(fields["resource"] as? String),
            resourceAccount: (fields["resourceAccount"] as? String).flatMap { AccountID($0) },
            context: context(try #require(fields["context"] as? [String: [String]])))
    }

    private static func policies(_ lists: [String: [Any]]) throws -> ApplicablePolicies {
        func read(_ kind: PolicyKind, _ grammar: Policy.Grammar) throws -> [Policy]? {
            try lists[kind.rawValue]?.map { try Policy(PolicyValue($0), as: grammar) }
        }
        return ApplicablePolicies(
            identity: try read(.identity, .identity) ?? [], resource: try read(.resource, .resource) ?? [],
            roleTrust: try read(.roleTrust, .trust)?.first, boundary: try read(.boundary, .identity),
            session: try read(.session, .identity), serviceControl: try read(.serviceControl, .identity),
            vpcEndpoint: try read(.vpcEndpoint, .resource))
    }
}
