/// What a stream has brought so far, for data capture: all of it, or nothing once it has been too much.
package struct StreamCopy: Sendable {
    /// The parts, one after the other.
    package private(set) var bytes: [UInt8] = []
    /// False once a part did not fit: what is left would not be what the client got.
    package private(set) var isWhole = true

    /// A longer answer is not captured.
    package static let bytesMax = 6 << 20

    package init() {}

    /// Adds a part, if there is `room` for so many bytes more; answers how many bytes the copy has grown by, negative
    /// when it was given up.
    package mutating func add(_ part: [UInt8], hasRoom room: (Int) -> Bool) -> Int {
        guard isWhole, !part.isEmpty else { return 0 }
        guard bytes.count + part.count <= Self.bytesMax, room(part.count) else {
            let lost = bytes.count
            (bytes, isWhole) = ([], false)
            return -lost
        }
        bytes += part
        return part.count
    }
}
