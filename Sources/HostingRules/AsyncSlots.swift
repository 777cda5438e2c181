/// How many requests of an asynchronous endpoint each variant may still take.
/// AWS: documented — spec/hosting.md §0, MaxConcurrentInvocationsPerInstance.
package struct AsyncSlots: Equatable, Sendable {
    /// What a client that says nothing gets: AWS chooses a value of its own and does not tell it.
    package static let defaultConcurrencyPerInstance = 4

    private var free: [(variant: VariantName, count: Int)]

    /// - Parameters:
    ///   - instances: machines with traffic, by variant, in the configuration's order.
    ///   - busy: requests under way, by variant.
    package init(
        instances: [(variant: VariantName, count: Int)], busy: [VariantName: Int], concurrencyPerInstance: Int
    ) {
        free = instances.map { variant, count in
            (variant, max(0, count * concurrencyPerInstance - busy[variant, default: 0]))
        }
    }

    /// Takes a slot of the variant that was drawn, or of the first other one that has any; nil when all are busy.
    package mutating func take(_ drawn: VariantName) -> VariantName? {
        let index = free.firstIndex { $0.variant == drawn && $0.count > 0 } ?? free.firstIndex { $0.count > 0 }
        guard let index else { return nil }
        free[index].count -= 1
        return free[index].variant
    }

    /// Slots that are left.
    package var count: Int { free.reduce(0) { $0 + $1.count } }

    package static func == (a: AsyncSlots, b: AsyncSlots) -> Bool {
        a.free.elementsEqual(b.free) { $0.variant == $1.variant && $0.count == $1.count }
    }
}
