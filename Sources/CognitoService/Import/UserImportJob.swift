import AWSModel
import Gateway
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

/// Users on their way into a pool from a table.
struct UserImportJob: Stored {
    enum Status: String, Codable, Sendable {
        case created = "Created", pending = "Pending", inProgress = "InProgress", stopping = "Stopping", expired = "Expired"
        case stopped = "Stopped", failed = "Failed", succeeded = "Succeeded"
    }

    let id: String
    let poolID: String
    let name: String
    let roleARN: String
    let created: SimInstant
    /// Proves whoever uploads the table; kept as its hash.
    let uploadTokenHash: String
    /// Set once the table is uploaded.
    var hasTable = false
    var started: SimInstant?
    var completed: SimInstant?
    var status = Status.created
    var imported = 0
    var skipped = 0
    var failed = 0
    var message: String?
    /// What AWS writes to CloudWatch Logs, line by line.
    var log: [String] = []

    static func type(_ poolID: String) -> String { "import/\(poolID)" }
    var storedName: String { id }

    // AWS: doc — the pre-signed address is good for fifteen minutes, an unstarted job for a day.
    static let uploadValidity = SimDuration.minutes(15)
    static let startValidity = SimDuration.hours(24)

    func output(uploadAddress: String?) -> AWSValue {
        [
            "JobName": .string(name), "JobId": .string(id), "UserPoolId": .string(poolID),
            "PreSignedUrl": uploadAddress.map { .string($0) }, "CreationDate": .timestamp(created),
            "StartDate": started.map { .timestamp($0) }, "CompletionDate": completed.map { .timestamp($0) },
            "Status": .string(status.rawValue), "CloudWatchLogsRoleArn": .string(roleARN),
            "ImportedUsers": .integer(Int64(imported)), "SkippedUsers": .integer(Int64(skipped)),
            "FailedUsers": .integer(Int64(failed)), "CompletionMessage": message.map { .string($0) },
        ]
    }
}

/// The uploaded tables: too large for a document.
enum ImportTable {
    static func save(_ bytes: [UInt8], job: String, in edit: DirectoryEdit) throws {
        try edit.turn.transaction.execute("INSERT OR REPLACE INTO cognito_import (job, body) VALUES (?, ?)", [.text(job), .blob(bytes)])
    }

    static func take(job: String, in transaction: StoreTransaction) throws -> [UInt8]? {
        var bytes: [UInt8]?
        try transaction.query("SELECT body FROM cognito_import WHERE job = ?", [.text(job)]) { bytes = $0.blob(0) }
        try transaction.execute("DELETE FROM cognito_import WHERE job = ?", [.text(job)])
        return bytes
    }
}
