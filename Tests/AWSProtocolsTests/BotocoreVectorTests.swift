import AWSModel
import AWSProtocols
import Foundation
import HTTPServer
import SimTime
import Testing

/// Both directions against botocore: see vectors/make_vectors.py and vectors/check_responses.py.
@Suite struct BotocoreVectorTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors")

    /// Operations that share their address with a successor, which the router prefers.
    private static let successors = [
        "GetBucketLifecycle": "GetBucketLifecycleConfiguration", "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
        "GetBucketNotification": "GetBucketNotificationConfiguration",
        "PutBucketNotification": "PutBucketNotificationConfiguration", "ListDirectoryBuckets": "ListBuckets",
    ]

    @Test func everyRequestReadsBackAsItsParameters() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "requests.jsonl"), encoding: .utf8)
        var routers: [String: RESTRouter] = [:]
        var count = 0
        for line in text.split(separator: "\n") {
            let vector = try JSON.parse(String(line))
            let service = try #require(vector["service"]?.string)
            let wire = try #require(WireProtocol(rawValue: vector["protocol"]?.string ?? ""))
            let name = try #require(vector["operation"]?.string)
            let model = try WireSample.model(service)
            var headers = HTTPHeaders()
            for entry in vector["headers"]?.object?.entries ?? [] { headers.add(entry.key, entry.value.string ?? "") }
            let head = HTTPRequest(
                method: try #require(vector["method"]?.string), target: try #require(vector["url"]?.string),
                headers: headers)
            var labels: [String: String] = [:]
            if wire == .restJSON || wire == .restXML {
                let router = routers[service] ?? RESTRouter(model: model)
                routers[service] = router
                guard case .matched(let match) = router.match(head) else {
                    Issue.record("no route for \(name) \(head.method) \(head.target)")
                    continue
                }
                #expect(match.operation.name == Self.successors[name] ?? name, "\(head.method) \(head.target)")
                labels = match.labels
            }
            let codec = try WireSample.codec(service, name, wire)
            let body = try #require(Base64.decode(vector["body"]?.string ?? ""))
            let input = try codec.decodeRequest(head, labels: labels, body: codec.passesBodyThrough ? [] : body)
            var expected = Self.value(try #require(vector["params"])).object ?? [:]
            if codec.passesBodyThrough, let shape = model.operations[name]?.input,
               let payload = model[shape].structure?.payloadMember {
                expected[payload] = nil
            }
            let isLossy = wire == .query || wire == .restXML
            let a = isLossy ? Self.pruned(.object(input)) : .object(input)
            let b = isLossy ? Self.pruned(.object(expected)) : .object(expected)
            #expect(a == b, "\(service) \(wire) \(name): \(JSON.string(a)) is not \(JSON.string(b))")
            count += 1
        }
        #expect(count > 800)
    }

    /// Undoes the marks of make_vectors.py.
    private static func value(_ plain: AWSValue) -> AWSValue {
        switch plain {
        case .list(let items): return .list(items.map(value))
        case .object(let object):
            if let text = object["$blob"]?.string { return .blob(Base64.decode(text) ?? []) }
            if let milliseconds = object["$ms"]?.int {
                return .timestamp(SimInstant(millisecondsSinceEpoch: Int64(milliseconds)))
            }
            var result = AWSObject()
            for entry in object.entries { result.append(entry.key, value(entry.value)) }
            return .object(result)
        default: return plain
        }
    }

    /// Without empty containers: Query and XML do not carry them all.
    private static func pruned(_ value: AWSValue) -> AWSValue {
        func isEmpty(_ value: AWSValue) -> Bool { value == .list([]) || value == .object([:]) }
        switch value {
        case .list(let items): return .list(items.map(pruned).filter { !isEmpty($0) })
        case .object(let object):
            var result = AWSObject()
            for entry in object.entries {
                let value = pruned(entry.value)
                if !isEmpty(value) { result.append(entry.key, value) }
            }
            return .object(result)
        default: return value
        }
    }

    /// Writes answers and faults of random values for check_responses.py; runs always, keeps them only when asked to.
    @Test func everyOperationsAnswerIsWritten() throws {
        var lines: [String] = []
        for service in ["sagemaker", "sagemaker-runtime", "cloudwatch", "s3", "sts", "iam", "ecr", "cognito-idp"] {
            let model = try WireSample.model(service)
            for wire in model.protocols {
                for name in model.operationNames where name != "GetBucketNotification" {
                    lines.append(JSON.string(try Self.answer(of: name, model, wire)))
                }
                lines += try Self.faults(model, wire).map(JSON.string)
            }
        }
        #expect(lines.count > 1200)
        guard let folder = ProcessInfo.processInfo.environment["COLDFRAME_VECTORS_OUT"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try lines.joined(separator: "\n").appending("\n")
            .write(toFile: "\(folder)/responses.jsonl", atomically: true, encoding: .utf8)
    }

    private static func answer(of name: String, _ model: ServiceModel, _ wire: WireProtocol) throws -> AWSValue {
        let operation = try #require(model.operations[name])
        var values = RandomValues(model: model, seed: "\(model.id) \(wire) \(name)")
        var output: AWSObject = [:]
        var payload = ResponseBody.empty
        if let shape = operation.output, let traits = model[shape].structure {
            output = values.value(shape).object ?? [:]
            if let name = traits.payloadMember, let member = traits.member(name), case .blob = model[member.shape].kind {
                payload = .bytes([1, 2, 3])
            }
        }
        let response = WireCodec(model: model, operation: operation, wire: wire, clockShift: .none)
            .encodeResponse(output, payload: payload, requestID: "r")
        return line(model, name, wire, response, ["expected": plain(.object(output))])
    }

    private static func faults(_ model: ServiceModel, _ wire: WireProtocol) throws -> [AWSValue] {
        let operation = try #require(model.operationNames.first)
        var lines: [AWSValue] = []
        var names: Set<String> = []
        for name in model.operationNames {
            for id in model.operations[name]?.errors ?? [] { names.insert(model[id].name) }
        }
        for name in names.sorted() {
            for isQueryMode in model.isQueryCompatible && wire != .query ? [false, true] : [false] {
                let response = WireCodec.encodeFault(
                    AWSFault(name, "It's <\"wrong\">"), model: model, wire: wire, requestID: "r",
                    requestHeaders: isQueryMode ? ["x-amzn-query-mode": "true"] : [:])
                let extra: AWSObject = [
                    "fault": .string(name), "message": "It's <\"wrong\">", "queryMode": .boolean(isQueryMode),
                ]
                lines.append(line(model, operation, wire, response, extra))
            }
        }
        return lines
    }

    private static func line(
        _ model: ServiceModel, _ operation: String, _ wire: WireProtocol, _ response: HTTPResponse, _ extra: AWSObject
    ) -> AWSValue {
        var headers: AWSObject = [:]
        response.headers.forEach { name, value in headers[name] = .string(value) }
        var object: AWSObject = [
            "service": .string(model.id.name), "operation": .string(operation), "protocol": .string(wire.rawValue),
            "status": .integer(Int64(response.status)), "headers": .object(headers), "body": .blob(response.bytes),
        ]
        for entry in extra.entries { object[entry.key] = entry.value }
        return .object(object)
    }

    private static func plain(_ value: AWSValue) -> AWSValue {
        switch value {
        case .blob(let bytes): return ["$blob": .string(Base64.encode(bytes))]
        case .timestamp(let instant): return ["$ms": .integer(instant.millisecondsSinceEpoch)]
        case .list(let items): return .list(items.map(plain))
        case .object(let object):
            var result = AWSObject()
            for entry in object.entries { result.append(entry.key, plain(entry.value)) }
            return .object(result)
        default: return value
        }
    }
}
