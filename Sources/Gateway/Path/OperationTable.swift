package import AWSModel

/// Every emulated operation, and by it what is emulated how far.
package struct OperationTable: Sendable {
    private let operations: [ServiceID: [String: Operation]]

    package init(_ services: [any Service]) {
        var all: [ServiceID: [String: Operation]] = [:]
        for service in services {
            for (id, operations) in service.operations {
                for operation in operations {
                    precondition(
                        all[id, default: [:]].updateValue(operation, forKey: operation.name) == nil,
                        "\(id):\(operation.name) is registered twice")
                }
            }
        }
        operations = all
    }

    package func operation(_ service: ServiceID, _ name: String) -> Operation? { operations[service]?[name] }

    /// One row per operation of every modelled service.
    package struct CoverageRow: Sendable, Equatable {
        package var service: String
        package var operation: String
        /// `full`, `partial` or `none`.
        package var coverage: String
        /// What is missing of a partial one.
        package var missing: String?
    }

    /// The coverage of all services in the catalogue, in its order.
    package func coverage(_ catalog: ModelCatalog) -> [CoverageRow] {
        catalog.serviceIDs.flatMap { id -> [CoverageRow] in
            (catalog.model(id)?.operationNames ?? []).map { name in
                guard let operation = operation(id, name) else {
                    return CoverageRow(service: id.name, operation: name, coverage: "none", missing: nil)
                }
                switch (operation.coverage, operation.refusedMembers.isEmpty) {
                case (.full, true): return CoverageRow(service: id.name, operation: name, coverage: "full", missing: nil)
                case (.full, false):
                    return CoverageRow(
                        service: id.name, operation: name, coverage: "partial",
                        missing: "members " + operation.refusedMembers.joined(separator: ", "))
                case (.partial(let missing), _):
                    return CoverageRow(service: id.name, operation: name, coverage: "partial", missing: missing)
                }
            }
        }
    }
}
