/// Distinct non-negative values and how many samples had each, in ascending order: what percentiles are computed from.
///
/// The table is exact while it holds at most `distinctValuesMax` values. Beyond, every value is replaced by the middle
/// of its bucket of relative width 1/64, so that a value read back is at most 1/128 (0.8 %) off; buckets do not depend
/// on the data, hence tables merge in any order to the same result.
package struct ValueTable: Hashable, Sendable {
    /// Ascending, without repeats.
    package private(set) var values: [Double]
    /// The number of samples of each value; fractional counts are possible, as CloudWatch's counts are doubles.
    package private(set) var counts: [Double]
    /// True when values stand for buckets.
    package private(set) var isSketch: Bool

    package static let distinctValuesMax = 1000

    /// A table of one value.
    package init(_ value: Double, count: Double) {
        values = [value]
        counts = [count]
        isSketch = false
    }

    /// Restores a stored table; nil when the columns are not an ascending table of non-negative values.
    package init?(values: [Double], counts: [Double], isSketch: Bool) {
        guard values.count == counts.count, values.first ?? 0 >= 0,
              zip(values, values.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.values = values
        self.counts = counts
        self.isSketch = isSketch
    }

    package mutating func add(_ value: Double, count: Double) {
        let kept = isSketch ? ValueTable.bucketMiddle(value) : value
        let index = lowerBound(kept)
        if index < values.count, values[index] == kept {
            counts[index] += count
        } else {
            values.insert(kept, at: index)
            counts.insert(count, at: index)
            sketchIfCrowded()
        }
    }

    package mutating func merge(_ other: ValueTable) {
        var other = other
        if isSketch || other.isSketch {
            sketch()
            other.sketch()
        }
        var mergedValues: [Double] = [], mergedCounts: [Double] = []
        mergedValues.reserveCapacity(values.count + other.values.count)
        mergedCounts.reserveCapacity(values.count + other.values.count)
        var mine = 0, theirs = 0
        while mine < values.count || theirs < other.values.count {
            if theirs == other.values.count || (mine < values.count && values[mine] < other.values[theirs]) {
                mergedValues.append(values[mine])
                mergedCounts.append(counts[mine])
                mine += 1
            } else if mine == values.count || other.values[theirs] < values[mine] {
                mergedValues.append(other.values[theirs])
                mergedCounts.append(other.counts[theirs])
                theirs += 1
            } else {
                mergedValues.append(values[mine])
                mergedCounts.append(counts[mine] + other.counts[theirs])
                mine += 1
                theirs += 1
            }
        }
        values = mergedValues
        counts = mergedCounts
        sketchIfCrowded()
    }

    private mutating func sketchIfCrowded() {
        if !isSketch, values.count > ValueTable.distinctValuesMax { sketch() }
    }

    private mutating func sketch() {
        guard !isSketch else { return }
        isSketch = true
        var bucketValues: [Double] = [], bucketCounts: [Double] = []
        for (value, count) in zip(values, counts) {
            let middle = ValueTable.bucketMiddle(value)
            if bucketValues.last == middle {
                bucketCounts[bucketCounts.count - 1] += count
            } else {
                bucketValues.append(middle)
                bucketCounts.append(count)
            }
        }
        values = bucketValues
        counts = bucketCounts
    }

    /// Keeps the exponent and six bits of the fraction and sets the seventh: the middle of 64 buckets per power of two.
    /// A middle is its own bucket's middle. Zero and subnormal values are zero.
    private static func bucketMiddle(_ value: Double) -> Double {
        guard value.isNormal else { return 0 }
        let cut = UInt64(1) << 46
        return Double(bitPattern: value.bitPattern & ~(cut - 1) | cut >> 1)
    }

    private func lowerBound(_ value: Double) -> Int {
        if let last = values.last, last < value { return values.count }
        var low = 0, high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
