import HTTPServer

/// What a parser said about some bytes, independent of how they were split.
struct ParserTranscript: Equatable {
    enum Item: Equatable {
        case head(HTTPRequestHead)
        case body([UInt8])
        case end
        case rejected(HTTPRejection)
    }

    var items: [Item] = []
    /// Bytes that were left over, waiting for more.
    var leftover = 0

    /// Feeds `bytes` in parts that end at `cuts` (ascending).
    init(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPRequestLimits = HTTPRequestLimits()) {
        var parser = HTTPRequestParser(limits: limits)
        var start = 0
        var available = 0
        for cut in cuts + [bytes.count] {
            available = max(available, cut)
            while true {
                do throws(HTTPRejection) {
                    let (event, consumed) = try bytes.withUnsafeBufferPointer { all throws(HTTPRejection) in
                        try parser.next(UnsafeBufferPointer(rebasing: all[start..<available]))
                    }
                    start += consumed
                    guard note(event, Array(bytes[..<start])) else { break }
                } catch {
                    items.append(.rejected(error))
                    return
                }
            }
        }
        leftover = bytes.count - start
    }

    /// Answers whether the parser may have more to say.
    private mutating func note(_ event: HTTPRequestParser.Event, _ consumed: [UInt8]) -> Bool {
        switch event {
        case .incomplete: return false
        case .head(let head): items.append(.head(head))
        case .body(let count):
            if case .body(let earlier)? = items.last {
                items[items.count - 1] = .body(earlier + consumed.suffix(count))
            } else {
                items.append(.body(Array(consumed.suffix(count))))
            }
        case .end: items.append(.end)
        }
        return true
    }

    var rejection: HTTPRejection? {
        if case .rejected(let rejection)? = items.last { return rejection }
        return nil
    }

    var heads: [HTTPRequestHead] { items.compactMap { if case .head(let head) = $0 { head } else { nil } } }
    var bodies: [String] {
        items.compactMap { if case .body(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil } }
    }
    var ends: Int { items.count { $0 == .end } }
}

/// Seeded, so that a failure can be run again.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        // xorshift64*
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
