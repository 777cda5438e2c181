import HostingRules
import Testing

/// The bounded copy of a streamed answer: all of it or nothing.
@Suite struct StreamCopyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        /// The lengths of the parts as they come.
        var parts: [Int]
        /// How many bytes there is room for beside the copy's own limit.
        var room = Int.max
        /// What each part changes.
        var growth: [Int]
        var length: Int
        var isWhole = true
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "no part", parts: [], growth: [], length: 0),
        Row(name: "parts", parts: [3, 0, 4], growth: [3, 0, 4], length: 7),
        Row(name: "to the limit", parts: [1, StreamCopy.bytesMax - 1], growth: [1, StreamCopy.bytesMax - 1],
            length: StreamCopy.bytesMax),
        Row(name: "beyond the limit gives all back, and takes no more", parts: [5, StreamCopy.bytesMax, 1],
            growth: [5, -5, 0], length: 0, isWhole: false),
        Row(name: "a first part beyond the limit", parts: [StreamCopy.bytesMax + 1], growth: [0], length: 0, isWhole: false),
        Row(name: "no room left", parts: [5, 6, 1], room: 10, growth: [5, -5, 0], length: 0, isWhole: false),
    ])
    func parts(_ row: Row) {
        var copy = StreamCopy()
        var taken = 0
        for (part, growth) in zip(row.parts, row.growth) {
            #expect(copy.add([UInt8](repeating: 1, count: part), hasRoom: { $0 <= row.room - taken }) == growth)
            taken += growth
        }
        #expect(copy.bytes.count == row.length && copy.isWhole == row.isWhole)
        // What was taken is what is held: nothing leaks.
        #expect(taken == row.length)
    }
}
