package import SimTime

/// Application Auto Scaling.
extension Scenario {
    /// What is scaled; the dimension follows from it.
    package enum ScalingTarget: Equatable, Hashable, Sendable {
        case instances(endpoint: String, variant: String)
        case provisionedConcurrency(endpoint: String, variant: String)
        case copies(component: String)
    }

    package enum ScalingAction: Equatable, Sendable {
        case register(ScalingTarget, minimum: Int, maximum: Int)
        case deregister(ScalingTarget)
        case tracking(TrackingPolicy)
        case step(StepPolicy)
        case scheduled(ScheduledAction)
    }

    package struct TrackingPolicy: Equatable, Sendable {
        package var name: String
        package var target: ScalingTarget
        /// One of AWS's predefined metric types, or the name of a metric of the target.
        package var metric: String
        /// Of a metric that is not predefined.
        package var statistic: String
        package var value: Double
        package var outCooldownSeconds: Int?
        package var inCooldownSeconds: Int?
        package var isScaleInDisabled: Bool

        package var isPredefined: Bool { metric.hasPrefix("SageMaker") }
    }

    package struct StepPolicy: Equatable, Sendable {
        package struct Step: Equatable, Sendable {
            package var adjustment: Int
            /// How far beyond the alarm's threshold the step begins.
            package var beyond: Double
        }

        package var name: String
        package var target: ScalingTarget
        package var alarm: String
        /// AWS's name of the adjustment type.
        package var type: String
        package var steps: [Step]
        package var cooldownSeconds: Int?
    }

    package struct ScheduledAction: Equatable, Sendable {
        package enum When: Equatable, Sendable {
            /// Since 0s.
            case at(SimDuration)
            /// AWS's expression.
            case expression(String)
        }

        package var name: String
        package var target: ScalingTarget
        package var when: When
        package var minimum: Int?
        package var maximum: Int?
    }
}
