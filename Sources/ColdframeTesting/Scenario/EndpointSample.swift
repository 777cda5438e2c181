import AWSModel

/// What DescribeEndpoint tells at one instant, as percents and counts.
struct EndpointSample: Equatable {
    /// `none` when there is no such endpoint.
    var status = "none"
    var config = ""
    var failure: String?
    /// Status messages of the pending fleet; nil while no deployment is pending.
    var pending: String?
    /// Machines with traffic.
    var blueInstances = 0
    var greenInstances = 0
    /// Percent of the endpoint's traffic; nil while it takes none.
    var green: Double?
    /// Percent of the endpoint's traffic by variant.
    var variants: [String: Double] = [:]
    /// Machines each variant should have.
    var desired: [String: Int] = [:]
    /// Of the first variant; nil when it is not serverless.
    var serverless: Scenario.Serverless?

    var blue: Double? { green.map { 100 - $0 } }

    init() {}

    /// - Parameter isRolling: the pending update is a rolling one, where old and new machines count alike.
    // AWS: recorded — spec/hosting.md §B.3: the share while partial is active green / total green.
    init(_ description: AWSValue, isRolling: Bool) {
        status = description["EndpointStatus"]?.string ?? ""
        config = description["EndpointConfigName"]?.string ?? ""
        failure = description["FailureReason"]?.string
        let old = Self.summaries(description)
        let summary = description["PendingDeploymentSummary"]
        let new = summary.map(Self.summaries) ?? [:]
        if let summary {
            let statuses = (summary["ProductionVariants"]?.list ?? []).flatMap { $0["VariantStatus"]?.list ?? [] }
            pending = statuses.compactMap { $0["StatusMessage"]?.string }.joined(separator: " ")
        }
        desired = old.mapValues(\.desired)
        if let config = description["ProductionVariants"]?.list?.first?["CurrentServerlessConfig"] {
            serverless = .init(
                memoryInMB: config["MemorySizeInMB"]?.int, maximum: config["MaxConcurrency"]?.int ?? 0,
                provisioned: config["ProvisionedConcurrency"]?.int)
        }
        blueInstances = old.values.reduce(0) { $0 + $1.current }
        greenInstances = new.values.reduce(0) { $0 + $1.current }
        let takesTraffic = ["InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"]
        guard takesTraffic.contains(status), blueInstances + greenInstances > 0 else { return }
        weigh(old, new, isRolling: isRolling)
    }

    private struct Summary {
        var weight: Double
        var current: Int
        var desired: Int
    }

    private static func summaries(_ value: AWSValue) -> [String: Summary] {
        var summaries: [String: Summary] = [:]
        for variant in value["ProductionVariants"]?.list ?? [] {
            summaries[variant["VariantName"]?.string ?? ""] = Summary(
                weight: variant["CurrentWeight"]?.double ?? 0, current: variant["CurrentInstanceCount"]?.int ?? 0,
                desired: variant["DesiredInstanceCount"]?.int ?? 0)
        }
        return summaries
    }

    private mutating func weigh(_ old: [String: Summary], _ new: [String: Summary], isRolling: Bool) {
        func sum(_ all: [String: Summary]) -> Double { max(all.values.reduce(0) {
            $0 + $1.weight }, .leastNonzeroMagnitude)
        }
        let (oldSum, newSum) = (sum(old), sum(new))
        var total = 0.0, greenTotal = 0.0
        for name in Set(old.keys).union(new.keys) {
            let (blue, green) = (old[name]?.current ?? 0, new[name]?.current ?? 0)
            guard blue + green > 0 else { continue }
            var share = 0.0
            if green > 0 {
                let whole = isRolling ? green + blue : max(1, new[name]?.desired ?? 1)
                share = blue == 0 ? 1 : min(1, Double(green) / Double(whole))
            }
            let greenPart = (new[name]?.weight ?? 0) / newSum * share
            let part = (old[name]?.weight ?? 0) / oldSum * (1 - share) + greenPart
            variants[name] = part
            total += part
            greenTotal += greenPart
        }
        guard total > 0 else {
            variants = [:]
            return
        }
        variants = variants.mapValues { $0 / total * 100 }
        green = greenTotal / total * 100
    }
}
