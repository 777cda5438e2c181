/// Why a target tracking policy is refused. Its owner words it.
package enum TrackingPolicyRejection: Error, Equatable, Sendable {
    case targetOutOfBounds
    case neitherMetric
    case bothMetrics
    case negativeCooldown
    case metricNotForResource(String)
    case unknownMetric(String)
    case resourceLabel
}

/// A target tracking policy: keeps a metric per unit of capacity near a target.
// AWS: doc — "Target tracking scaling policies for Application Auto Scaling".
package struct TrackingPolicy: Equatable, Sendable, Codable {
    package var target: Double
    package var scaleOutCooldownSeconds: Int?
    package var scaleInCooldownSeconds: Int?
    package var isScaleInDisabled: Bool

    /// For the metrics of SageMaker. AWS: doc — TargetTrackingScalingPolicyConfiguration.
    package static let cooldownSecondsDefault = 300
    /// AWS: doc — between 8.515920e-109 and 1.174271e+108.
    package static let targets = 8.515920e-109...1.174271e+108
    private static let capacityMax = 1_000_000_000.0

    package init(
        target: Double, scaleOutCooldownSeconds: Int? = nil, scaleInCooldownSeconds: Int? = nil,
        isScaleInDisabled: Bool = false
    ) {
        self.target = target
        self.scaleOutCooldownSeconds = scaleOutCooldownSeconds
        self.scaleInCooldownSeconds = scaleInCooldownSeconds
        self.isScaleInDisabled = isScaleInDisabled
    }

    package func check() throws(TrackingPolicyRejection) {
        guard target.isFinite, Self.targets.contains(target) else { throw .targetOutOfBounds }
        for seconds in [scaleOutCooldownSeconds, scaleInCooldownSeconds] {
            if let seconds, seconds < 0 { throw .negativeCooldown }
        }
    }

    /// The capacity at which the metric would be at the target, rounded up so that it is not above it.
    package func capacity(for value: Double, from current: Int) -> Int {
        guard value.isFinite, value > 0 else { return 0 }
        // From nothing there is no proportion: one unit shows what one unit bears.
        guard current > 0 else { return 1 }
        let exact = Double(current) * value / target
        // What a rounding error puts just above a whole number is that number.
        return Int(min((exact - 1e-9).rounded(.up), Self.capacityMax))
    }

    /// The alarm below which there is too much capacity. AWS: recorded — 90 % of the target.
    package var lowThreshold: Double { target * 0.9 }
}

/// The metrics AWS knows by name for SageMaker.
// AWS: doc — spec/hosting.md §D.4 for the names; the metrics behind them §D.1, windows recorded for the plain ones and
// inferred for those of high resolution.
package enum PredefinedMetric: String, CaseIterable, Sendable, Codable {
    case invocationsPerInstance = "SageMakerVariantInvocationsPerInstance"
    case provisionedConcurrencyUtilization = "SageMakerVariantProvisionedConcurrencyUtilization"
    case invocationsPerCopy = "SageMakerInferenceComponentInvocationsPerCopy"
    case concurrentRequestsPerModel = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    case concurrentRequestsPerCopy = "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"

    package var dimension: ScalableDimension {
        switch self {
        case .invocationsPerInstance, .concurrentRequestsPerModel: .variantInstanceCount
        case .provisionedConcurrencyUtilization: .variantProvisionedConcurrency
        case .invocationsPerCopy, .concurrentRequestsPerCopy: .componentCopyCount
        }
    }

    package var metricName: String {
        switch self {
        case .invocationsPerInstance: "InvocationsPerInstance"
        case .provisionedConcurrencyUtilization: "ServerlessProvisionedConcurrencyUtilization"
        case .invocationsPerCopy: "InvocationsPerCopy"
        case .concurrentRequestsPerModel: "ConcurrentRequestsPerModel"
        case .concurrentRequestsPerCopy: "ConcurrentRequestsPerCopy"
        }
    }

    package var statistic: String {
        switch self {
        case .invocationsPerInstance, .invocationsPerCopy: "Sum"
        case .provisionedConcurrencyUtilization, .concurrentRequestsPerModel, .concurrentRequestsPerCopy: "Maximum"
        }
    }

    package var periodSeconds: Int {
        switch self {
        case .concurrentRequestsPerModel, .concurrentRequestsPerCopy: 10
        case .invocationsPerInstance, .invocationsPerCopy, .provisionedConcurrencyUtilization: 60
        }
    }
}

/// The alarms of a target tracking policy: three minutes above the target, fifteen minutes below.
// AWS: recorded — 3 of 3 and 15 of 15 periods of a minute.
package enum TrackingAlarm: String, CaseIterable, Sendable {
    case high = "AlarmHigh"
    case low = "AlarmLow"

    package var spanMinutes: Int { self == .high ? 3 : 15 }

    package func evaluationPeriods(periodSeconds: Int) -> Int {
        periodSeconds >= 60 ? spanMinutes : self == .high ? 3 : spanMinutes * 60 / periodSeconds
    }
}
