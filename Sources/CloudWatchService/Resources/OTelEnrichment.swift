import AWSModel
import Gateway
import Store
import Timeline
import Vocabulary

/// The switch for OpenTelemetry enrichment: kept and shown; there are no metrics of OpenTelemetry to enrich. AWS: sdk.
struct OTelEnrichment: Sendable {
    let timeline: Timeline

    private struct Record: Codable, Sendable {
        var isRunning: Bool
    }

    private static func key(_ realm: Realm) -> DocumentKey {
        DocumentCollection(realm, service: AlarmBook.service, type: "otel-enrichment").key("default")
    }

    func setRunning(_ isRunning: Bool, _ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        try await timeline.turn { try $0.transaction.put(Self.key(realm), Record(isRunning: isRunning)) }
        return OperationResponse()
    }

    func get(_ request: OperationRequest) async throws -> OperationResponse {
        let record = try timeline.store.document(Self.key(request.context.realm), as: Record.self)
        return OperationResponse(["Status": record?.isRunning == true ? "Running" : "Stopped"])
    }
}
