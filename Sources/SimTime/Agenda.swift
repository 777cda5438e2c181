/// What is due when: entries ordered by instant, then phase, then the order in which they were added.
/// At most one entry per key; adding a key again replaces its entry. Holds no tasks and never sleeps.
package struct Agenda<Key: Hashable & Sendable>: Sendable {
    package struct Entry: Sendable {
        package let key: Key
        package let due: SimInstant
        package let phase: Int
        package let sequence: UInt64
    }

    private var heap: [Entry] = []
    /// The sequence of each key's living entry; heap entries with another sequence are stale.
    private var living: [Key: UInt64] = [:]
    private var nextSequence: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { living.isEmpty }
    package var count: Int { living.count }

    /// Adds or replaces the entry of `key`.
    package mutating func add(_ key: Key, due: SimInstant, phase: Int) {
        nextSequence += 1
        living[key] = nextSequence
        heap.append(Entry(key: key, due: due, phase: phase, sequence: nextSequence))
        siftUp(heap.count - 1)
    }

    /// Forgets `key`; nothing happens when it has no entry.
    package mutating func remove(_ key: Key) { living[key] = nil }

    /// Forgets every key that matches.
    package mutating func removeAll(where matches: (Key) -> Bool) {
        for key in living.keys.filter(matches) { living[key] = nil }
    }

    /// The entry that comes first, without removing it.
    package mutating func first() -> Entry? {
        while let top = heap.first, living[top.key] != top.sequence { removeTop() }
        return heap.first
    }

    /// Removes and answers the entry that comes first, if it is due at `instant` or before.
    package mutating func popDue(at instant: SimInstant) -> Entry? {
        guard let top = first(), top.due <= instant else { return nil }
        living[top.key] = nil
        removeTop()
        return top
    }

    private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
        if a.due != b.due { return a.due < b.due }
        if a.phase != b.phase { return a.phase < b.phase }
        return a.sequence < b.sequence
    }

    private mutating func removeTop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let least = right < heap.count && Self.precedes(heap[right], heap[left]) ? right : left
            guard Self.precedes(heap[least], heap[parent]) else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }
}
