import Foundation
import GRDB
import Vocabulary

/// A value bound to a statement. Text of clients only ever travels this way, never inside SQL text.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}

/// One row of a query; columns by position. Valid only inside the closure it was handed to.
package struct SQLRow {
    let row: Row

    package func isNull(_ column: Int) -> Bool { row.hasNull(atIndex: column) }
    package func integer(_ column: Int) -> Int64 { row[column] }
    package func real(_ column: Int) -> Double { row[column] }
    package func text(_ column: Int) -> String { row[column] }
    package func blob(_ column: Int) -> [UInt8] { [UInt8](row[column] as Data) }
}

extension StoreReader {
    /// Reads the realm columns of a row the store itself wrote.
    static func realm(_ account: String, _ region: String) throws -> Realm {
        guard let account = AccountID(account), let region = RegionName(region) else {
            throw StoreError.notASnapshot(reason: "a row names the account \(account) and the region \(region)")
        }
        return Realm(account: account, region: region)
    }
}

extension Row {
    fileprivate func hasNull(atIndex index: Int) -> Bool { (self[index] as DatabaseValue).isNull }
}
