import SimTime

/// Waiting for machines that are not to be had at the moment.
// AWS: doc — API reference of ProductionVariant, VariantInstanceProvisionTimeoutInSeconds; how often AWS tries is not
// known.
extension Endpoint {
    private static let capacityRetry = SimDuration.seconds(10)

    /// How long to wait before the machines of the variants that are short of them are asked about again; nil when that
    /// has been long enough, and when one of these variants does not wait.
    func capacityPause(of short: [VariantName], at now: SimInstant) -> SimDuration? {
        let limits = (fleets.launches + greenFleets.launches).map(\.plan).filter { short.contains($0.name) }
            .map { $0.capacityWaitSeconds ?? 0 }
        guard let seconds = limits.min() else { return nil }
        let left = (capacityAwaitedSince ?? now) + .seconds(Int64(seconds)) - now
        return left > .zero ? min(Self.capacityRetry, left) : nil
    }

    /// Goes back to where the machines are on their way. Since when they are does not change.
    mutating func awaitCapacity(_ pause: SimDuration, turn: inout Turn) {
        capacityAwaitedSince = capacityAwaitedSince ?? turn.now
        switch state {
        case .creating:
            state = .creating(isProbing: false)
            turn.arm(.fleetReady, after: pause)
        case .updating(var deployment):
            deployment.awaitCapacity()
            state = .updating(deployment)
            turn.arm(.fleetReady, after: pause)
        case .rescaling(var rescale):
            rescale.awaitCapacity()
            state = .rescaling(rescale)
            turn.arm(.rescaled, after: pause)
        case .inService, .updateRollbackFailed, .failed, .deleting, .removed:
            break  // No probe is open in these.
        }
    }
}
