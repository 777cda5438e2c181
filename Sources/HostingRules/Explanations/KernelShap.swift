import SimTime

/// Kernel SHAP: how much each feature of a record adds to a model's answer, from answers to records of which some
/// features are the baseline's.
// AWS: doc — the guide's page on the synthetic dataset gives the number of coalitions; the algorithm is the published one
// (Lundberg and Lee, 2017), with whole sizes of coalitions first and a drawn rest.
package struct KernelShap: Sendable {
    package let featureCount: Int
    /// Which features are the record's own, by synthetic record.
    package let coalitions: [[Bool]]
    private let weights: [Double]

    /// More features than that take too long to be worked out.
    package static let featuresMax = 100
    package static let samplesMax = 10_000

    /// How many coalitions there will be.
    package static func coalitionCount(featureCount: Int, sampleCount: Int?) -> Int {
        let all = featureCount < 24 ? (1 << featureCount) - 2 : Int.max
        return min(sampleCount ?? 2 * featureCount + 2048, all, samplesMax)
    }

    /// - Parameter sampleCount: `NumberOfSamples`. With enough of them the values are exact.
    package init(featureCount: Int, sampleCount: Int?, seed: UInt64) {
        self.featureCount = featureCount
        var left = Self.coalitionCount(featureCount: featureCount, sampleCount: sampleCount)
        var random = SeededRandom(seed: seed)
        var coalitions: [[Bool]] = []
        var weights: [Double] = []
        var sizes = Array(stride(from: 1, through: featureCount / 2, by: 1))
        while let size = sizes.first {
            let isHalf = 2 * size == featureCount
            let count = Self.choose(size, of: featureCount, atMost: left) * (isHalf ? 1 : 2)
            guard count <= left else { break }
            let weight = Self.weight(ofSize: size, featureCount) / Double(count)
            for members in Self.subsets(of: featureCount, size: size) {
                for own in isHalf ? [true] : [true, false] {
                    coalitions.append(members.map { $0 == own })
                    weights.append(weight)
                }
            }
            left -= count
            sizes.removeFirst()
        }
        if !sizes.isEmpty, left > 0 {
            let shares = sizes.map { Self.weight(ofSize: $0, featureCount) }
            let total = shares.reduce(0, +)
            for _ in 0..<left {
                var draw = random.unit() * total
                let index = shares.firstIndex { share in
                    draw -= share
                    return draw < 0
                }
                let size = sizes[index ?? sizes.count - 1]
                var members = [Bool](repeating: false, count: featureCount)
                for place in Self.shuffled(featureCount, &random).prefix(size) { members[place] = true }
                let own = random.unit() < 0.5
                coalitions.append(members.map { $0 == own })
                weights.append(total / Double(left))
            }
        }
        self.coalitions = coalitions
        self.weights = weights
    }

    /// What each feature adds between the answer to the baseline and that to the record; their sum is the difference.
    /// `values` are the answers to the coalitions, in order.
    package func attributions(baseline: Double, record: Double, values: [Double]) -> [Double] {
        let difference = record - baseline
        guard featureCount > 1 else { return [difference] }
        // The last feature is what the others leave, so that the sum is right.
        let count = featureCount - 1
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: count + 1), count: count)
        for (index, coalition) in coalitions.enumerated() {
            let last = coalition[count] ? 1.0 : 0
            let row = (0..<count).map { (coalition[$0] ? 1.0 : 0) - last }
            let left = values[index] - baseline - last * difference
            for first in 0..<count where row[first] != 0 {
                let weighted = weights[index] * row[first]
                for second in 0..<count { matrix[first][second] += weighted * row[second] }
                matrix[first][count] += weighted * left
            }
        }
        let found = Self.solved(matrix)
        return found + [difference - found.reduce(0, +)]
    }

    /// What all coalitions of a size and of its complement weigh together.
    private static func weight(ofSize size: Int, _ featureCount: Int) -> Double {
        let one = Double(featureCount - 1) / Double(size * (featureCount - size))
        return 2 * size == featureCount ? one : 2 * one
    }

    /// The number of subsets of a size; above a limit, something above it.
    private static func choose(_ size: Int, of count: Int, atMost limit: Int) -> Int {
        var result = 1
        for step in 1...size {
            result = result * (count - size + step) / step
            if result > limit { return result }
        }
        return result
    }

    /// Every subset of a size, in a fixed order.
    private static func subsets(of count: Int, size: Int) -> [[Bool]] {
        var places = Array(0..<size)
        var subsets: [[Bool]] = []
        while true {
            var members = [Bool](repeating: false, count: count)
            for place in places { members[place] = true }
            subsets.append(members)
            guard let moving = places.indices.last(where: { places[$0] < count - size + $0 }) else { return subsets }
            places[moving] += 1
            for next in places.indices where next > moving { places[next] = places[next - 1] + 1 }
        }
    }

    private static func shuffled(_ count: Int, _ random: inout SeededRandom) -> [Int] {
        var places = Array(0..<count)
        for index in places.indices.dropLast() {
            let other = index + Int(UInt64(count - index).multipliedFullWidth(by: random.next()).high)
            places.swapAt(index, other)
        }
        return places
    }

    /// The solution of a system of equations, each with its right side at the end. A variable that nothing is known of is 0.
    private static func solved(_ equations: [[Double]]) -> [Double] {
        var matrix = equations
        let count = matrix.count
        for column in 0..<count {
            let best = (column..<count).max { abs(matrix[$0][column]) < abs(matrix[$1][column]) } ?? column
            matrix.swapAt(column, best)
            guard abs(matrix[column][column]) > 1e-12 else { continue }
            for row in 0..<count where row != column && matrix[row][column] != 0 {
                let factor = matrix[row][column] / matrix[column][column]
                for place in column...count { matrix[row][place] -= factor * matrix[column][place] }
            }
        }
        return (0..<count).map { abs(matrix[$0][$0]) > 1e-12 ? matrix[$0][count] / matrix[$0][$0] : 0 }
    }
}
