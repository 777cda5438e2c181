/// Why a step scaling policy is refused. Its owner words it.
package enum StepPolicyRejection: Error, Equatable, Sendable {
    case noSteps
    case tooManySteps(Int)
    case emptyInterval
    case overlap
    case gap
    case severalOpenLower
    case severalOpenUpper
    /// A lower bound is open although every interval lies above the threshold, or the other way round.
    case negativeCooldown
    case magnitudeWithoutPercent
    case magnitudeOutOfBounds(Int)
    case negativeExactCapacity
}

/// A step scaling policy: how much to add or take, by how far the metric is beyond the alarm's threshold.
// AWS: doc — "Step scaling policies for Application Auto Scaling".
package struct StepPolicy: Equatable, Sendable, Codable {
    package enum AdjustmentType: String, Sendable, Codable {
        case changeInCapacity = "ChangeInCapacity"
        case percentChangeInCapacity = "PercentChangeInCapacity"
        case exactCapacity = "ExactCapacity"
    }

    /// How several datapoints become the one that is compared.
    package enum Aggregation: String, Sendable, Codable {
        case average = "Average", minimum = "Minimum", maximum = "Maximum"
    }

    /// An interval of the difference between metric and threshold; a bound that is nil is open.
    package struct Step: Equatable, Sendable, Codable {
        package var lower: Double?
        package var upper: Double?
        package var adjustment: Int

        package init(lower: Double? = nil, upper: Double? = nil, adjustment: Int) {
            self.lower = lower
            self.upper = upper
            self.adjustment = adjustment
        }
    }

    package static let stepsMax = 20
    /// For the metrics of SageMaker. AWS: doc — StepScalingPolicyConfiguration.
    package static let cooldownSecondsDefault = 300
    /// Far above any capacity here, and far from overflow.
    private static let capacityMax = 1_000_000_000

    package var type: AdjustmentType
    package var steps: [Step]
    /// The least change of a percentage, in units of capacity.
    package var minimumMagnitude: Int?
    package var cooldownSeconds: Int?
    package var aggregation: Aggregation

    package init(
        type: AdjustmentType, steps: [Step], minimumMagnitude: Int? = nil, cooldownSeconds: Int? = nil,
        aggregation: Aggregation = .average
    ) {
        self.type = type
        self.steps = steps
        self.minimumMagnitude = minimumMagnitude
        self.cooldownSeconds = cooldownSeconds
        self.aggregation = aggregation
    }

    /// Throws the first rule the policy breaks.
    package func check() throws(StepPolicyRejection) {
        guard !steps.isEmpty else { throw .noSteps }
        guard steps.count <= Self.stepsMax else { throw .tooManySteps(steps.count) }
        if let cooldownSeconds, cooldownSeconds < 0 { throw .negativeCooldown }
        if let minimumMagnitude {
            guard type == .percentChangeInCapacity else { throw .magnitudeWithoutPercent }
            guard minimumMagnitude > 0 else { throw .magnitudeOutOfBounds(minimumMagnitude) }
        }
        if type == .exactCapacity, steps.contains(where: { $0.adjustment < 0 }) { throw .negativeExactCapacity }
        guard steps.count(where: { $0.lower == nil }) <= 1 else { throw .severalOpenLower }
        guard steps.count(where: { $0.upper == nil }) <= 1 else { throw .severalOpenUpper }
        let sorted = steps.sorted { ($0.lower ?? -.infinity) < ($1.lower ?? -.infinity) }
        for step in sorted where (step.lower ?? -.infinity) >= (step.upper ?? .infinity) { throw .emptyInterval }
        for (earlier, later) in zip(sorted, sorted.dropFirst()) {
            let end = earlier.upper ?? .infinity, start = later.lower ?? -.infinity
            if end > start { throw .overlap }
            if end < start { throw .gap }
        }
    }

    /// The step for a difference between metric and threshold. A bound on the threshold's side is inclusive: above it the
    /// lower, below it the upper one.
    package func step(for difference: Double) -> Step? {
        steps.first { step in
            let lower = step.lower ?? -.infinity, upper = step.upper ?? .infinity
            return difference >= 0 ? lower <= difference && difference < upper : lower < difference && difference <= upper
        }
    }

    /// The capacity that a step asks for, before limits.
    package func capacity(_ step: Step, from current: Int) -> Int {
        let adjustment = min(max(step.adjustment, -Self.capacityMax), Self.capacityMax)
        switch type {
        case .exactCapacity: return adjustment
        case .changeInCapacity: return max(0, current + adjustment)
        case .percentChangeInCapacity:
            var change = percent(adjustment, of: current)
            if let minimumMagnitude, adjustment != 0, abs(change) < minimumMagnitude {
                change = adjustment > 0 ? minimumMagnitude : -minimumMagnitude
            }
            return min(max(0, current + change), Self.capacityMax)
        }
    }

    /// Values above one round down, between zero and one up, and the same away from zero downwards.
    // AWS: doc — "Scaling adjustment types".
    private func percent(_ adjustment: Int, of current: Int) -> Int {
        let exact = Double(adjustment) * Double(current) / 100
        if exact > 0, exact < 1 { return 1 }
        if exact < 0, exact > -1 { return -1 }
        return Int(min(max(exact.rounded(.towardZero), Double(-Self.capacityMax)), Double(Self.capacityMax)))
    }

    /// One value of the datapoints of an evaluation; nil when there is none.
    package func aggregate(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        return switch aggregation {
        case .average: values.reduce(0, +) / Double(values.count)
        case .minimum: values.min()
        case .maximum: values.max()
        }
    }
}
