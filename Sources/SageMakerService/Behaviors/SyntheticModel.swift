import HTTPServer
import Vocabulary

/// The answer of a model nobody scripted: deterministic in its input, plausible in its form, and marked as synthetic
/// by a response header. One score in 0 ..< 1 per CSV row or JSON instance.
enum SyntheticModel {
    /// The form is the first of `accept` that it knows, else the one of the request.
    static func predict(
        _ body: [UInt8], contentType: String?, accept: String?
    ) -> (body: [UInt8], contentType: String) {
        let isJSON = isJSON(contentType)
        let rows = isJSON ? instances(of: body) : lines(of: body)
        switch accept.flatMap(Form.init(accepting:)) ?? (isJSON ? .json : .csv) {
        case .json: return (json(rows), "application/json")
        case .jsonLines: return (jsonLines(rows), "application/jsonlines")
        case .csv: return (csv(rows), "text/csv; charset=utf-8")
        }
    }

    private enum Form {
        case csv, json, jsonLines

        init?(accepting list: String) {
            // Nearly every request names no more than one type.
            for type in list.split(separator: ",") {
                switch type.prefix(while: { $0 != ";" }).drop(while: { $0 == " " }) {
                case "text/csv": self = .csv
                case "application/json": self = .json
                case "application/jsonlines", "application/x-jsonlines": self = .jsonLines
                default: continue
                }
                return
            }
            return nil
        }
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        return (contentType.utf8.firstIndex(of: UInt8(ascii: ";")).map { contentType[..<$0] } ?? contentType[...])
            .ends(with: "json")
    }

    /// The non-empty lines; one empty row when there is none.
    private static func lines(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        let rows = body.split(separator: 0x0a, omittingEmptySubsequences: true)
            .map { $0.last == 0x0d ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
        return rows.isEmpty ? [[]] : rows
    }

    /// One line per row, as the XGBoost container answers text/csv.
    private static func csv(_ rows: [ArraySlice<UInt8>]) -> [UInt8] {
        var answer: [UInt8] = []
        for row in rows {
            if !answer.isEmpty { answer.append(0x0a) }
            appendScore(of: row, to: &answer)
        }
        return answer
    }

    /// `{"predictions":[{"score":…}]}` with one score for the whole body, or one per element of a top-level
    /// `instances` list; elements are told apart by bracket depth alone.
    private static func json(_ rows: [ArraySlice<UInt8>]) -> [UInt8] {
        var answer = Array(#"{"predictions":["#.utf8)
        for (index, row) in rows.enumerated() {
            if index > 0 { answer.append(UInt8(ascii: ",")) }
            appendScoreObject(of: row, to: &answer)
        }
        answer.append(contentsOf: "]}".utf8)
        return answer
    }

    private static func jsonLines(_ rows: [ArraySlice<UInt8>]) -> [UInt8] {
        var answer: [UInt8] = []
        for row in rows {
            appendScoreObject(of: row, to: &answer)
            answer.append(0x0a)
        }
        return answer
    }

    private static func appendScoreObject(of row: ArraySlice<UInt8>, to answer: inout [UInt8]) {
        answer.append(contentsOf: #"{"score":"#.utf8)
        appendScore(of: row, to: &answer)
        answer.append(UInt8(ascii: "}"))
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
        var hash = StableHash.of(row)
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
