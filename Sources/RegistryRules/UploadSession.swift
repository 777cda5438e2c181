/// Why bytes of an upload are refused.
package enum UploadRejection: Error, Equatable, Sendable {
    /// The run does not begin where the upload ends: out of order, or repeated.
    case outOfOrder(first: Int64, expected: Int64)
    /// The run's bounds and its number of bytes disagree.
    case lengthMismatch(bounds: ClosedRange<Int64>, byteCount: Int64)
    /// Another request is sending bytes to this upload.
    case busy
    /// The layer would be larger than a layer may be.
    case tooLarge
    /// There are more parts than an upload may have.
    case tooManyParts
    /// A part other than the last is under the minimum.
    case partTooSmall
    /// Nothing has been uploaded.
    case empty
    /// The bytes have another digest than any that was announced.
    case digestMismatch
    /// The upload was completed or cancelled.
    case over
}

/// One layer on its way in: open → receiving → open …, until it is completed or cancelled. It knows counts and order;
/// the bytes are elsewhere.
package struct UploadSession: Equatable, Sendable, Codable {
    // AWS: doc — spec/ecr.md §E2, quotas.
    package static let layerBytesMax: Int64 = 52_000 << 20
    package static let partsMax = 4_200
    package static let partBytesMin: Int64 = 5 << 20

    package enum State: String, Equatable, Sendable, Codable {
        case open
        /// A request is sending; its bytes count as they arrive, so that a broken request is resumed where it broke.
        case receiving
        case over
    }

    package private(set) var state = State.open
    package private(set) var receivedBytes: Int64 = 0
    package private(set) var partCount = 0
    /// Whether the last part so far was smaller than a part that is followed by others may be.
    private var hasSmallLastPart = false
    private var hasSmallPart = false
    private var partStart: Int64 = 0

    package init() {}

    /// The last byte received, as `Range: 0-N` shows it; 0 while there is none.
    // AWS: doc — OCI distribution, spec/ecr.md §E11.
    package var lastByteShown: Int64 { max(0, receivedBytes - 1) }

    /// Begins a run of bytes. `bounds` are the first and last byte announced, `byteCount` their number, as far as known.
    package mutating func begin(bounds: ClosedRange<Int64>?, byteCount: Int64?) throws(UploadRejection) {
        switch state {
        case .over: throw .over
        case .receiving: throw .busy
        case .open: break
        }
        if let bounds {
            guard bounds.lowerBound == receivedBytes else {
                throw .outOfOrder(first: bounds.lowerBound, expected: receivedBytes)
            }
            if let byteCount, byteCount - 1 != bounds.upperBound - bounds.lowerBound {
                throw .lengthMismatch(bounds: bounds, byteCount: byteCount)
            }
        }
        if let byteCount, byteCount > Self.layerBytesMax - receivedBytes { throw .tooLarge }
        guard partCount < Self.partsMax else { throw .tooManyParts }
        state = .receiving
        partStart = receivedBytes
    }

    /// Counts bytes that arrived.
    package mutating func receive(byteCount: Int) throws(UploadRejection) {
        guard state == .receiving else { throw .over }
        guard Int64(byteCount) <= Self.layerBytesMax - receivedBytes else { throw .tooLarge }
        receivedBytes += Int64(byteCount)
    }

    /// Ends a run of bytes, whole or broken off.
    package mutating func endPart() {
        guard state == .receiving else { return }
        state = .open
        guard receivedBytes > partStart else { return }
        partCount += 1
        hasSmallPart = hasSmallPart || hasSmallLastPart
        hasSmallLastPart = receivedBytes - partStart < Self.partBytesMin
    }

    /// Checks that the upload can become a layer.
    /// - Parameter matches: whether one of the announced digests is the bytes' digest.
    /// - Parameter enforcesPartSizes: the real service's minimum, which docker clients' single stream never meets.
    // AWS: inferred — spec/ecr.md §E6, the order of checks.
    package func checkCompletion(
        matches: Bool, allowsEmpty: Bool, enforcesPartSizes: Bool
    ) throws(UploadRejection) {
        switch state {
        case .over: throw .over
        case .receiving: throw .busy
        case .open: break
        }
        if receivedBytes == 0, !allowsEmpty { throw .empty }
        if enforcesPartSizes, hasSmallPart { throw .partTooSmall }
        if !matches { throw .digestMismatch }
    }

    /// The upload is completed or cancelled: nothing more is taken.
    package mutating func end() { state = .over }
}

/// `Content-Range: 0-1023` of a chunk, as registries write it (`bytes 0-1023/*` is taken too).
package struct ChunkRange: Equatable, Sendable {
    package let bounds: ClosedRange<Int64>

    /// Nil for text of another form, or bounds in the wrong order.
    package init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("bytes ") { rest = rest.dropFirst(6) }
        rest = rest.prefix { $0 != "/" }
        let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
              let first = Int64(parts[0]), let last = Int64(parts[1]), first <= last, last < Int64.max else { return nil }
        bounds = first...last
    }
}
