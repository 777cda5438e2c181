/// What a machine of an instance type offers to the copies of inference components.
/// AWS: documented in the tables of EC2 instance types; that copies may use all of it is assumed.
package struct InstanceResources: Equatable, Sendable {
    package var cpuCores: Double
    /// Mebibytes.
    package var memoryInMB: Int
    package var accelerators: Double

    package init(cpuCores: Double, memoryInMB: Int, accelerators: Double = 0) {
        self.cpuCores = cpuCores
        self.memoryInMB = memoryInMB
        self.accelerators = accelerators
    }

    /// The resources of a type such as `ml.g5.12xlarge`. A family that is not known has four gibibytes a core and no
    /// accelerator.
    package init(instanceType: String) {
        let parts = instanceType.split(separator: ".").map(String.init)
        let (family, size) = parts.count == 3 ? (parts[1], parts[2]) : ("", "large")
        let cores = Self.cores(of: size, in: family)
        self.init(
            cpuCores: cores, memoryInMB: Int(cores * Self.gibibytesPerCore(of: family) * 1024),
            accelerators: Self.accelerators(of: size, in: family))
    }

    /// How many of the accelerators of a type are GPUs: all of them or none.
    package static func gpuCount(ofInstanceType type: String) -> Double {
        let family = type.split(separator: ".").dropFirst().first ?? ""
        return family.hasPrefix("g") || family.hasPrefix("p") ? InstanceResources(instanceType: type).accelerators : 0
    }

    package func fits(_ demand: ComponentDemand) -> Bool {
        // A ten-thousandth of a core is nothing: sums of fractions must not decide.
        demand.cpuCores <= cpuCores + 1e-4 && demand.memoryInMB <= memoryInMB
            && demand.accelerators <= accelerators + 1e-4
    }

    mutating func take(_ demand: ComponentDemand) {
        cpuCores -= demand.cpuCores
        memoryInMB -= demand.memoryInMB
        accelerators -= demand.accelerators
    }

    private static func cores(of size: String, in family: String) -> Double {
        if family == "m4" || family == "p2", size == "10xlarge" { return 40 }
        switch size {
        case "medium": return family.hasPrefix("t") ? 2 : 1
        case "large": return 2
        case "xlarge": return 4
        default:
            let factor = Int(size.prefix { $0.isNumber }) ?? 1
            return Double(min(max(factor, 1), 64)) * 4
        }
    }

    private static func gibibytesPerCore(of family: String) -> Double {
        switch family {
        case "p2": 15.25
        case "p3": 7.625
        case "p4d", "p4de": 12
        case "p5", "p5e", "p5en": 10.5
        case "p6-b200", "p6-b300": 10.5
        case "dl1", "g6e", "g7e": 8
        case "inf1": 2
        case "t2": 2
        default: family.hasPrefix("c") ? 2 : family.hasPrefix("r") ? 8 : 4
        }
    }

    private static func accelerators(of size: String, in family: String) -> Double {
        switch (family, size) {
        case ("g4dn", "12xlarge"), ("g5", "12xlarge"), ("g5", "24xlarge"), ("g6", "12xlarge"), ("g6", "24xlarge"),
            ("g6e", "12xlarge"), ("g6e", "24xlarge"), ("g7e", "24xlarge"), ("p3", "8xlarge"), ("inf1", "6xlarge"),
            ("p6e-gb200", _): 4
        case ("g5", "48xlarge"), ("g6", "48xlarge"), ("g6e", "48xlarge"), ("g7e", "48xlarge"), ("p2", "8xlarge"),
            ("p3", "16xlarge"), ("dl1", _), ("p4d", _), ("p4de", _), ("p5", "48xlarge"), ("p5e", _), ("p5en", _),
            ("p6-b200", _), ("p6-b300", _): 8
        case ("g7e", "12xlarge"): 2
        case ("p2", "16xlarge"), ("inf1", "24xlarge"), ("trn1", "32xlarge"), ("trn1n", _), ("trn2", _): 16
        case ("inf2", "24xlarge"): 6
        case ("inf2", "48xlarge"): 12
        case ("g4dn", _), ("g5", _), ("g6", _), ("g6e", _), ("g7e", _), ("p2", _), ("p3", _), ("p5", _), ("inf1", _),
            ("inf2", _), ("trn1", _): 1
        default: 0
        }
    }
}

/// What one copy of a component takes of its machine: `ComputeResourceRequirements`.
package struct ComponentDemand: Equatable, Sendable, Codable {
    package var cpuCores: Double
    /// Mebibytes; the minimum that the component asks for.
    package var memoryInMB: Int
    package var accelerators: Double

    package init(cpuCores: Double = 0, memoryInMB: Int, accelerators: Double = 0) {
        self.cpuCores = cpuCores
        self.memoryInMB = memoryInMB
        self.accelerators = accelerators
    }
}
