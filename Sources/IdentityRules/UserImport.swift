/// The table of users that an import job takes: what its header is, and what each row means.
// AWS: doc — importing users from a CSV file.
package enum UserImport {
    /// One user to be.
    package struct Row: Sendable, Equatable {
        /// Counted from 1, the header being 1.
        package let line: Int
        package let username: String
        package let hasMFA: Bool
        /// Those with a value, in the header's order.
        package let attributes: [(name: String, value: String)]

        package func value(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

        package static func == (a: Row, b: Row) -> Bool {
            a.line == b.line && a.username == b.username && a.hasMFA == b.hasMFA && a.attributes.elementsEqual(b.attributes, by: ==)
        }
    }

    package enum Rejection: Error, Equatable, Sendable {
        case emptyTable
        case wrongHeader(String)
        case tooManyRows
        case noVerifiedAttribute

        package var text: String {
            switch self {
            case .emptyTable: "The CSV file has no header."
            case .wrongHeader(let name): "The header in the CSV file does not match the expected headers: \(name)."
            case .tooManyRows: "The CSV file has more than 500000 users."
            case .noVerifiedAttribute:
                "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."
            }
        }
    }

    private static let rowsMax = 500_000
    private static let mfaColumn = "cognito:mfa_enabled"
    private static let usernameColumn = "cognito:username"

    /// The columns of a pool's table: its attributes but `sub`, then MFA and user name.
    package static func header(of schema: AttributeSchema) -> [String] {
        schema.attributes.map(\.name).filter { $0 != "sub" } + [mfaColumn, usernameColumn]
    }

    /// The rows of a table. Columns may come in any order; all must be there.
    package static func rows(of text: String, schema: AttributeSchema) throws(Rejection) -> [Row] {
        let lines = records(text)
        guard let header = lines.first?.fields, header != [""] else { throw .emptyTable }
        let expected = self.header(of: schema)
        for name in expected where !header.contains(name) { throw .wrongHeader(name) }
        for name in header where !expected.contains(name) { throw .wrongHeader(name) }
        guard lines.count <= rowsMax + 1 else { throw .tooManyRows }
        return lines.dropFirst().filter { $0.fields != [""] }.map { line, fields in
            var values: [(name: String, value: String)] = []
            for (name, value) in zip(header, fields) where !value.isEmpty { values.append((name, value)) }
            let own = values.filter { $0.name != mfaColumn && $0.name != usernameColumn }
            return Row(
                line: line, username: values.first { $0.name == usernameColumn }?.value ?? "",
                hasMFA: values.first { $0.name == mfaColumn }?.value.lowercased() == "true", attributes: own)
        }
    }

    /// Fields in quotes may hold commas, line ends and doubled quotes (RFC 4180); a backslash keeps a comma too.
    static func records(_ text: String) -> [(line: Int, fields: [String])] {
        var records: [(line: Int, fields: [String])] = []
        var fields: [String] = [], field = String.UnicodeScalarView()
        var isQuoted = false, line = 1, start = 1
        var scalars = text.unicodeScalars.makeIterator()
        var held: Unicode.Scalar?
        func finishField() {
            fields.append(String(field))
            field = .init()
        }
        while let scalar = held ?? scalars.next() {
            held = nil
            switch (scalar, isQuoted) {
            case ("\"", true):
                let next = scalars.next()
                if next == "\"" { field.append("\"") } else {
                    isQuoted = false
                    held = next
                }
            case ("\"", false) where field.isEmpty: isQuoted = true
            case ("\\", false):
                if let next = scalars.next() { if next == "," { field.append(",") } else { field.append("\\"); held = next } }
            case (",", false): finishField()
            case ("\r", false): break
            case ("\n", false):
                finishField()
                records.append((start, fields))
                fields = []
                line += 1
                start = line
            default:
                if scalar == "\n" { line += 1 }
                field.append(scalar)
            }
        }
        if !field.isEmpty || !fields.isEmpty {
            finishField()
            records.append((start, fields))
        }
        return records
    }
}
