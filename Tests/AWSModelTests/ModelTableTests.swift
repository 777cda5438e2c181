import AWSModel
import SimTime
import Testing

struct ModelTableTests {
    private func parse(_ text: String) throws -> ServiceModel { try parse(Array(text.utf8)) }

    private func parse(_ bytes: [UInt8]) throws -> ServiceModel {
        try bytes.withUnsafeBufferPointer { try ModelTable.parse($0) }
    }

    private static let small = """
        coldframe-model 1 botocore 9.9.9
        tiny\ttiny-signer\tTiny\t2020-01-01\t1.1\t\tjson\t
        7 4 1
        Ping
        Request
        Name
        [a-z ]+
        Names
        POST
        /
        S1 m2
        .2 s1 R
        .4 s2 f
        T2 a1 z5 r3
        L4 z0.5 i1
        S0 E h404
        O0 m5 u6 i0 e3

        """

    @Test func aSmallTableIsRead() throws {
        let model = try parse(Self.small)
        #expect(model.id == ServiceID("tiny"))
        #expect(model.signingName == "tiny-signer")
        #expect(model.xmlNamespace == nil)
        let ping = try #require(model.operations["Ping"])
        #expect(ping.requestURI == "/")
        let request = model[try #require(ping.input)]
        #expect(request.structure?.members.map(\.name) == ["Name", "Names"])
        #expect(request.structure?.members.map(\.isRequired) == [true, false])
        #expect(model[ShapeID(1)].constraints == .init(minimum: 1, maximum: 5, pattern: "[a-z ]+"))
        #expect(model[ShapeID(2)].constraints.maximum == 0.5)
        #expect(model[try #require(ping.errors.first)].error?.httpStatus == 404)
    }

    struct Damage: Sendable {
        var from: String
        var to: String
        var reason: String
    }

    @Test(arguments: [
        Damage(from: "coldframe-model 1", to: "coldframe-model 2", reason: "not a version 1 model table"),
        Damage(from: "\tjson\t", to: "\tjson", reason: "the service line needs 8 fields"),
        Damage(from: "\tjson\t", to: "\tsoap\t", reason: "unknown protocol soap"),
        Damage(from: "7 4 1", to: "7 4", reason: "the sizes are damaged"),
        Damage(from: "7 4 1", to: "7 4 999999999999", reason: "the sizes are damaged"),
        Damage(from: "7 4 1", to: "6 4 1", reason: "a number is missing"),
        Damage(from: ".2 s1 R", to: ".2 s4 R", reason: "index 4 is not below 4"),
        Damage(from: ".2 s1 R", to: ".7 s1 R", reason: "index 7 is not below 7"),
        Damage(from: ".2 s1 R", to: ".2 s1 Z", reason: "unknown letter 90 in a member"),
        Damage(from: ".4 s2 f\n", to: "", reason: "a member line is missing"),
        Damage(from: "L4 z0.5 i1", to: "L4 z0.5", reason: "a list has no item"),
        Damage(from: "z0.5", to: "zx", reason: "a limit is not a number"),
        Damage(from: "z5 r3", to: "z5 r99999999999", reason: "a number is too long"),
        Damage(from: "O0 m5", to: "P0 m5", reason: "an operation line is missing"),
        Damage(from: "i0 e3\n", to: "i0 e3\nO0\n", reason: "the table goes on after its operations"),
        Damage(from: "i0 e3\n", to: "i0 e3", reason: "the table ends within a line"),
    ])
    func damageIsNamed(_ damage: Damage) throws {
        let parts = Self.small.split(separator: damage.from, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        let error = #expect(throws: TableDefect.self) { try parse(parts.joined(separator: damage.to)) }
        #expect(error?.reason == damage.reason)
    }

    @Test func operationsNamedTwiceAreRefused() {
        let text = Self.small.replacing("7 4 1", with: "7 4 2") + "O0 m5 u6\n"
        #expect(throws: TableDefect.self) { try parse(text) }
    }

    /// Damaged bytes give an error or another model, never a trap.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func damagedTablesNeverTrap(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var tables: [[UInt8]] = [Array(Self.small.utf8)]
        for id in ModelCatalog.shared.serviceIDs {
            // The small ones: many rounds matter more than size.
            if let table = ModelCatalog.shared.table(of: id), table.count < 10_000 { tables.append(Array(table)) }
        }
        var refused = 0
        for round in 0..<400 {
            var bytes = tables[round % tables.count]
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0x20...0x7a, using: &random), at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { bytes = [0x0a] }
            }
            do {
                let model = try parse(bytes)
                for name in model.operationNames { _ = model.operations[name]?.input.map { model[$0].name } }
            } catch is TableDefect {
                refused += 1
            }
        }
        #expect(refused > 200)
    }
}
