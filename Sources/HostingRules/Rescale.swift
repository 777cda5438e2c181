import SimTime

/// A change of weights and instance counts outside a deployment.
/// AWS: documented — spec/hosting.md §A.8.
struct Rescale: Equatable, Sendable, Codable {
    /// working → probing when machines were started → done; a failed launch leads to undoing.
    enum Stage: Equatable, Sendable, Codable {
        case working
        /// Awaiting the owner's word on the new machines.
        case probing
        /// The old values are back; the failed machines are ending. The only use of status RollingBack.
        case undoing(LaunchFailure)
    }

    /// What a variant desired before.
    struct Former: Equatable, Sendable, Codable {
        let variant: VariantName
        let weight: Double
        let instanceCount: Int
    }

    private(set) var stage = Stage.working
    private(set) var stageStartedAt: SimInstant
    private let former: [Former]

    /// The changes must have been checked against the fleets.
    init(_ changes: [VariantChange], fleets: inout [Fleet], turn: inout Turn) {
        former = fleets.map {
            Former(variant: $0.variant, weight: $0.desiredWeight, instanceCount: $0.desiredInstanceCount)
        }
        stageStartedAt = turn.now
        var launches: [Launch] = []
        var isScaling = false
        for change in changes {
            for index in fleets.indices where fleets[index].variant == change.variant {
                if let weight = change.weight { fleets[index].desiredWeight = weight }
                if let serverless = change.serverless {
                    fleets[index].wantedServerless = fleets[index].serverless.map(serverless.applied)
                    isScaling = true
                }
                guard let count = change.instanceCount else { continue }
                fleets[index].desiredInstanceCount = count
                let more = count - fleets[index].aliveCount
                if more != 0 { isScaling = true }
                if more > 0 { launches.append(fleets[index].launch(more, ids: &turn.ids)) }
            }
        }
        turn.provision(launches)
        turn.arm(.rescaled, after: isScaling ? turn.profile.scaling : turn.profile.trafficSwitch)
    }

    /// True when the change is complete: done, or undone with the failure.
    mutating func stageElapsed(fleets: inout [Fleet], turn: inout Turn) -> Bool {
        switch stage {
        case .working:
            let launches = fleets.launches
            if launches.isEmpty { return complete(&fleets, &turn) }
            stage = .probing
            turn.probe(launches)
            return false
        case .probing:
            return false  // Time does not answer a probe.
        case .undoing:
            return true
        }
    }

    /// True when the change is complete.
    mutating func launched(_ failure: LaunchFailure?, fleets: inout [Fleet], turn: inout Turn) -> Bool {
        switch (stage, failure) {
        case (.probing, nil):
            fleets.launchesPassed()
            return complete(&fleets, &turn)
        case (.probing, let failure?):
            turn.record(.launchFailed(failure))
            turn.retire(fleets.abandonLaunches())
            for old in former {
                for index in fleets.indices where fleets[index].variant == old.variant {
                    fleets[index].desiredWeight = old.weight
                    fleets[index].desiredInstanceCount = old.instanceCount
                    fleets[index].wantedServerless = nil
                }
            }
            stage = .undoing(failure)
            stageStartedAt = turn.now
            turn.arm(.rescaleUndone, after: turn.profile.termination)
            return false
        case (.working, _), (.undoing, _):
            return false  // No probe is open.
        }
    }

    /// The machines of the open probe are not to be had yet: they are asked about again.
    mutating func awaitCapacity() {
        if stage == .probing { stage = .working }
    }

    /// Set once the change has failed.
    var failure: LaunchFailure? {
        switch stage {
        case .working, .probing: nil
        case .undoing(let failure): failure
        }
    }

    private func complete(_ fleets: inout [Fleet], _ turn: inout Turn) -> Bool {
        var retirements: [Retirement] = []
        for index in fleets.indices {
            fleets[index].currentWeight = fleets[index].desiredWeight
            if let wanted = fleets[index].wantedServerless {
                fleets[index].changedServerless = wanted
                fleets[index].wantedServerless = nil
            }
            let surplus = fleets[index].aliveCount - fleets[index].desiredInstanceCount
            let retired = fleets[index].retire(max(0, surplus))
            fleets[index].dropRetired()
            if !retired.isEmpty {
                retirements.append(
                    .init(fleet: fleets[index].id, variant: fleets[index].variant, instances: retired))
            }
        }
        fleets.serveAll()
        turn.retire(retirements)
        return true
    }
}

/// One entry of `DesiredWeightsAndCapacities`; nil leaves the value as it is.
package struct VariantChange: Equatable, Sendable {
    package var variant: VariantName
    package var weight: Double?
    package var instanceCount: Int?
    package var serverless: ServerlessChange?

    package init(
        variant: VariantName, weight: Double? = nil, instanceCount: Int? = nil, serverless: ServerlessChange? = nil
    ) {
        self.serverless = serverless
        self.variant = variant
        self.weight = weight
        self.instanceCount = instanceCount
    }
}

/// `ServerlessUpdateConfig`; nil leaves the value as it is.
package struct ServerlessChange: Equatable, Sendable {
    package var maxConcurrency: Int?
    package var provisionedConcurrency: Int?

    package init(maxConcurrency: Int? = nil, provisionedConcurrency: Int? = nil) {
        self.maxConcurrency = maxConcurrency
        self.provisionedConcurrency = provisionedConcurrency
    }

    func applied(to plan: ServerlessPlan) -> ServerlessPlan {
        ServerlessPlan(
            memorySizeInMB: plan.memorySizeInMB, maxConcurrency: maxConcurrency ?? plan.maxConcurrency,
            provisionedConcurrency: provisionedConcurrency ?? plan.provisionedConcurrency)
    }
}
