import CModelTables
import Synchronization

/// The service models embedded in the program. A model is parsed at its first use; identification by header,
/// credential scope or API version reads only the tables' headers.
package final class ModelCatalog: Sendable {
    /// The one catalogue: the embedded tables are constants of the program.
    package static let shared = ModelCatalog()

    /// What each table says of its service, in the tables' order.
    package let headers: [ModelTable.Header]
    private let byTargetPrefix: [String: ServiceID]
    private let bySigningName: [String: [ServiceID]]
    private let tables: [ServiceID: Table]

    /// A table, which is constant memory of the program, and its model once somebody has asked for it.
    private final class Table: @unchecked Sendable {
        let bytes: UnsafeBufferPointer<UInt8>
        private let parsed = AtomicLazyReference<ServiceModel>()
        private let parsing = Mutex(())

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        /// Every request asks, so that a model which is there is read without a lock.
        var model: ServiceModel {
            if let model = parsed.load() { return model }
            return parsing.withLock { _ in
                if let model = parsed.load() { return model }
                do {
                    return parsed.storeIfNil(try ModelTable.parse(bytes))
                } catch {
                    preconditionFailure("an embedded model table is damaged: \(error)")
                }
            }
        }
    }

    private init() {
        var headers: [ModelTable.Header] = []
        var tables: [ServiceID: Table] = [:]
        for index in 0..<coldframe_model_table_count() {
            let table = coldframe_model_table_at(index)
            let bytes = UnsafeBufferPointer(start: table.bytes, count: table.length)
            do {
                let header = try ModelTable.header(of: bytes)
                headers.append(header)
                tables[header.id] = Table(bytes: bytes)
            } catch {
                preconditionFailure("an embedded model table is damaged: \(error)")
            }
        }
        self.headers = headers
        self.tables = tables
        byTargetPrefix = Dictionary(
            headers.compactMap { header in header.targetPrefix.map { ($0, header.id) } }, uniquingKeysWith: { a, _ in a })
        bySigningName = Dictionary(grouping: headers, by: \.signingName).mapValues { $0.map(\.id) }
    }

    /// Every embedded service.
    package var serviceIDs: [ServiceID] { headers.map(\.id) }

    /// The model of `id`, parsed at the first call; nil when there is no such table. Safe from any thread:
    /// a second caller waits for the first one's parse.
    package func model(_ id: ServiceID) -> ServiceModel? { tables[id]?.model }

    /// The embedded table itself, as Scripts/import-models wrote it. The memory lives as long as the process.
    package func table(of id: ServiceID) -> UnsafeBufferPointer<UInt8>? { tables[id]?.bytes }

    /// The service whose `X-Amz-Target` starts with `prefix` (the part before the last dot), e.g. `SageMaker`.
    package func service(targetPrefix prefix: String) -> ServiceID? { byTargetPrefix[prefix] }

    /// The services signed with `name` in the credential scope; `sagemaker` names two.
    package func services(signingName name: String) -> [ServiceID] { bySigningName[name] ?? [] }

    /// The service a Query request (`Action`, `Version`) speaks to. The version decides where it is known;
    /// otherwise the first Query service that has the action.
    package func queryService(action: String, version: String?) -> ServiceID? {
        let candidates = headers.filter { $0.protocols.contains(.query) }
        if let version, let exact = candidates.first(where: { $0.apiVersion == version }) { return exact.id }
        return candidates.first { model($0.id)?.operations[action] != nil }?.id
    }
}
