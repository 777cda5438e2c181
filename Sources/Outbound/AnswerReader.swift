package import HTTPServer

/// Takes an HTTP/1.1 answer apart as it arrives, in runs of any length. A pure value; strict, since the only servers it
/// meets are ours.
package struct AnswerReader {
    package enum Part: Equatable, Sendable {
        case head(status: Int, HTTPHeaders)
        case body([UInt8])
        case end
    }

    package enum Problem: Error, Equatable, Sendable { case malformed, headTooLarge, truncated }

    private enum State {
        case head
        case content(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailer
        case untilClose
        case ended
    }

    private var state = State.head
    private static let lineBytesMax = 64 << 10
    private var line: [UInt8] = []
    private var lines: [[UInt8]] = []

    package init() {}

    package var isAtEnd: Bool { if case .ended = state { true } else { false } }

    /// The parts that `bytes` complete; bytes after the end are ignored. Throws `Problem`.
    package mutating func read(_ bytes: [UInt8]) throws(Problem) -> [Part] {
        var rest = bytes[...]
        var parts: [Part] = []
        while !rest.isEmpty {
            switch state {
            case .head:
                guard let line = try takeLine(&rest) else { break }
                if !line.isEmpty {
                    lines.append(line)
                } else if !lines.isEmpty {
                    try takeHead(&parts)
                }
            case .content(let left):
                let run = take(left, of: &rest)
                parts.append(.body(run))
                state = .content(left: left - run.count)
                if run.count == left { end(&parts) }
            case .chunkSize:
                guard let line = try takeLine(&rest) else { break }
                let digits = String(decoding: line.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
                guard let size = Int(digits, radix: 16), size >= 0 else { throw .malformed }
                state = size == 0 ? .trailer : .chunk(left: size)
            case .chunk(let left):
                let run = take(left, of: &rest)
                parts.append(.body(run))
                state = run.count == left ? .chunkEnd : .chunk(left: left - run.count)
            case .chunkEnd:
                guard let line = try takeLine(&rest) else { break }
                guard line.isEmpty else { throw .malformed }
                state = .chunkSize
            case .trailer:
                guard let line = try takeLine(&rest) else { break }
                if line.isEmpty { end(&parts) }
            case .untilClose:
                parts.append(.body(Array(rest)))
                rest = []
            case .ended:
                return parts
            }
        }
        return parts
    }

    /// To be called when the server has closed. Throws `Problem.truncated` when the answer was not over.
    package mutating func close() throws(Problem) -> [Part] {
        switch state {
        case .ended: return []
        case .untilClose:
            state = .ended
            return [.end]
        default: throw .truncated
        }
    }

    private mutating func takeHead(_ parts: inout [Part]) throws(Problem) {
        let words = String(decoding: lines[0], as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...599).contains(status)
        else { throw .malformed }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            let text = String(decoding: line, as: UTF8.self)
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { throw .malformed }
            let value = text[text.index(after: colon)...]
            headers.add(String(text[..<colon]), value.trimming { $0 == " " || $0 == "\t" })
        }
        lines = []
        // 100 Continue announces the real answer.
        guard status >= 200 else { return }
        parts.append(.head(status: status, headers))
        if headers["Transfer-Encoding"]?.lowercased() == "chunked" {
            state = .chunkSize
        } else if let text = headers["Content-Length"] {
            guard let length = Int(text), length >= 0 else { throw .malformed }
            state = .content(left: length)
            if length == 0 { end(&parts) }
        } else if status == 204 || status == 304 {
            end(&parts)
        } else {
            state = .untilClose
        }
    }

    private mutating func end(_ parts: inout [Part]) {
        state = .ended
        parts.append(.end)
    }

    private mutating func takeLine(_ rest: inout ArraySlice<UInt8>) throws(Problem) -> [UInt8]? {
        let newline = rest.firstIndex(of: 0x0a)
        line += rest[..<(newline ?? rest.endIndex)]
        rest = newline.map { rest[($0 + 1)...] } ?? []
        guard line.count <= Self.lineBytesMax, lines.count < 1000 else { throw .headTooLarge }
        guard newline != nil else { return nil }
        defer { line = [] }
        return line.last == 0x0d ? line.dropLast() : line
    }

    private func take(_ count: Int, of rest: inout ArraySlice<UInt8>) -> [UInt8] {
        let run = Array(rest.prefix(count))
        rest = rest.dropFirst(run.count)
        return run
    }
}

extension StringProtocol {
    fileprivate func trimming(_ isBlank: (Character) -> Bool) -> String {
        var text = self[...]
        while let first = text.first, isBlank(first) { text = text.dropFirst() }
        while let last = text.last, isBlank(last) { text = text.dropLast() }
        return String(text)
    }
}
