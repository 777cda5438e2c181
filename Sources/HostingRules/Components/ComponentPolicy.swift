/// A part of a component's copies, as a number or a percentage; the spellings are those of the AWS API.
package struct CopySize: Equatable, Sendable, Codable {
    package enum Unit: String, Equatable, Sendable, Codable {
        case copyCount = "COPY_COUNT"
        case capacityPercent = "CAPACITY_PERCENT"
    }

    package var unit: Unit
    package var value: Int

    package init(_ unit: Unit, _ value: Int) {
        self.unit = unit
        self.value = value
    }

    private var capacity: CapacitySize {
        CapacitySize(unit == .copyCount ? .instanceCount : .capacityPercent, value)
    }

    /// The copies this size means of `total`; rounded as the batches of fleets are.
    func copies(of total: Int) -> Int { capacity.instances(of: total) }

    func lies(within percent: ClosedRange<Int>, of total: Int) -> Bool { capacity.lies(within: percent, of: total) }
}

/// `InferenceComponentDeploymentConfig`: how an update replaces the copies. AWS: sdk — spec/hosting.md §C.
package struct ComponentDeploymentConfig: Equatable, Sendable, Codable {
    package var maximumBatchSize: CopySize
    /// The bake of each batch, in seconds.
    package var waitSeconds: Int
    /// Nil for no limit.
    package var maximumExecutionTimeoutSeconds: Int?
    /// Nil: all old copies come back at once.
    package var rollbackMaximumBatchSize: CopySize?
    package var alarms: [AlarmName]
    /// The JSON the client sent, for Describe.
    package var json: String

    package init(
        maximumBatchSize: CopySize, waitSeconds: Int, maximumExecutionTimeoutSeconds: Int? = nil,
        rollbackMaximumBatchSize: CopySize? = nil, alarms: [AlarmName] = [], json: String
    ) {
        self.maximumBatchSize = maximumBatchSize
        self.waitSeconds = waitSeconds
        self.maximumExecutionTimeoutSeconds = maximumExecutionTimeoutSeconds
        self.rollbackMaximumBatchSize = rollbackMaximumBatchSize
        self.alarms = alarms
        self.json = json
    }

    /// Judges the sizes against the copies there shall be. AWS: sdk — spec/hosting.md §C; one copy is always a batch.
    func check(copies: Int) throws(ComponentRejection) {
        let batch = maximumBatchSize
        if copies > 1 || batch.unit == .capacityPercent {
            guard batch.lies(within: 5...50, of: max(copies, 1)) else {
                throw .batchOutOfBounds("MaximumBatchSize", batch, copies: copies)
            }
        }
        if let rollback = rollbackMaximumBatchSize, !rollback.lies(within: 5...100, of: max(copies, 1)) {
            throw .batchOutOfBounds("RollbackMaximumBatchSize", rollback, copies: copies)
        }
    }
}

/// Why a component does not take a request. Nothing has changed when one is thrown.
package enum ComponentRejection: Error, Equatable, Sendable {
    /// Another change is running.
    case busy(ComponentStatus)
    case copyCountOutOfBounds(Int)
    /// AWS: recorded — a component is created with at least one copy.
    case noCopies
    case batchOutOfBounds(String, CopySize, copies: Int)
    /// Neither a specification nor a copy count.
    case noChanges
}

/// The `InferenceComponentStatus` of the API.
package enum ComponentStatus: String, Equatable, Sendable, Codable, CaseIterable {
    case inService = "InService"
    case creating = "Creating"
    case updating = "Updating"
    case failed = "Failed"
    case deleting = "Deleting"
}

/// The name of an inference component.
package struct ComponentName: HostingName {
    package let text: String
    package init(_ text: String) { self.text = text }
}
