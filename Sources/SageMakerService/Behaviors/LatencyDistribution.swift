import Foundation
import SimTime

/// The 1,024 midpoint quantiles of the standard normal distribution: what log-normal latencies are drawn through.
enum StandardNormal {
    static let quantiles: [Double] = (0..<1024).map { quantile((Double($0) + 0.5) / 1024) }

    /// The 99th percentile.
    static let percentile99 = 2.3263478740408408

    /// By bisection on the error function: exact to 1e-9, and only ever used to fill the table above.
    private static func quantile(_ probability: Double) -> Double {
        var low = -9.0, high = 9.0
        while high - low > 1e-9 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

/// Log-normal latencies in microseconds, drawn through a table of quantiles: no logarithm per request.
struct LatencyDistribution: Sendable {
    private let quantiles: [Double]

    init(_ latency: Behavior.Latency) {
        let median = latency.p50 * 1000
        let ratio = latency.p50 > 0 ? latency.p99 / latency.p50 : 1
        quantiles = StandardNormal.quantiles.map { (median * pow(ratio, $0 / StandardNormal.percentile99)).rounded() }
    }

    func draw(random: inout SeededRandom) -> Double { quantiles[Int(random.next() >> 54)] }
}
