import HostingRules
import Testing

/// Which variant takes the next asynchronous request.
@Suite struct AsyncSlotsTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        var instances: [Int]
        var busy: [Int]
        var concurrency: Int
        /// What is drawn, as an index into the variants.
        var drawn: [Int]
        var taken: [Int?]
        var testDescription: String { name }
    }

    static let names: [VariantName] = ["a", "b"]

    @Test(arguments: [
        Row(name: "one slot an instance", instances: [2], busy: [0], concurrency: 1, drawn: [0, 0, 0], taken: [0, 0, nil]),
        Row(name: "busy ones count", instances: [2], busy: [3], concurrency: 2, drawn: [0, 0], taken: [0, nil]),
        Row(name: "the other one helps out", instances: [1, 1], busy: [1, 0], concurrency: 1, drawn: [0, 0], taken: [1, nil]),
        Row(name: "the draw decides", instances: [1, 1], busy: [0, 0], concurrency: 1, drawn: [1, 1], taken: [1, 0]),
        Row(name: "no machine", instances: [0], busy: [0], concurrency: 5, drawn: [0], taken: [nil]),
        Row(name: "more busy than there are slots, after a scale-in", instances: [1], busy: [4], concurrency: 2, drawn: [0], taken: [nil]),
    ])
    func slots(_ row: Row) {
        let variants = Self.names.prefix(row.instances.count)
        var slots = AsyncSlots(
            instances: zip(variants, row.instances).map { ($0, $1) },
            busy: Dictionary(uniqueKeysWithValues: zip(variants, row.busy)), concurrencyPerInstance: row.concurrency)
        for (drawn, expected) in zip(row.drawn, row.taken) {
            #expect(slots.take(Self.names[drawn]) == expected.map { Self.names[$0] })
        }
    }
}
