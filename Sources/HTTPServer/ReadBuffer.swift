import CPlatform

/// A connection's received and not yet consumed bytes: one allocation, used again and again.
struct ReadBuffer: ~Copyable {
    private static let restingCapacity = 8 << 10

    private var storage: UnsafeMutableBufferPointer<UInt8>
    private var start = 0
    private var end = 0

    init() { storage = .allocate(capacity: Self.restingCapacity) }

    deinit { storage.deallocate() }

    var count: Int { end - start }
    var isEmpty: Bool { start == end }

    /// The unconsumed bytes; valid until the next mutation.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: storage[start..<end]) }

    mutating func consume(_ count: Int) {
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Copies out and consumes the first `count` bytes.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = [UInt8](storage[start..<start + count])
        consume(count)
        return taken
    }

    /// Makes room for at least `more` bytes behind the unconsumed ones.
    mutating func reserve(_ more: Int) {
        guard storage.count - end < more else { return }
        if storage.count - count >= more {
            storage.baseAddress?.update(from: storage.baseAddress! + start, count: count)
        } else {
            let grown = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(storage.count * 2, count + more))
            _ = grown.initialize(fromContentsOf: bytes)
            storage.deallocate()
            storage = grown
        }
        end = count
        start = 0
    }

    /// Gives back what a large message had it grow to. Only when empty.
    mutating func rest() {
        guard isEmpty, storage.count > 4 * Self.restingCapacity else { return }
        storage.deallocate()
        storage = .allocate(capacity: Self.restingCapacity)
    }

    /// Receives once. Answers the byte count, 0 at the end of the stream, or a negative error, and whether the
    /// room was filled to the brim, so that there may be more.
    mutating func receive(from descriptor: Int32) -> (result: Int, filled: Bool) {
        reserve(1)
        let room = storage.count - end
        let result = cplatform_receive(descriptor, storage.baseAddress! + end, room)
        if result > 0 { end += result }
        return (result, result == room)
    }
}
