import IdentityRules
import Testing

struct RoleMappingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var mapping: RoleMapping
        var claims: [String: [String]]
        var wish: String? = nil
        var role: String? = nil
        var rejection: RoleMapping.Rejection? = nil
        var testDescription: String { what }
    }

    private static func rule(_ claim: String, _ match: RoleMapping.Rule.Match, _ value: String, _ role: String) -> RoleMapping.Rule {
        .init(claim: claim, match: match, value: value, roleARN: role)
    }

    private static let token = RoleMapping(kind: .token, ambiguity: .authenticatedRole)
    private static let strictToken = RoleMapping(kind: .token, ambiguity: .deny)
    private static let both = ["cognito:roles": ["a", "b"]]
    private static let rules = RoleMapping(kind: .rules, ambiguity: .deny, rules: [
        rule("email", .equals, "ann@x", "equal"), rule("team", .contains, "ose", "contains"),
        rule("team", .startsWith, "tul", "starts"), rule("paid", .notEqual, "no", "unequal"),
    ])

    @Test(arguments: [
        Case(what: "the preferred role", mapping: token, claims: ["cognito:roles": ["a", "b"], "cognito:preferred_role": ["b"]], role: "b"),
        Case(what: "the only role", mapping: token, claims: ["cognito:roles": ["a"]], role: "a"),
        Case(what: "several roles, none preferred", mapping: token, claims: both, role: nil),
        Case(what: "several roles, none preferred, strict", mapping: strictToken, claims: both, rejection: .denied),
        Case(what: "one of several by wish", mapping: strictToken, claims: both, wish: "b", role: "b"),
        Case(what: "a wish the token does not give", mapping: token, claims: both, wish: "c", rejection: .customRoleNotGiven),
        Case(what: "equals", mapping: rules, claims: ["email": ["ann@x"]], role: "equal"),
        Case(what: "contains", mapping: rules, claims: ["team": ["roses"]], role: "contains"),
        Case(what: "starts with", mapping: rules, claims: ["team": ["tulips"]], role: "starts"),
        Case(what: "not equal", mapping: rules, claims: ["paid": ["yes"]], role: "unequal"),
        Case(what: "a missing claim is not unequal", mapping: rules, claims: [:], rejection: .denied),
        Case(what: "one of several values", mapping: rules, claims: ["team": ["weeds", "roses"]], role: "contains"),
        Case(what: "the first rule wins", mapping: rules, claims: ["email": ["ann@x"], "paid": ["yes"]], role: "equal"),
        Case(what: "a wish among the rules that hold", mapping: rules, claims: ["email": ["ann@x"], "paid": ["yes"]], wish: "unequal", role: "unequal"),
        Case(what: "a wish whose rule does not hold", mapping: rules, claims: ["email": ["ann@x"]], wish: "starts", rejection: .customRoleNotGiven),
    ]) func `a role is chosen`(_ row: Case) {
        let result = Result<String?, RoleMapping.Rejection> { () throws(RoleMapping.Rejection) in
            try row.mapping.role(claims: row.claims, customRole: row.wish)
        }
        #expect(result == row.rejection.map { .failure($0) } ?? .success(row.role))
    }
}
