import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import PolicyRules
import SimTime
import Vocabulary

/// One call of a deployed API, with everything that authorizer, integration and policies are told of it.
struct APICall: Sendable {
    let request: HTTPRequest
    let api: RestAPI
    let stage: APIStage
    let snapshot: APISnapshot
    let deploymentID: String
    /// Without the stage, as sent.
    let path: String
    let match: PathMatch
    let method: AWSObject
    let network: NetworkPath
    let ids: APIRequestIDs
    let now: SimInstant
    /// `now` as clients see it.
    let shown: SimInstant

    var methodARN: String {
        "arn:aws:execute-api:\(api.realm.region):\(api.realm.account):\(api.id)/\(stage.name)/\(request.method)\(path)"
    }

    var query: QueryItems { request.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems() }

    /// The caller's address, as events and conditions name it.
    var sourceIP: String {
        switch network {
        case .open(let sourceIP): sourceIP
        case .endpoint(_, _, let sourceIP): sourceIP
        }
    }

    // MARK: Events

    /// AWS: recorded — spec/studio.md §C6; the authorizer's event §C3.
    func event(authorizer: AuthorizerResult?, body: [UInt8]) -> AWSObject {
        var event = common
        event.append("requestContext", .object(requestContext(authorizer)))
        if body.isEmpty {
            event.append("body", .null)
            event.append("isBase64Encoded", false)
        } else if let text = String(validating: body, as: UTF8.self) {
            event.append("body", .string(text))
            event.append("isBase64Encoded", false)
        } else {
            event.append("body", .string(Base64.encode(body)))
            event.append("isBase64Encoded", true)
        }
        return event
    }

    var authorizerEvent: AWSObject {
        var event: AWSObject = ["type": "REQUEST", "methodArn": .string(methodARN)]
        for entry in common.entries { event.append(entry.key, entry.value) }
        event.append("requestContext", .object(requestContext(nil)))
        return event
    }

    private var common: AWSObject {
        var single = AWSObject(), multiple = AWSObject()
        for (name, value) in sentHeaders {
            single[name] = .string(value)
            multiple[name] = .list((multiple[name]?.list ?? []) + [.string(value)])
        }
        var querySingle = AWSObject(), queryMultiple = AWSObject()
        for item in query.items {
            let value = AWSValue.string(item.value ?? "")
            querySingle[item.name] = value
            queryMultiple[item.name] = .list((queryMultiple[item.name]?.list ?? []) + [value])
        }
        let parameters = AWSObject(match.parameters.map { ($0.name, .string(decoded($0.value))) })
        return [
            "resource": .string(match.resource.path), "path": .string(path), "httpMethod": .string(request.method),
            "headers": .object(single), "multiValueHeaders": .object(multiple),
            "queryStringParameters": querySingle.isEmpty ? .null : .object(querySingle),
            "multiValueQueryStringParameters": queryMultiple.isEmpty ? .null : .object(queryMultiple),
            "pathParameters": parameters.isEmpty ? .null : .object(parameters),
            "stageVariables": stage.variables.isEmpty ? .null : .object(texts: stage.variables),
        ]
    }

    /// The client's headers with their own case, and the ones a private API adds.
    private var sentHeaders: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        request.headers.forEach { name, value in
            if !["connection", "content-length", "transfer-encoding"].contains(name.lowercased()) {
                headers.append((name, value))
            }
        }
        if case .endpoint(let id, let vpc, let sourceIP) = network {
            headers += [
                ("x-amzn-vpc-id", vpc), ("x-amzn-vpce-id", id), ("x-amzn-vpce-config", "1"), ("X-Forwarded-For", sourceIP),
            ]
        } else {
            headers.append(("X-Forwarded-For", sourceIP))
        }
        return headers + [("X-Forwarded-Port", "443"), ("X-Forwarded-Proto", "https"), ("X-Amzn-Trace-Id", ids.traceID)]
    }

    private func requestContext(_ authorizer: AuthorizerResult?) -> AWSObject {
        let domain = "\(api.id).execute-api.\(api.realm.region).amazonaws.com"
        var context: AWSObject = [
            "accountId": .string(api.realm.account.digits), "apiId": .string(api.id),
            "deploymentId": .string(deploymentID), "domainName": .string(domain), "domainPrefix": .string(api.id),
            "extendedRequestId": .string(ids.extendedID), "httpMethod": .string(request.method),
            "identity": .object(identity), "path": .string("/\(stage.name)\(path)"), "protocol": "HTTP/1.1",
            "requestId": .string(ids.requestID), "requestTime": .string(Self.logTime(shown)),
            "requestTimeEpoch": .integer(shown.millisecondsSinceEpoch), "resourceId": .string(match.resource.id),
            "resourcePath": .string(match.resource.path), "stage": .string(stage.name),
        ]
        if let authorizer {
            var told: AWSObject = ["principalId": .string(authorizer.principalID), "integrationLatency": 0]
            for entry in authorizer.context.entries { told[entry.key] = entry.value }
            context.append("authorizer", .object(told))
        }
        return context
    }

    private var identity: AWSObject {
        var identity = AWSObject()
        for name in [
            "accessKey", "accountId", "apiKey", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
            "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId",
        ] { identity.append(name, .null) }
        identity.append("sourceIp", .string(sourceIP))
        identity.append("user", .null)
        identity.append("userAgent", request.headers["User-Agent"].map { .string($0) } ?? .null)
        identity.append("userArn", .null)
        if case .endpoint(let id, let vpc, _) = network {
            identity.append("vpcId", .string(vpc))
            identity.append("vpceId", .string(id))
        }
        return identity
    }

    private func decoded(_ text: String) -> String {
        PercentCoding.percentDecoded(text[...], plusIsSpace: false) ?? text
    }

    /// `09/Apr/2015:12:34:56 +0000`
    private static func logTime(_ instant: SimInstant) -> String {
        let time = CivilTime(instant)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(time.day))/\(months[time.month - 1])/\(time.year):\(two(time.hour)):\(two(time.minute)):"
            + "\(two(time.second)) +0000"
    }
}
