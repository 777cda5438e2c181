/// A named, append-only change of the schema. Names are applied once, in the order the server lists them.
package struct StoreMigration: Sendable {
    /// Unique for ever, e.g. `cloudwatch-1-series`.
    package let name: String
    /// One or more SQL statements.
    package let sql: String

    package init(_ name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    static let own = [
        StoreMigration("store-1-documents", sql: """
            CREATE TABLE document (
                account TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, type TEXT NOT NULL,
                name TEXT NOT NULL, body BLOB NOT NULL,
                PRIMARY KEY (account, region, service, type, name)
            ) WITHOUT ROWID;
            """),
    ]
}
