import AWSModel
import AWSProtocols
import HTTPServer

/// A function's answer to a proxy integration: `{statusCode, headers?, multiValueHeaders?, body?, isBase64Encoded?}`.
/// AWS: recorded — spec/studio.md §C6: anything else is answered 502.
struct ProxyResult: Sendable {
    private static let members: Set = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]

    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// Throws `APIAnswer.integrationBroken`.
    init(_ answer: [UInt8]) throws {
        guard let object = (try? JSON.parse(answer))?.object, object.entries.allSatisfy({ Self.members.contains($0.key) }),
              let status = object["statusCode"]?.int ?? object["statusCode"]?.string.flatMap({ Int($0) }),
              (100...599).contains(status) else { throw APIAnswer.integrationBroken }
        self.status = status
        var headers: [(name: String, value: String)] = []
        for entry in try Self.object(object["headers"]).entries {
            guard let text = entry.value.headerText else { throw APIAnswer.integrationBroken }
            headers.append((entry.key, text))
        }
        for entry in try Self.object(object["multiValueHeaders"]).entries {
            guard let list = entry.value.list else { throw APIAnswer.integrationBroken }
            headers.removeAll { equalIgnoringCase($0.name, entry.key) }
            for value in list {
                guard let text = value.headerText else { throw APIAnswer.integrationBroken }
                headers.append((entry.key, text))
            }
        }
        self.headers = headers
        switch object["body"] {
        case nil, .null?: body = []
        case .string(let text)?:
            guard object["isBase64Encoded"]?.bool == true else {
                body = Array(text.utf8)
                break
            }
            guard let bytes = Base64.decode(text) else { throw APIAnswer.integrationBroken }
            body = bytes
        default: throw APIAnswer.integrationBroken
        }
    }

    private static func object(_ value: AWSValue?) throws -> AWSObject {
        switch value {
        case nil, .null?: return [:]
        case .object(let object)?: return object
        default: throw APIAnswer.integrationBroken
        }
    }

    func response(_ ids: APIRequestIDs) -> HTTPResponse {
        var sent = HTTPHeaders()
        for header in headers where !["connection", "content-length", "transfer-encoding"].contains(header.name.lowercased()) {
            sent.add(header.name, header.value)
        }
        if sent["Content-Type"] == nil { sent.add("Content-Type", "application/json") }
        ids.add(to: &sent)
        sent.set("X-Amzn-Trace-Id", ids.traceID)
        return HTTPResponse(status: status, headers: sent, body: .bytes(body))
    }
}

extension AWSValue {
    /// A header's value; nil for structures, null, and text that would break the head.
    fileprivate var headerText: String? {
        let text: String
        switch self {
        case .string(let own): text = own
        case .integer(let number): text = String(number)
        case .double(let number): text = String(number)
        case .boolean(let flag): text = flag ? "true" : "false"
        default: return nil
        }
        return text.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f } ? nil : text
    }
}

/// A MOCK integration: the response whose status the request template names, with its fixed headers and body.
enum MockIntegration {
    /// Throws `APIAnswer.internalError` when no response is defined for the status.
    /// AWS: doc — "Set up mock integrations". Templates are taken as they are: nothing in them is evaluated.
    static func response(_ integration: AWSObject, _ ids: APIRequestIDs) throws -> HTTPResponse {
        let template = integration["requestTemplates"]?["application/json"]?.string ?? #"{"statusCode": 200}"#
        guard let status = (try? JSON.parse(template))?["statusCode"]?.int, (100...599).contains(status),
              let response = integration["integrationResponses"]?[String(status)]
        else { throw APIAnswer.internalError }
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        for entry in response["responseParameters"]?.object?.entries ?? [] where entry.key.hasPrefix("method.response.header.") {
            guard let value = entry.value.string, value.hasPrefix("'"), value.hasSuffix("'"), value.utf8.count >= 2,
                  let text = AWSValue.string(String(value.dropFirst().dropLast())).headerText else { continue }
            headers.set(String(entry.key.dropFirst("method.response.header.".count)), text)
        }
        ids.add(to: &headers)
        let body = response["responseTemplates"]?["application/json"]?.string ?? ""
        return HTTPResponse(status: status, headers: headers, body: .bytes(Array(body.utf8)))
    }
}
