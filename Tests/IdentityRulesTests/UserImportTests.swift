import IdentityRules
import Testing

struct UserImportTests {
    private static let schema = AttributeSchema()
    private static let header = UserImport.header(of: schema)

    private static func table(_ rows: [[String: String]], header: [String] = header) -> String {
        ([header] + rows.map { row in header.map { row[$0] ?? "" } }).map { $0.joined(separator: ",") }.joined(separator: "\n")
    }

    @Test func `the header is the schema, then MFA and the user name`() {
        #expect(Self.header.first == "name" && Self.header.suffix(2) == ["cognito:mfa_enabled", "cognito:username"])
        #expect(!Self.header.contains("sub") && Self.header.count == 21)
    }

    @Test func `rows keep their lines and their quoted values`() throws {
        let text = Self.table([
            ["cognito:username": "ann", "name": "\"Ann \"\"the Rose\"\", of\nYork\"", "cognito:mfa_enabled": "TRUE"],
            ["cognito:username": "bob", "name": "Bob\\, the Builder"],
        ]) + "\n\n"
        let rows = try UserImport.rows(of: text, schema: Self.schema)
        #expect(rows.map(\.username) == ["ann", "bob"] && rows.map(\.line) == [2, 4])
        #expect(rows[0].value("name") == "Ann \"the Rose\", of\nYork" && rows[0].hasMFA)
        #expect(rows[1].value("name") == "Bob, the Builder" && !rows[1].hasMFA)
    }

    @Test(arguments: [
        ("", UserImport.Rejection.emptyTable), ("name,nonsense\n", .wrongHeader("given_name")),
        (table([], header: header + ["nonsense"]), .wrongHeader("nonsense")),
    ]) func `another table is refused`(_ text: String, _ rejection: UserImport.Rejection) {
        #expect(throws: rejection) { try UserImport.rows(of: text, schema: Self.schema) }
    }
}
