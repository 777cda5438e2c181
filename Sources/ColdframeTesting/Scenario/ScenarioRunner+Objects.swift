import AWSModel
import HTTPServer
import Outbound

/// Buckets and objects, by the plainest calls of S3's API.
extension ScenarioRunner {
    func makeBucket(_ name: String) async throws { _ = try await s3("PUT", "/" + escaped(name)) }

    func put(_ object: Scenario.StoredObject) async throws {
        _ = try await s3("PUT", Self.path(object.uri), Array(object.body.utf8))
    }

    func removeObject(_ uri: String) async throws { _ = try await s3("DELETE", Self.path(uri)) }

    /// Whether there is what a condition asks for.
    func look(_ question: Scenario.ObjectQuestion) async throws -> (isMet: Bool, found: String) {
        switch question {
        case .output(let label, let match): return Self.look(match, try await text(of: outputs[label]?.success))
        case .errorOutput(let label, let match): return Self.look(match, try await text(of: outputs[label]?.failure))
        case .contents(let prefix, let match):
            let texts = try await texts(below: prefix)
            return Self.look(match, texts.isEmpty ? nil : texts.joined())
        case .count(let prefix, let comparison, let number):
            let count = Double(try await addresses(below: prefix).count)
            return (comparison.holds(count, number), "\(Int(count))")
        case .lines(let prefix, let comparison, let number):
            let lines = try await texts(below: prefix).flatMap { $0.split(whereSeparator: \.isNewline) }
            return (comparison.holds(Double(lines.count), number), "\(lines.count)")
        }
    }

    private func texts(below prefix: String) async throws -> [String] {
        var texts: [String] = []
        for uri in try await addresses(below: prefix) {
            if let text = try await text(of: uri) { texts.append(text) }
        }
        return texts
    }

    /// The object's text; nil when there is none.
    private func text(of uri: String?) async throws -> String? {
        guard let uri else { return nil }
        do {
            return String(decoding: try await s3("GET", Self.path(uri)), as: UTF8.self)
        } catch let fault as CallFault where fault.status == 404 {
            return nil
        }
    }

    /// The objects whose addresses begin so, in their order.
    private func addresses(below prefix: String) async throws -> [String] {
        let parts = prefix.dropFirst("s3://".count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(parts.first ?? ""), keys = parts.count > 1 ? String(parts[1]) : ""
        var found: [String] = []
        while true {
            let after = found.last.map { "&start-after=" + escaped(String($0.dropFirst(bucket.count + 6))) } ?? ""
            let page = String(
                decoding: try await s3("GET", "/\(escaped(bucket))?list-type=2&prefix=\(escaped(keys))\(after)"),
                as: UTF8.self)
            for part in page.split(separator: "<Key>").dropFirst() {
                found.append("s3://\(bucket)/\(Self.unescaped(part.prefix { $0 != "<" }))")
            }
            if !page.contains("<IsTruncated>true") { return found }
        }
    }

    /// XML's entities, which keys may hold.
    private static func unescaped(_ text: Substring) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")].reduce(String(text)) {
            $0.replacing($1.0, with: $1.1)
        }
    }

    private static func path(_ uri: String) -> String {
        "/" + uri.dropFirst("s3://".count).split(separator: "/", omittingEmptySubsequences: false)
            .map { escaped(String($0)) }.joined(separator: "/")
    }

    private func s3(_ method: String, _ target: String, _ body: [UInt8] = []) async throws -> [UInt8] {
        let answer = try await coldframe.send(HTTPRequest(
            method: method, target: target, headers: ["Host": "localhost"], body: RequestBody(bytes: body)))
        guard (200...299).contains(answer.status) else {
            let text = String(decoding: answer.body, as: UTF8.self)
            func element(_ name: String) -> String {
                guard let start = text.firstRange(of: "<\(name)>"), let end = text.firstRange(of: "</\(name)>")
                else { return "" }
                return String(text[start.upperBound..<end.lowerBound])
            }
            throw CallFault(status: answer.status, code: element("Code"), message: element("Message"))
        }
        return answer.body
    }
}
