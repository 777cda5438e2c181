import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import IdentityRules
import SimTime
import Store
import Synchronization
import Timeline
import TokenCrypto

extension CognitoService {
    /// GetCSVHeader, CreateUserImportJob … StopUserImportJob.
    var importOperations: [Operation] {
        [
            reading("GetCSVHeader") { directory, input in
                let pool = try directory.pool(input)
                return ["UserPoolId": .string(pool.id), "CSVHeader": .list(ofTexts: UserImport.header(of: pool.schema))]
            },
            createImportJob, startImportJob, stopImportJob,
            reading("DescribeUserImportJob") { directory, input in
                ["UserImportJob": try Self.job(directory, input).output(uploadAddress: nil)]
            },
            reading("ListUserImportJobs") { directory, input in
                let pool = try directory.pool(input)
                let jobs = try directory.all(UserImportJob.self, of: pool)
                // AWS: doc — the newest first.
                let keyed = jobs.sorted { ($0.created, $0.id) > ($1.created, $1.id) }.enumerated().map { (key: padded($0, 8), item: $1) }
                let page = try CognitoPage(
                    of: keyed, size: input.int("MaxResults") ?? 60, token: input.optionalText("PaginationToken"),
                    list: input.list(pool.id))
                return [
                    "UserImportJobs": .list(page.items.map { $0.output(uploadAddress: nil) }),
                    "PaginationToken": page.next.map { .string($0) },
                ]
            },
        ]
    }

    private static func job(_ directory: Directory, _ input: CognitoInput) throws -> UserImportJob {
        let id = try input.text("JobId")
        guard let job = try directory.one(UserImportJob.self, id, of: directory.pool(input)) else {
            throw AWSFault.resourceNotFound("User import job \(id) does not exist.")
        }
        return job
    }

    // MARK: Uploading

    private static let uploadPrefix = "/aws-cognito-idp-user-import/"
    private static let tableBytesMax = 100 << 20

    private var createImportJob: Operation {
        writing("CreateUserImportJob") { [self] edit, input in
            let pool = try edit.directory.pool(input), token = HexText.encode(mint.bytes(32))
            guard !pool.autoVerifiedAttributes.isEmpty else {
                // AWS: doc rule, wording inferred.
                throw AWSFault.cognito(
                    "PreconditionNotMetException", "The user pool must have at least one auto-verified attribute.")
            }
            let job = UserImportJob(
                id: "import-" + mint.text(10, CognitoMint.alphanumeric), poolID: pool.id, name: try input.text("JobName"),
                roleARN: try input.text("CloudWatchLogsRoleArn"), created: edit.now, uploadTokenHash: GrantTable.hash(token))
            try edit.save(job)
            try edit.turn.arm(Self.importTimer(job, "expire"), at: edit.now + UserImportJob.startValidity)
            let base = baseURL.withLock { $0 }
            let url = address("\(base)\(Self.uploadPrefix)\(pool.account)/\(pool.id)/\(job.id)", adding: [
                ("X-Amz-Expires", "900"), ("X-Amz-Signature", token),
            ])
            return ["UserImportJob": job.output(uploadAddress: url)]
        }
    }

    /// Where tables are uploaded to: PUT to the pre-signed address.
    var importRoutes: [PlainRoute] {
        [PlainRoute(prefix: Self.uploadPrefix, isLocalOnly: false) { [self] in await takeTable($0) }]
    }

    private func takeTable(_ request: HTTPRequest) async -> HTTPResponse {
        let parts = request.rawPath.split(separator: "/").map(String.init)
        let token = request.rawQuery.flatMap { QueryItems(parsing: $0) }?["X-Amz-Signature"] ?? ""
        guard request.method == "PUT" else { return HTTPResponse(status: 405) }
        guard parts.count == 4, let pool = try? directory.pool(parts[2]),
              let job = try? directory.one(UserImportJob.self, parts[3], of: pool),
              Digesting.areEqual(GrantTable.hash(token), job.uploadTokenHash), job.status == .created,
              timeline.now < job.created + UserImportJob.uploadValidity else { return HTTPResponse(status: 403) }
        do {
            let bytes = try await request.body.collect(limitBytes: Self.tableBytesMax)
            try await turn { edit in
                guard var job = try edit.directory.one(UserImportJob.self, job.id, of: pool), job.status == .created else { return }
                job.hasTable = true
                try ImportTable.save(bytes, job: job.id, in: edit)
                try edit.save(job)
            }
            return HTTPResponse(status: 200)
        } catch is RequestBodyError {
            return HTTPResponse(status: 413)
        } catch {
            return HTTPResponse(status: 500)
        }
    }

    // MARK: Running

    private static let timerKind = "cognito-import"

    private static func importTimer(_ job: UserImportJob, _ name: String) -> TimerID {
        TimerID(kind: timerKind, owner: "\(job.poolID)/\(job.id)", name: name)
    }

    private var startImportJob: Operation {
        writing("StartUserImportJob") { edit, input in
            var job = try Self.job(edit.directory, input)
            guard job.status == .created else {
                throw AWSFault.cognito("PreconditionNotMetException", "The user import job is \(job.status.rawValue).")
            }
            guard job.hasTable else {
                throw AWSFault.cognito("PreconditionNotMetException", "The CSV file has not been uploaded.")
            }
            job.status = .pending
            job.started = edit.now
            try edit.save(job)
            try edit.turn.disarm(Self.importTimer(job, "expire"))
            try edit.turn.arm(Self.importTimer(job, "run"), at: edit.now + .seconds(1))
            return ["UserImportJob": job.output(uploadAddress: nil)]
        }
    }

    private var stopImportJob: Operation {
        writing("StopUserImportJob") { edit, input in
            var job = try Self.job(edit.directory, input)
            guard job.status == .pending || job.status == .inProgress else {
                throw AWSFault.cognito("PreconditionNotMetException", "The user import job is \(job.status.rawValue).")
            }
            job.status = .stopping
            try edit.save(job)
            try edit.turn.disarmAll(kind: Self.timerKind, owner: "\(job.poolID)/\(job.id)")
            try edit.turn.arm(Self.importTimer(job, "stopped"), at: edit.now + .seconds(1))
            return ["UserImportJob": job.output(uploadAddress: nil)]
        }
    }

    /// Takes the timers of import jobs: pending, in progress, done; a second each in simulated time.
    func handleImportTimers() {
        timeline.handleTimers(kind: Self.timerKind) { [mint] turn, id in
            let edit = DirectoryEdit(turn), parts = id.owner.split(separator: "/").map(String.init)
            guard parts.count == 2, let pool = try? edit.directory.pool(parts[0]),
                  var job = try edit.directory.one(UserImportJob.self, parts[1], of: pool) else { return }
            switch id.name {
            case "expire":
                job.status = .expired
                _ = try ImportTable.take(job: job.id, in: turn.transaction)
            case "stopped":
                (job.status, job.completed) = (.stopped, edit.now)
                job.message = "The user import job was stopped."
                _ = try ImportTable.take(job: job.id, in: turn.transaction)
            case "run":
                job.status = .inProgress
                try turn.arm(Self.importTimer(job, "finish"), at: edit.now + .seconds(1))
            default: try Self.run(&job, pool, edit, mint)
            }
            try edit.save(job)
        }
    }

    /// Imports every row that can be imported, and says why the others cannot.
    // AWS: doc — the texts of the log.
    private static func run(_ job: inout UserImportJob, _ pool: Pool, _ edit: DirectoryEdit, _ mint: CognitoMint) throws {
        job.completed = edit.now
        let bytes = try ImportTable.take(job: job.id, in: edit.turn.transaction) ?? []
        let rows: [UserImport.Row]
        do {
            rows = try UserImport.rows(of: String(decoding: bytes, as: UTF8.self), schema: pool.schema)
        } catch {
            (job.status, job.message) = (.failed, error.text)
            return
        }
        for row in rows {
            do {
                guard try importUser(row, pool, edit, mint) else {
                    job.skipped += 1
                    job.log.append("[SKIPPED] Line Number \(row.line) - The user already exists.")
                    continue
                }
                job.imported += 1
                job.log.append("[SUCCEEDED] Line Number \(row.line) - The import succeeded.")
            } catch {
                job.failed += 1
                let reason = (error as? UserImport.Rejection)?.text ?? (error as? AWSFault)?.message ?? "The record is invalid."
                job.log.append("[FAILED] Line Number \(row.line) - \(reason)")
            }
        }
        (job.status, job.message) = (.succeeded, "Import Job Completed Successfully")
        if job.imported == 0, job.failed > 0 {
            (job.status, job.message) = (.failed, "Too many users have failed or been skipped during the import.")
        }
    }

    /// False for a user the pool has already.
    private static func importUser(_ row: UserImport.Row, _ pool: Pool, _ edit: DirectoryEdit, _ mint: CognitoMint) throws -> Bool {
        let attributes = row.attributes.map { Attribute(name: $0.name, value: $0.value) }
        try check(attributes, in: pool, by: .creation)
        let missing = pool.schema.missing(from: Set(attributes.map(\.name)))
        if !missing.isEmpty { throw AWSFault.schema(missing) }
        guard pool.autoVerifiedAttributes.contains(where: { row.value("\($0)_verified")?.lowercased() == "true" }) else {
            throw UserImport.Rejection.noVerifiedAttribute
        }
        let sub = mint.uuid()
        let name = pool.naming.usernameAttributes.isEmpty ? row.username : sub
        if try edit.directory.user(meant: row.username, in: pool) != nil { return false }
        var user = User(
            poolID: pool.id, username: name, sub: sub, created: edit.now, modified: edit.now, status: .resetRequired,
            attributes: attributes, foldedName: pool.naming.folded(name))
        if row.hasMFA { user.mfa.enabled = [.sms] }
        try edit.save(user, in: pool)
        return true
    }

    /// `GET /_coldframe/cognito/imports?pool=`: what AWS would write to CloudWatch Logs.
    func importLogs(_ request: HTTPRequest) -> HTTPResponse {
        let query = request.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems()
        guard let id = query["pool"] else {
            return .json(400, ["error": "Name a user pool: GET /_coldframe/cognito/imports?pool=…"])
        }
        guard let pool = try? directory.pool(id), let jobs = try? directory.all(UserImportJob.self, of: pool) else {
            return .json(404, ["error": .string("There is no user pool \(id.prefix(80)).")])
        }
        return .json(200, ["jobs": .list(jobs.map { job in
            ["job": .string(job.id), "name": .string(job.name), "status": .string(job.status.rawValue), "log": .list(ofTexts: job.log)]
        })])
    }
}
