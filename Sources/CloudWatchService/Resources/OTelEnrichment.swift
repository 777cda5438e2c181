import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// The switch for OpenTelemetry enrichment: kept and shown; no telemetry is enriched. AWS: sdk.
struct OTelEnrichment: Sendable {
    let timeline: Timeline

    private struct Record: Codable, Sendable {
        var isRunning: Bool
        /// The filters, as they were sent.
        var filters: AWSObject
        var created: SimInstant
        var updated: SimInstant

        var shown: AWSObject {
            var shown = filters
            shown["CreatedAt"] = .timestamp(created)
            shown["UpdatedAt"] = .timestamp(updated)
            return shown
        }
    }

    private static func key(_ realm: Realm) -> DocumentKey {
        DocumentCollection(realm, service: AlarmBook.service, type: "otel-enrichment").key("default")
    }

    private static func filters(_ input: AWSObject) -> AWSObject {
        ["IncludeFilters": input["IncludeFilters"], "ExcludeFilters": input["ExcludeFilters"]]
    }

    func start(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm, filters = Self.filters(request.input)
        return OperationResponse(try await timeline.turn { turn in
            let existing = try turn.transaction.document(Self.key(realm), as: Record.self)
            let record = Record(
                isRunning: true, filters: filters, created: existing?.created ?? turn.now, updated: turn.now)
            try turn.transaction.put(Self.key(realm), record)
            return record.shown
        })
    }

    func update(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm, filters = Self.filters(request.input)
        return OperationResponse(try await timeline.turn { turn in
            guard var record = try turn.transaction.document(Self.key(realm), as: Record.self), record.isRunning else {
                throw CloudWatchFault.unknownResource("default", type: "cloudwatch:otel-enrichment")
            }
            record.filters = filters
            record.updated = turn.now
            try turn.transaction.put(Self.key(realm), record)
            return record.shown
        })
    }

    func stop(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        try await timeline.turn { turn in
            guard var record = try turn.transaction.document(Self.key(realm), as: Record.self) else { return }
            record.isRunning = false
            record.updated = turn.now
            try turn.transaction.put(Self.key(realm), record)
        }
        return OperationResponse()
    }

    func get(_ request: OperationRequest) async throws -> OperationResponse {
        let record = try timeline.store.document(Self.key(request.context.realm), as: Record.self)
        var output = record?.isRunning == true ? record?.shown ?? [:] : [:]
        output["Status"] = record?.isRunning == true ? "Running" : "Stopped"
        return OperationResponse(output)
    }
}
