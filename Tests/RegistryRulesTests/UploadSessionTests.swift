import RegistryRules
import SimTime
import Testing

/// Uploads as transcripts: each step and what it answers.
@Suite struct UploadSessionTests {
    enum Step: Sendable {
        case begin(ClosedRange<Int64>?, Int64?, UploadRejection?)
        case bytes(Int)
        case endPart
        case complete(matches: Bool, UploadRejection?)
        case completeStrictly(UploadRejection?)
        case end
        case shows(Int64)
    }

    static let mebibyte = 1 << 20

    @Test(arguments: [
        ("in one piece", [.begin(nil, 10, nil), .bytes(10), .endPart, .shows(9), .complete(matches: true, nil)]),
        ("in chunks", [
            .begin(0...9, 10, nil), .bytes(10), .endPart, .begin(10...14, 5, nil), .bytes(5), .endPart, .shows(14),
            .complete(matches: true, nil),
        ]),
        ("out of order", [
            .begin(5...9, 5, .outOfOrder(first: 5, expected: 0)), .begin(0...4, 5, nil), .bytes(5), .endPart,
            .begin(0...4, 5, .outOfOrder(first: 0, expected: 5)), .begin(6...9, 4, .outOfOrder(first: 6, expected: 5)),
        ]),
        ("bounds and length disagree", [
            .begin(0...9, 9, .lengthMismatch(bounds: 0...9, byteCount: 9)),
            .begin(0...9, 11, .lengthMismatch(bounds: 0...9, byteCount: 11)),
        ]),
        ("resumed where it broke", [
            .begin(0...99, 100, nil), .bytes(40), .endPart, .shows(39), .begin(0...99, 100, .outOfOrder(first: 0, expected: 40)),
            .begin(40...99, 60, nil), .bytes(60), .endPart, .complete(matches: true, nil),
        ]),
        ("two at once", [.begin(nil, nil, nil), .begin(nil, nil, .busy), .complete(matches: true, .busy), .endPart, .begin(nil, nil, nil)]),
        ("nothing", [.shows(0), .complete(matches: true, .empty), .begin(nil, 0, nil), .endPart, .complete(matches: true, .empty)]),
        ("cancelled", [.begin(nil, nil, nil), .bytes(1), .end, .begin(nil, nil, .over), .complete(matches: true, .over)]),
        ("wrong digest", [.begin(nil, nil, nil), .bytes(1), .endPart, .complete(matches: false, .digestMismatch), .complete(matches: true, nil)]),
        ("too large", [.begin(nil, UploadSession.layerBytesMax + 1, .tooLarge), .begin(nil, UploadSession.layerBytesMax, nil)]),
        ("a small last part", [
            .begin(nil, nil, nil), .bytes(5 * mebibyte), .endPart, .begin(nil, nil, nil), .bytes(1), .endPart, .completeStrictly(nil),
        ]),
        ("a small first part", [
            .begin(nil, nil, nil), .bytes(1), .endPart, .begin(nil, nil, nil), .bytes(1), .endPart, .completeStrictly(.partTooSmall),
            .complete(matches: true, nil),
        ]),
    ] as [(String, [Step])])
    func transcripts(_ name: String, _ steps: [Step]) {
        var session = UploadSession()
        for (index, step) in steps.enumerated() {
            var refusal: UploadRejection?
            var expected: UploadRejection?
            do throws(UploadRejection) {
                switch step {
                case .begin(let bounds, let count, let wanted):
                    expected = wanted
                    try session.begin(bounds: bounds, byteCount: count)
                case .bytes(let count): try session.receive(byteCount: count)
                case .endPart: session.endPart()
                case .complete(let matches, let wanted):
                    expected = wanted
                    try session.checkCompletion(matches: matches, allowsEmpty: false, enforcesPartSizes: false)
                case .completeStrictly(let wanted):
                    expected = wanted
                    try session.checkCompletion(matches: true, allowsEmpty: false, enforcesPartSizes: true)
                case .end: session.end()
                case .shows(let last): #expect(session.lastByteShown == last, "\(name), step \(index)")
                }
            } catch {
                refusal = error
            }
            #expect(refusal == expected, "\(name), step \(index)")
        }
    }

    /// Whatever is sent, the count never goes beyond what was received, and an ended upload takes nothing.
    @Test(arguments: 0..<20) func anySequenceKeepsCount(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var session = UploadSession()
        var counted: Int64 = 0
        for _ in 0..<500 {
            let before = session.receivedBytes
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let first = Int64.random(in: 0...200, using: &random)
                try? session.begin(bounds: first...(first + 50), byteCount: Int64.random(in: 0...60, using: &random))
            case 1: try? session.begin(bounds: nil, byteCount: nil)
            case 2:
                let count = Int.random(in: 0...80, using: &random)
                if (try? session.receive(byteCount: count)) != nil { counted += Int64(count) }
            case 3: session.endPart()
            default: try? session.checkCompletion(matches: false, allowsEmpty: true, enforcesPartSizes: true)
            }
            #expect(session.receivedBytes >= before)
        }
        #expect(session.receivedBytes == counted)
        session.end()
        #expect(throws: UploadRejection.over) { try session.begin(bounds: nil, byteCount: nil) }
        #expect(throws: UploadRejection.over) { try session.receive(byteCount: 1) }
    }

    @Test(arguments: [
        ("0-1023", 0...1023), ("bytes 5-9/10", 5...9), ("bytes 5-9/*", 5...9), ("7-7", 7...7), ("9-5", nil), ("-5", nil),
        ("5-", nil), ("a-b", nil), ("", nil), ("99999999999999999999-1", nil), ("0-9223372036854775807", nil), ("+1-2", nil),
    ] as [(String, ClosedRange<Int64>?)])
    func chunkRanges(_ text: String, _ bounds: ClosedRange<Int64>?) { #expect(ChunkRange(text)?.bounds == bounds) }
}
