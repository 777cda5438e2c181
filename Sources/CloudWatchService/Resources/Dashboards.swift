import AWSModel
import Foundation
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// A dashboard as it is stored.
struct DashboardRecord: Codable, Sendable, Equatable {
    static let documentType = "dashboard"

    var name: String
    var body: String
    var modified: SimInstant

    /// Dashboards belong to the account, not to a region.
    static func collection(_ account: AccountID) -> DocumentCollection {
        DocumentCollection(.global(account), service: AlarmBook.service, type: documentType)
    }

    /// AWS: recorded — spec/cloudwatch.md §11: no region.
    func arn(_ account: AccountID) -> String {
        ARN(service: "cloudwatch", region: "", account: account.digits, resource: "dashboard/\(name)").description
    }
}

/// PutDashboard, GetDashboard, ListDashboards and DeleteDashboards. AWS: spec/cloudwatch.md §11.
struct Dashboards: Sendable {
    let timeline: Timeline
    let tags: ResourceTags

    // AWS: inferred.
    private static let pageSize = 1000

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, account = request.context.caller.account
        guard let name = input["DashboardName"]?.string else { throw CloudWatchFault.missing("DashboardName") }
        try Self.check(name: name)
        guard let body = input["DashboardBody"]?.string else { throw CloudWatchFault.missing("DashboardBody") }
        let problems = DashboardBody.problems(of: body)
        // AWS: doc — errors refuse the dashboard, warnings come with the answer.
        if problems.contains(where: \.isError) {
            throw AWSFault(
                "DashboardInvalidInputError", "The field DashboardBody must be a valid JSON object", status: 400,
                members: ["dashboardValidationMessages": Self.shown(problems.filter(\.isError))])
        }
        let added = try ResourceTags.read(input["Tags"])
        try await timeline.turn { [tags] turn in
            let key = DashboardRecord.collection(account).key(name)
            let isNew = try turn.transaction.document(key, as: DashboardRecord.self) == nil
            let record = DashboardRecord(name: name, body: body, modified: turn.now)
            try turn.transaction.put(key, record)
            if isNew { try tags.set(added, on: record.arn(account), in: turn) }
        }
        return OperationResponse(["DashboardValidationMessages": Self.shown(problems)])
    }

    func get(_ request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["DashboardName"]?.string else { throw CloudWatchFault.missing("DashboardName") }
        let account = request.context.caller.account
        guard let record = try timeline.store.document(DashboardRecord.collection(account).key(name), as: DashboardRecord.self)
        else { throw Self.unknown(name) }
        return OperationResponse([
            "DashboardArn": .string(record.arn(account)), "DashboardBody": .string(record.body),
            "DashboardName": .string(record.name),
        ])
    }

    func list(_ request: OperationRequest) async throws -> OperationResponse {
        let account = request.context.caller.account, prefix = request.input["DashboardNamePrefix"]?.string ?? ""
        let after = try request.input["NextToken"]?.string.map(PageToken.decode)
        let records = try timeline.store.documents(DashboardRecord.collection(account), as: DashboardRecord.self).map(\.value)
        let matching = records.filter { $0.name.hasPrefix(prefix) && (after == nil || $0.name > after ?? "") }
        let page = matching.prefix(Self.pageSize)
        var output: AWSObject = ["DashboardEntries": .list(page.map { record in
            [
                "DashboardArn": .string(record.arn(account)), "DashboardName": .string(record.name),
                "LastModified": .timestamp(record.modified), "Size": .integer(Int64(record.body.utf8.count)),
            ]
        })]
        if page.count < matching.count, let last = page.last {
            output.append("NextToken", .string(PageToken.encode(last.name)))
        }
        return OperationResponse(output)
    }

    /// All or none. AWS: doc — an unknown name deletes nothing.
    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        guard let names = request.input["DashboardNames"]?.list?.compactMap(\.string) else {
            throw CloudWatchFault.missing("DashboardNames")
        }
        let account = request.context.caller.account
        try await timeline.turn { [tags] turn in
            for name in names {
                let key = DashboardRecord.collection(account).key(name)
                guard let record = try turn.transaction.document(key, as: DashboardRecord.self) else { throw Self.unknown(name) }
                try turn.transaction.delete(key)
                try tags.removeAll(of: record.arn(account), in: turn)
            }
        }
        return OperationResponse()
    }

    private static func unknown(_ name: String) -> AWSFault {
        AWSFault("DashboardNotFoundError", "Dashboard \(name) does not exist.", status: 404)
    }

    /// AWS: recorded — spec/cloudwatch.md §1, the newline included.
    private static func check(name: String) throws {
        let isValid = (1...255).contains(name.utf8.count) && name.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isValid else {
            throw CloudWatchFault.invalidValue(
                "The value for field DashboardName contains invalid characters. "
                    + "It can only contain alphanumerics, dash (-) and underscore (_).\n")
        }
    }

    private static func shown(_ problems: [DashboardBody.Problem]) -> AWSValue {
        .list(problems.map { ["DataPath": $0.path.map(AWSValue.string), "Message": .string($0.message)] })
    }
}

/// Checks dashboard bodies. AWS: doc of the body's structure; the texts are this server's own.
enum DashboardBody {
    struct Problem: Sendable {
        let path: String?
        let message: String
        /// Errors refuse the dashboard; the rest are remarks.
        let isError: Bool
    }

    private static let widgetsMax = 500
    private static let types: Set = ["metric", "text", "log", "alarm", "explorer", "custom", "trace"]
    private static let gridColumns = 24
    private static let heightMax = 1000

    static func problems(of body: String) -> [Problem] {
        guard let document = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] else {
            return [Problem(path: nil, message: "The field DashboardBody must be a valid JSON object", isError: true)]
        }
        guard let widgets = document["widgets"] as? [Any] else {
            return [Problem(path: "/widgets", message: "The dashboard body must have an array of widgets", isError: true)]
        }
        guard widgets.count <= widgetsMax else {
            return [Problem(path: "/widgets", message: "A dashboard has at most \(widgetsMax) widgets", isError: true)]
        }
        return widgets.enumerated().flatMap { problems(of: $1, path: "/widgets/\($0)") }
    }

    private static func problems(of widget: Any, path: String) -> [Problem] {
        guard let widget = widget as? [String: Any] else {
            return [Problem(path: path, message: "Should be an object", isError: true)]
        }
        var problems: [Problem] = []
        func add(_ member: String, _ message: String, isError: Bool) {
            problems.append(Problem(path: "\(path)/\(member)", message: message, isError: isError))
        }
        guard let type = widget["type"] as? String else {
            add("type", "Should have a type", isError: true)
            return problems
        }
        if !types.contains(type) { add("type", "Should be one of \(types.sorted().joined(separator: ", "))", isError: true) }
        for (member, range) in [("x", 0...gridColumns - 1), ("width", 1...gridColumns), ("height", 1...heightMax)] {
            guard let value = widget[member] else { continue }
            guard let number = value as? Int, range.contains(number) else {
                add(member, "Should be a whole number from \(range.lowerBound) to \(range.upperBound)", isError: true)
                continue
            }
        }
        guard let properties = widget["properties"] as? [String: Any] else {
            add("properties", "Should have an object of properties", isError: true)
            return problems
        }
        switch type {
        case "text" where !(properties["markdown"] is String):
            add("properties/markdown", "Should be a text", isError: true)
        case "metric" where !(properties["metrics"] is [Any]) && properties["annotations"] == nil:
            add("properties/metrics", "Should have metrics or alarm annotations", isError: true)
        case "metric":
            if !(properties["region"] is String) { add("properties/region", "Should have a region", isError: false) }
            for (index, metric) in ((properties["metrics"] as? [Any]) ?? []).enumerated() where !(metric is [Any]) {
                add("properties/metrics/\(index)", "Should be an array", isError: true)
            }
        default: break
        }
        return problems
    }
}
