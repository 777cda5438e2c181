import AWSModel
import ArgumentParser
import ColdframeTesting

/// `coldframe capacity`: how many machines of an instance type there are.
struct CapacityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity", abstract: "Let launches fail for want of machines of an instance type.",
        subcommands: [List.self, Set.self, Delete.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all limits; other types never run short.")

        @OptionGroup var server: ServerOptions

        func run() throws {
            try server.call("GET", "capacity") { answer in
                var table = TextTable("instance type", "instances")
                for limit in answer["capacity"]?.list ?? [] {
                    table.add([limit["instanceType"]?.string ?? "", "\(limit["instances"]?.int ?? 0)"])
                }
                print(table.text, terminator: "")
            }
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Limit the machines of a type; launches beyond that fail with InsufficientInstanceCapacity.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The instance type, e.g. ml.m5.xlarge.") var instanceType: String
        @Argument(help: "The machines there are, those that run included.") var instances: Int

        func run() throws {
            let limit: AWSValue = ["instances": .integer(Int64(instances))]
            try server.call("PUT", "capacity/" + escaped(instanceType), limit) { _ in
                print("There are \(instances) machines of type \(instanceType).")
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lift the limit of a type.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The instance type.") var instanceType: String

        func run() throws {
            try server.call("DELETE", "capacity/" + escaped(instanceType)) { _ in
                print("\(instanceType) never runs short.")
            }
        }
    }
}
