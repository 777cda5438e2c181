/// The answer of a model nobody scripted: deterministic in its input, plausible in its form, and marked as synthetic
/// by a response header. One score in 0 ..< 1 per CSV row or JSON instance.
enum SyntheticModel {
    static func predict(_ body: [UInt8], contentType: String?) -> (body: [UInt8], contentType: String) {
        let type = contentType?.prefix { $0 != ";" } ?? ""
        if type.hasSuffix("json") { return (json(body), "application/json") }
        return (csv(body), "text/csv; charset=utf-8")
    }

    /// One line per non-empty line of input, as the XGBoost container answers text/csv.
    private static func csv(_ body: [UInt8]) -> [UInt8] {
        var answer: [UInt8] = []
        for row in body.split(separator: 0x0a, omittingEmptySubsequences: true) {
            let row = row.last == 0x0d ? row.dropLast() : row
            guard !row.isEmpty else { continue }
            if !answer.isEmpty { answer.append(0x0a) }
            appendScore(of: row, to: &answer)
        }
        if answer.isEmpty { appendScore(of: [], to: &answer) }
        return answer
    }

    /// `{"predictions":[{"score":…}]}` with one score for the whole body, or one per element of a top-level
    /// `instances` list; elements are told apart by bracket depth alone.
    private static func json(_ body: [UInt8]) -> [UInt8] {
        var answer = Array(#"{"predictions":["#.utf8)
        for (index, instance) in instances(of: body).enumerated() {
            if index > 0 { answer.append(UInt8(ascii: ",")) }
            answer.append(contentsOf: #"{"score":"#.utf8)
            appendScore(of: instance, to: &answer)
            answer.append(UInt8(ascii: "}"))
        }
        answer.append(contentsOf: "]}".utf8)
        return answer
    }

    private static func instances(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        let key = Array(#""instances""#.utf8)
        guard let start = firstIndex(of: key, in: body),
              let open = body[(start + key.count)...].firstIndex(of: UInt8(ascii: "[")) else { return [body[...]] }
        var found: [ArraySlice<UInt8>] = [], depth = 0, isString = false, isEscaped = false, elementStart = open + 1
        for index in (open + 1)..<max(body.count, open + 1) {
            let byte = body[index]
            if isString {
                if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true } else if byte == UInt8(ascii: "\"") { isString = false }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]") where depth == 0:
                if index > elementStart { found.append(body[elementStart..<index]) }
                return found.isEmpty ? [body[...]] : found
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                found.append(body[elementStart..<index])
                elementStart = index + 1
            default: break
            }
        }
        return found.isEmpty ? [body[...]] : found
    }

    private static func firstIndex(of needle: [UInt8], in body: [UInt8]) -> Int? {
        guard body.count >= needle.count else { return nil }
        return (0...(body.count - needle.count)).first { body[$0..<($0 + needle.count)].elementsEqual(needle) }
    }

    /// Writes a number in 0 ..< 1 with six decimals, a hash of the row's bytes.
    private static func appendScore(of row: ArraySlice<UInt8>, to answer: inout [UInt8]) {
        var hash = Seed.hash(row)
        hash ^= hash >> 32
        answer.append(contentsOf: "0.".utf8)
        var divisor: UInt64 = 100_000
        let digits = hash % 1_000_000
        while divisor > 0 {
            answer.append(0x30 + UInt8(digits / divisor % 10))
            divisor /= 10
        }
    }
}
