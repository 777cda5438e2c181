/// Takes the `aws-chunked` framing off an upload, inside which S3 clients send signed or check-summed bodies:
/// `HEXLEN[;chunk-signature=…]\r\n data \r\n … 0[;…]\r\n trailer:value\r\n … \r\n`. Signatures are not verified.
// AWS: sdk capture and doc — spec/support-services.md §F4.
package struct AWSChunkedDecoder: Sendable {
    /// The framing is broken at this point; nothing after it can be read.
    package struct Malformed: Error, Equatable, Sendable { package init() {} }

    /// Trailer fields under lower-case names, e.g. `x-amz-checksum-crc32`; complete when `isFinished`.
    package private(set) var trailers: [(name: String, value: String)] = []
    package private(set) var decodedBytes = 0
    private var state = State.size
    private var line: [UInt8] = []
    /// Sizes, signatures and trailers are short; a longer line is not one.
    private static let lineLimitBytes = 4096
    private static let trailerLimit = 32

    // size → data → dataEnd → size … ; size of zero → trailer → finished
    private enum State: Equatable { case size, data(left: Int), dataEnd, trailer, finished }

    package init() {}

    /// True after the empty line behind the last chunk.
    package var isFinished: Bool { state == .finished }

    package func trailer(_ name: String) -> String? { trailers.first { $0.name == name }?.value }

    /// Reads the next run of framed bytes, cut anywhere; answers the data in it. Throws `Malformed`.
    package mutating func decode(_ input: ArraySlice<UInt8>) throws(Malformed) -> [UInt8] {
        var output: [UInt8] = []
        var rest = input
        while !rest.isEmpty {
            switch state {
            case .data(let left):
                let run = rest.prefix(left)
                output.append(contentsOf: run)
                decodedBytes += run.count
                rest = rest.dropFirst(run.count)
                state = run.count == left ? .dataEnd : .data(left: left - run.count)
            case .finished:
                throw Malformed()
            case .size, .dataEnd, .trailer:
                guard let text = try takeLine(&rest) else { return output }
                try read(line: text)
            }
        }
        return output
    }

    /// Call at the end of the body: throws `Malformed` when the last chunk never came.
    package func finish() throws(Malformed) {
        // Some clients leave out the empty line when there are no trailers.
        guard state == .finished || (state == .trailer && line.isEmpty) else { throw Malformed() }
    }

    private mutating func takeLine(_ rest: inout ArraySlice<UInt8>) throws(Malformed) -> String? {
        while let byte = rest.popFirst() {
            if byte == 0x0a {
                if line.last == 0x0d { line.removeLast() }
                defer { line = [] }
                return String(decoding: line, as: UTF8.self)
            }
            guard line.count < AWSChunkedDecoder.lineLimitBytes else { throw Malformed() }
            line.append(byte)
        }
        return nil
    }

    private mutating func read(line text: String) throws(Malformed) {
        switch state {
        case .size:
            let digits = text.prefix { $0 != ";" }
            guard (1...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 != 0x2b && $0 != 0x2d }),
                  let size = Int(digits, radix: 16) else { throw Malformed() }
            state = size == 0 ? .trailer : .data(left: size)
        case .dataEnd:
            guard text.isEmpty else { throw Malformed() }
            state = .size
        default:
            if text.isEmpty {
                state = .finished
                return
            }
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, trailers.count < AWSChunkedDecoder.trailerLimit else { throw Malformed() }
            let value = parts[1].drop { $0 == " " }
            trailers.append((parts[0].lowercased(), String(value)))
        }
    }
}
