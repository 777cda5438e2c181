import CPlatform

/// A run of bytes of an open file, as the body of a response.
package struct FileRun: Sendable {
    let descriptor: Int32
    package let range: Range<Int>
    /// Keeps the file open while the response is being sent.
    private let owner: any AnyObject & Sendable

    package var byteCount: Int { range.count }

    /// - Parameters:
    ///   - descriptor: open for reading; its own position is neither used nor moved.
    ///   - owner: closes the descriptor when it goes.
    package init(descriptor: Int32, range: Range<Int>, owner: any AnyObject & Sendable) {
        self.descriptor = descriptor
        self.range = range
        self.owner = owner
    }

    /// Everything at once, for those who are no connection. Nil when the file is shorter than its run, or unreadable.
    package func bytes() -> [UInt8]? {
        var filled = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { room, initialized in
            while filled < byteCount {
                let result = cplatform_read_at(
                    descriptor, room.baseAddress! + filled, byteCount - filled, off_t(range.lowerBound + filled))
                guard result > 0 else { break }
                filled += result
            }
            initialized = filled
        }
        return filled == byteCount ? bytes : nil
    }
}
