import AWSModel
import ArgumentParser
import ColdframeTesting

/// `coldframe coverage`: which operations of which services are emulated.
struct Coverage: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show how much of each service is emulated.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "A service, e.g. sagemaker: shows its operations instead of the sums of all.")
    var service: String?

    @Flag(help: "With a service: operations that are not emulated, too.")
    var all = false

    func run() throws {
        var known: [String] = []
        try server.call("GET", "coverage") { answer in
            known = answer["services"]?.object?.entries.map(\.key) ?? []
            if let service, !known.contains(service) { return }
            print((service.map { operations(answer, of: $0) } ?? sums(answer)).text, terminator: "")
        }
        if let service, !known.contains(service) {
            throw NamedProblem("there is no service \(service) here; there are \(known.sorted().joined(separator: ", "))").exit
        }
    }

    private func sums(_ answer: AWSValue) -> TextTable {
        var table = TextTable([("service", .left), ("full", .right), ("partial", .right), ("none", .right)])
        for (name, counts) in answer["services"]?.object?.entries ?? [] {
            table.add([name] + ["full", "partial", "none"].map { "\(counts[$0]?.int ?? 0)" })
        }
        return table
    }

    private func operations(_ answer: AWSValue, of service: String) -> TextTable {
        var table = TextTable("operation", "coverage", "missing")
        for row in answer["operations"]?.list ?? [] where row["service"]?.string == service {
            let coverage = row["coverage"]?.string ?? ""
            guard all || coverage != "none" else { continue }
            table.add([row["operation"]?.string ?? "", coverage, row["missing"]?.string ?? ""])
        }
        return table
    }
}
