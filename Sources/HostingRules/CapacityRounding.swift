/// A part of a fleet, as a number of instances or a percentage.
package struct CapacitySize: Equatable, Sendable, Codable {
    /// The spellings are those of the AWS API.
    package enum Unit: String, Equatable, Sendable, Codable {
        case instanceCount = "INSTANCE_COUNT"
        case capacityPercent = "CAPACITY_PERCENT"
    }

    package var unit: Unit
    package var value: Int

    package init(_ unit: Unit, _ value: Int) {
        self.unit = unit
        self.value = value
    }

    /// The instances this size means in a fleet of `total`: never more than the fleet, and at least one of a
    /// fleet that has any. Percentages are rounded up.
    /// AWS: assumed — spec/hosting.md §B.4, with the fixed points 33 % of 3 = 1 and 5 % of 2 = 1.
    package func instances(of total: Int) -> Int {
        let wanted = switch unit {
        case .instanceCount: value
        case .capacityPercent: ceilingQuotient(total * min(max(value, 0), 100), 100)
        }
        return min(total, max(1, wanted))
    }

    /// True when this size lies within `percent` of a fleet of `total`: a percentage is judged on its own number,
    /// a count on its ratio to the fleet. AWS: assumed — spec/hosting.md §B.4.
    package func lies(within percent: ClosedRange<Int>, of total: Int) -> Bool {
        switch unit {
        case .capacityPercent:
            return percent.contains(value)
        case .instanceCount:
            // A count above the total is above every percentage, and settling it first keeps the product small.
            guard value >= 1, value <= total else { return false }
            return value * 100 >= percent.lowerBound * total && value * 100 <= percent.upperBound * total
        }
    }
}

/// The sums behind blue/green and rolling deployments.
package enum CapacityRounding {
    /// Batches or steps of `size` that cover `total`; at least one, so that an empty fleet still has its turn.
    /// AWS: assumed — spec/hosting.md §B.4.
    package static func steps(of size: Int, covering total: Int) -> Int {
        max(1, ceilingQuotient(total, max(1, size)))
    }

    /// Blue instances left with traffic while `active` of `green` green ones have it: the rounded complement.
    /// While green is partial one blue instance always stays, because its share of requests must land somewhere.
    /// AWS: recorded for equal fleets, assumed otherwise — spec/hosting.md §B.4.
    package static func blueActive(blue: Int, greenActive active: Int, green: Int) -> Int {
        if active >= green { return 0 }
        return min(blue, max(1, remaining(of: blue, done: active, total: green)))
    }

    /// What is left of `whole` when `done` of `total` has been replaced, rounded to the nearest instance, halves up.
    package static func remaining(of whole: Int, done: Int, total: Int) -> Int {
        if done >= total { return 0 }
        return (2 * whole * (total - done) + total) / (2 * total)
    }
}

/// `dividend / divisor` rounded up, for a positive divisor and a dividend that is not negative.
private func ceilingQuotient(_ dividend: Int, _ divisor: Int) -> Int {
    dividend / divisor + (dividend % divisor == 0 ? 0 : 1)
}
