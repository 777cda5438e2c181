import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import PolicyRules
import Vocabulary

/// Runs the functions of APIs: the built-in ones here, all others through the port.
struct BuiltInFunctions: Sendable {
    enum Role: Sendable { case authorizer, integration }

    let settings: PrivateAPISettings
    let others: any FunctionInvoker
    let verifier: any TokenVerifier
    let links: any LinkMaker

    func invoke(
        _ function: FunctionARN, _ role: Role, _ call: APICall, event: AWSObject, timeoutSeconds: Double
    ) async throws(FunctionFailure) -> [UInt8] {
        switch builtIn(function) {
        case .jwtAuthorizer: return JSON.write(try await authorize(event))
        case .presignedURL: return JSON.write(await presign(event, call))
        case nil:
            let answer = try await others.invoke(function.arn, event: JSON.write(.object(event)), timeoutSeconds: timeoutSeconds)
            // A function that raised answers Lambda's error object.
            if role == .authorizer, let error = try? JSON.parse(answer), let message = error["errorMessage"]?.string,
               error["principalId"] == nil { throw .failed(message) }
            return answer
        }
    }

    private func builtIn(_ function: FunctionARN) -> BuiltInFunction? {
        settings.builtInFunctions[function.arn] ?? settings.builtInFunctions[function.name]
            ?? BuiltInFunction.allCases.first { $0.functionName == function.name }
    }

    // MARK: The sample's authorizer

    /// AWS: doc — spec/studio.md §C4: what is wrong with a token ends in a policy that denies everything.
    private func authorize(_ event: AWSObject) async throws(FunctionFailure) -> AWSValue {
        let header = event["headers"]?["Authorization"]?.string ?? event["authorizationToken"]?.string ?? ""
        let parts = header.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "Bearer" else { return Self.denyAll }
        let token: VerifiedToken?
        do { token = try await verifier.verified(String(parts[1])) } catch { throw .failed("\(error)") }
        guard let token, !token.isExpired, token.use == "access", isOurs(token) else { return Self.denyAll }
        return Self.policy([
            "Effect": "Deny", "Action": "execute-api:Invoke",
            "NotResource": [.string("arn:aws:execute-api:*:*:*/*/GET/\(token.username)")],
            "Sid": "InvokedPresignedRequest",
        ])
    }

    private func isOurs(_ token: VerifiedToken) -> Bool {
        if let pool = settings.userPool, pool != token.poolID, pool != token.poolName { return false }
        guard let client = settings.userPoolClient else { return token.clientID != nil }
        return client == token.clientID || client == token.clientName
    }

    private static let denyAll = policy([
        "Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/*/*",
    ])

    private static func policy(_ statement: AWSValue) -> AWSValue {
        [
            "principalId": "yyyyyyyy", "policyDocument": ["Version": "2012-10-17", "Statement": [statement]],
            "context": [:], "usageIdentifierKey": "{api-key}",
        ]
    }

    // MARK: The sample's integration

    /// AWS: doc — spec/studio.md §C5: always 200, the SDK's answer or its error as text.
    private func presign(_ event: AWSObject, _ call: APICall) async -> AWSValue {
        let path = event["path"]?.string ?? ""
        let profile = path.replacing("/", with: "")
        var headers: AWSObject = [
            "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "OPTIONS,POST,GET",
        ]
        let body: AWSValue
        do {
            let url = try await links.link(
                domain: settings.domain, profile: profile, role: settings.role, realm: call.api.realm,
                network: call.network, requestID: call.ids.requestID)
            if settings.isRedirecting {
                headers.append("Location", .string(url))
                return ["statusCode": 302, "headers": .object(headers)]
            }
            body = [
                "AuthorizedUrl": .string(url),
                "ResponseMetadata": [
                    "RequestId": .string(call.ids.requestID), "HTTPStatusCode": 200,
                    "HTTPHeaders": [
                        "x-amzn-requestid": .string(call.ids.requestID), "content-type": "application/x-amz-json-1.1",
                    ],
                    "RetryAttempts": 0,
                ],
            ]
        } catch {
            let fault = error as? AWSFault ?? .internalFailure
            body = ["error": .string("An error occurred (\(fault.code)) when calling the CreatePresignedDomainUrl operation: "
                + (fault.message ?? ""))]
        }
        return ["statusCode": 200, "headers": .object(headers), "body": .string(JSON.string(body))]
    }
}
