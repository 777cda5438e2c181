import HostingRules

/// How busy machines and copies are, in percent: made up from the requests that each answered in a second.
// AWS: doc — spec/hosting.md §D.2 for the names and ranges; the values are our own.
enum Utilization {
    typealias Value = (name: String, percent: Double)

    /// One machine of a variant. A model that waits occupies memory, and no GPU's time.
    static func machine(_ type: String, requestsPerSecond: Double) -> [Value] {
        let gpus = InstanceResources.gpuCount(ofInstanceType: type)
        var values = [
            memory(requestsPerSecond), ("CPUUtilization", processors(requestsPerSecond, of: cores(type))),
            ("DiskUtilization", 9),
        ]
        if gpus > 0 {
            values.append(("GPUUtilization", gpuTime(requestsPerSecond, of: gpus)))
            values.append(("GPUMemoryUtilization", gpuMemory(requestsPerSecond, of: gpus)))
        }
        return values
    }

    /// A serverless worker, whose machine is nobody's to see.
    static func worker(requestsPerSecond: Double) -> [Value] { [memory(requestsPerSecond)] }

    /// What is added for a machine that has copies of inference components: `reserved` is what they take of it.
    static func hosting(_ type: String, requestsPerSecond: Double, reserved: ComponentDemand) -> [Value] {
        let resources = InstanceResources(instanceType: type)
        let gpus = InstanceResources.gpuCount(ofInstanceType: type)
        var values: [Value] = [
            ("CPUUtilizationNormalized", processors(requestsPerSecond, of: resources.cpuCores) / resources.cpuCores),
            ("CPUReservation", 100 * reserved.cpuCores / resources.cpuCores),
            ("MemoryReservation", 100 * Double(reserved.memoryInMB) / Double(resources.memoryInMB)),
        ]
        if gpus > 0 {
            values.append(("GPUUtilizationNormalized", gpuTime(requestsPerSecond, of: gpus) / gpus))
            values.append(("GPUMemoryUtilizationNormalized", gpuMemory(requestsPerSecond, of: gpus) / gpus))
            values.append(("GPUReservation", 100 * reserved.accelerators / gpus))
        }
        return values
    }

    /// One copy of an inference component, measured against what it reserves, or against its machine where it reserves
    /// none.
    static func copy(_ demand: ComponentDemand, on type: String, requestsPerSecond: Double) -> [Value] {
        let cores = demand.cpuCores > 0 ? demand.cpuCores : cores(type)
        var values: [Value] = [
            ("CPUUtilizationNormalized", min(100, processors(requestsPerSecond, of: cores) / cores)),
            ("MemoryUtilizationNormalized", min(95, 25 + requestsPerSecond * 0.2)),
        ]
        let gpus = min(demand.accelerators, InstanceResources.gpuCount(ofInstanceType: type))
        if gpus > 0 {
            values.append(("GPUUtilizationNormalized", gpuTime(requestsPerSecond, of: gpus) / gpus))
            values.append(("GPUMemoryUtilizationNormalized", gpuMemory(requestsPerSecond, of: gpus) / gpus))
        }
        return values
    }

    /// The average of each value over those machines that have it.
    static func average(_ machines: [[Value]]) -> [Value] {
        var names: [String] = []
        var sums: [String: (sum: Double, count: Double)] = [:]
        for value in machines.joined() {
            if sums[value.name] == nil { names.append(value.name) }
            let before = sums[value.name] ?? (0, 0)
            sums[value.name] = (before.sum + value.percent, before.count + 1)
        }
        return names.compactMap { name in sums[name].map { (name, $0.sum / $0.count) } }
    }

    private static func cores(_ type: String) -> Double { InstanceResources(instanceType: type).cpuCores }

    private static func memory(_ requestsPerSecond: Double) -> Value {
        ("MemoryUtilization", min(95, 6 + requestsPerSecond * 0.02))
    }

    /// 100 for each core that is busy all the time.
    private static func processors(_ requestsPerSecond: Double, of cores: Double) -> Double {
        min(100 * cores, 0.5 + requestsPerSecond * 0.8)
    }

    private static func gpuTime(_ requestsPerSecond: Double, of gpus: Double) -> Double {
        min(100 * gpus, requestsPerSecond * 1.5)
    }

    private static func gpuMemory(_ requestsPerSecond: Double, of gpus: Double) -> Double {
        min(95 * gpus, 30 * gpus + requestsPerSecond * 0.05)
    }
}
