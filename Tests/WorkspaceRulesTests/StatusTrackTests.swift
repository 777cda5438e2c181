import SimTime
import Testing
import WorkspaceRules

/// Every kind of resource, every event, every status: what is taken, what it leads to, and when.
@Suite struct StatusTrackTests {
    private static let times = StepTimes(creation: .seconds(10), update: .seconds(3), deletion: .seconds(2))
    private static let start = SimInstant(millisecondsSinceEpoch: 1_000_000)

    private static func at(_ seconds: Int64) -> SimInstant { start + .seconds(seconds) }

    // MARK: Domains, profiles, spaces

    enum WorkspaceEvent: CaseIterable, Sendable { case update, delete }

    struct WorkspaceRow: Sendable, CustomStringConvertible {
        var from: WorkspaceStatus
        var event: WorkspaceEvent
        /// Nil: refused.
        var during: WorkspaceStatus?
        /// Nil: gone.
        var after: WorkspaceStatus?
        var description: String { "\(from.rawValue) \(event)" }
    }

    static let workspaceRows: [WorkspaceRow] = [
        .init(from: .pending, event: .update, during: nil), .init(from: .pending, event: .delete, during: nil),
        .init(from: .inService, event: .update, during: .updating, after: .inService),
        .init(from: .inService, event: .delete, during: .deleting),
        .init(from: .updating, event: .update, during: nil), .init(from: .updating, event: .delete, during: nil),
        .init(from: .failed, event: .update, during: nil), .init(from: .failed, event: .delete, during: .deleting),
        .init(from: .deleting, event: .update, during: nil), .init(from: .deleting, event: .delete, during: nil),
    ]

    /// A track that stands in the wanted status at second 20.
    private static func workspace(in status: WorkspaceStatus) throws -> StatusTrack<WorkspaceStatus> {
        var track = StatusTrack<WorkspaceStatus>.creating(
            failure: status == .failed ? "no licence" : nil, times: times, at: status == .pending ? at(19) : start)
        _ = track.settle(at: at(20))
        if status == .updating { try track.update(times: times, at: at(20)) }
        if status == .deleting { try track.delete(times: times, at: at(20)) }
        #expect(track.status == status)
        return track
    }

    @Test(arguments: workspaceRows) func workspaces(_ row: WorkspaceRow) throws {
        var track = try Self.workspace(in: row.from)
        let before = track
        func send() throws(StatusRejection) {
            switch row.event {
            case .update: try track.update(times: Self.times, at: Self.at(21))
            case .delete: try track.delete(times: Self.times, at: Self.at(21))
            }
        }
        guard let during = row.during else {
            let rejection = #expect(throws: StatusRejection.self) { try send() }
            #expect(rejection?.status == row.from.rawValue)
            #expect(track == before)
            return
        }
        try send()
        #expect(track.status == during)
        #expect(track.modifiedAt == Self.at(21))
        #expect(track.createdAt == before.createdAt)
        let ended1 = track.settle(at: Self.at(22))
        #expect(!ended1, "nothing is due yet")
        #expect(track.status == during)
        let isGone = track.settle(at: Self.at(30))
        #expect(isGone == (row.after == nil))
        if let after = row.after { #expect(track.status == after) }
    }

    @Test func aFailureIsToldAndNotForgottenUntilDeleted() throws {
        var track = StatusTrack<WorkspaceStatus>.creating(failure: "no licence", times: Self.times, at: Self.start)
        #expect(track.status == .pending)
        #expect(track.failureReason == nil)
        let ended2 = track.settle(at: Self.at(10))
        #expect(!ended2)
        #expect(track.status == .failed)
        #expect(track.failureReason == "no licence")
        #expect(track.pending == nil)
        try track.delete(times: Self.times, at: Self.at(11))
        #expect(track.failureReason == nil)
        let ended3 = track.settle(at: Self.at(13))
        #expect(ended3)
    }

    @Test func aReasonIsCutToWhatTheModelAllows() {
        var track = StatusTrack<ImageStatus>.creating(
            failure: String(repeating: "x", count: 5000), times: Self.times, at: Self.start)
        _ = track.settle(at: Self.at(10))
        #expect(track.failureReason?.count == 1024)
    }

    // MARK: Apps

    struct AppRow: Sendable, CustomStringConvertible {
        var from: AppStatus
        var canRelaunch: Bool
        var canDelete: Bool
        var blocks: Bool
        var description: String { from.rawValue }
    }

    static let appRows: [AppRow] = [
        .init(from: .pending, canRelaunch: false, canDelete: false, blocks: true),
        .init(from: .inService, canRelaunch: false, canDelete: true, blocks: true),
        .init(from: .failed, canRelaunch: true, canDelete: false, blocks: false),
        .init(from: .deleting, canRelaunch: false, canDelete: false, blocks: true),
        .init(from: .deleted, canRelaunch: true, canDelete: false, blocks: false),
    ]

    private static func app(in status: AppStatus) throws -> StatusTrack<AppStatus> {
        var track = StatusTrack<AppStatus>.launching(
            failure: status == .failed ? "no image" : nil, times: times, at: status == .pending ? at(19) : start)
        _ = track.settleApp(at: at(20))
        if status == .deleting || status == .deleted { try track.delete(times: times, at: at(20)) }
        if status == .deleted { _ = track.settleApp(at: at(22)) }
        #expect(track.status == status)
        return track
    }

    @Test(arguments: appRows) func apps(_ row: AppRow) throws {
        #expect(row.from.blocksDeletion == row.blocks)
        var relaunched = try Self.app(in: row.from)
        if row.canRelaunch {
            try relaunched.relaunch(times: Self.times, at: Self.at(40))
            #expect(relaunched.status == .pending)
            #expect(relaunched.createdAt == Self.at(40))
            let ended10 = relaunched.settleApp(at: Self.at(50))
            #expect(!ended10)
            #expect(relaunched.status == .inService)
        } else {
            #expect(throws: StatusRejection.self) { try relaunched.relaunch(times: Self.times, at: Self.at(40)) }
        }
        var deleted = try Self.app(in: row.from)
        if row.canDelete {
            try deleted.delete(times: Self.times, at: Self.at(40))
            #expect(deleted.status == .deleting)
        } else {
            #expect(throws: StatusRejection.self) { try deleted.delete(times: Self.times, at: Self.at(40)) }
        }
    }

    @Test func aDeletedAppIsRememberedForADay() throws {
        var track = try Self.app(in: .deleted)
        let forgottenAt = Self.at(22) + .hours(24)
        #expect(track.pending?.at == forgottenAt)
        let ended4 = track.settleApp(at: forgottenAt - .milliseconds(1))
        #expect(!ended4)
        #expect(track.status == .deleted)
        let ended5 = track.settleApp(at: forgottenAt)
        #expect(ended5)
    }

    // MARK: Images, versions, notebook instances

    @Test func imagesAreUpdatedAndDeletedOnlyWhenNothingIsUnderWay() throws {
        var image = StatusTrack<ImageStatus>.creating(times: Self.times, at: Self.start)
        #expect(image.status == .creating)
        #expect(!image.isUsable)
        #expect(throws: StatusRejection.self) { try image.update(times: Self.times, at: Self.at(1)) }
        #expect(throws: StatusRejection.self) { try image.delete(times: Self.times, at: Self.at(1)) }
        let ended6 = image.settle(at: Self.at(10))
        #expect(!ended6)
        #expect(image.status == .created)
        try image.update(times: Self.times, at: Self.at(11))
        #expect(image.status == .updating)
        #expect(throws: StatusRejection.self) { try image.delete(times: Self.times, at: Self.at(12)) }
        let ended7 = image.settle(at: Self.at(14))
        #expect(!ended7)
        #expect(image.status == .created)
        try image.delete(times: Self.times, at: Self.at(15))
        #expect(image.status == .deleting)
        let ended8 = image.settle(at: Self.at(17))
        #expect(ended8)
    }

    @Test func aFailedImageCanOnlyBeDeleted() throws {
        var image = StatusTrack<ImageStatus>.creating(failure: "role", times: Self.times, at: Self.start)
        _ = image.settle(at: Self.at(10))
        #expect(image.status == .createFailed)
        #expect(throws: StatusRejection.self) { try image.update(times: Self.times, at: Self.at(11)) }
        try image.delete(times: Self.times, at: Self.at(11))
    }

    @Test func imageVersionsFailAndGo() throws {
        var version = StatusTrack<ImageVersionStatus>.creating(failure: "gone", times: Self.times, at: Self.start)
        #expect(throws: StatusRejection.self) { try version.delete(times: Self.times, at: Self.at(1)) }
        _ = version.settle(at: Self.at(10))
        #expect(version.status == .createFailed)
        try version.delete(times: Self.times, at: Self.at(11))
        #expect(version.status == .deleting)
        let ended9 = version.settle(at: Self.at(13))
        #expect(ended9)
    }

    struct NotebookRow: Sendable, CustomStringConvertible {
        var from: NotebookStatus
        /// Which of start, stop, update and delete are taken.
        var taken: Set<NotebookStatus>
        var description: String { from.rawValue }
    }

    static let notebookRows: [NotebookRow] = [
        .init(from: .pending, taken: []), .init(from: .inService, taken: [.stopping]), .init(from: .stopping, taken: []),
        .init(from: .stopped, taken: [.pending, .updating, .deleting]), .init(from: .updating, taken: []),
        .init(from: .deleting, taken: []),
    ]

    private static func notebook(in status: NotebookStatus) throws -> StatusTrack<NotebookStatus> {
        var track = StatusTrack<NotebookStatus>.launching(times: times, at: status == .pending ? at(19) : start)
        _ = track.settle(at: at(20))
        if ![.pending, .inService].contains(status) { try track.stop(times: times, at: at(20)) }
        if [.stopped, .updating, .deleting].contains(status) { _ = track.settle(at: at(23)) }
        if status == .updating { try track.update(times: times, at: at(23)) }
        if status == .deleting { try track.delete(times: times, at: at(23)) }
        #expect(track.status == status)
        return track
    }

    @Test(arguments: notebookRows) func notebooks(_ row: NotebookRow) throws {
        let ends: [NotebookStatus: NotebookStatus?] = [
            .pending: .inService, .stopping: .stopped, .updating: .stopped, .deleting: nil,
        ]
        for (wanted, end) in ends {
            var track = try Self.notebook(in: row.from)
            func send() throws(StatusRejection) {
                switch wanted {
                case .pending: try track.start(times: Self.times, at: Self.at(40))
                case .stopping: try track.stop(times: Self.times, at: Self.at(40))
                case .updating: try track.update(times: Self.times, at: Self.at(40))
                default: try track.delete(times: Self.times, at: Self.at(40))
                }
            }
            guard row.taken.contains(wanted) else {
                let rejection = #expect(throws: StatusRejection.self) { try send() }
                #expect(rejection?.wanted == wanted.rawValue)
                continue
            }
            try send()
            #expect(track.status == wanted)
            let isGone = track.settle(at: Self.at(60))
            #expect(isGone == (end == nil))
            if let end { #expect(track.status == end) }
        }
    }
}
