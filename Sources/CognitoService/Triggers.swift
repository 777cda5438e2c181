package import AWSModel
import SimTime
import Vocabulary

/// Runs the functions a pool's LambdaConfig names. Joined by the composition root.
package protocol TriggerRunner: Sendable {
    /// Answers the event as the function returns it, once: this service tries again itself. Throws `TriggerFailure`.
    func run(functionARN: String, event: AWSValue, timeoutSeconds: Double) async throws -> AWSValue
}

/// Why a function did not answer.
package enum TriggerFailure: Error, Sendable {
    /// Nothing is known to run that function.
    case unknownFunction
    /// It ran and failed, with this text.
    case failed(String)
    /// It did not answer in time.
    case timedOut
    /// It could not be asked, for this reason.
    case notReachable(String)
    /// What it answered is not JSON.
    case malformedAnswer
}

/// Knows no function: every call fails with AWS's error for a function that cannot be invoked.
package struct NoTriggers: TriggerRunner {
    package init() {}
    package func run(functionARN: String, event: AWSValue, timeoutSeconds: Double) async throws -> AWSValue {
        throw TriggerFailure.unknownFunction
    }
}

/// The triggers this service fires, by their names in LambdaConfig.
// AWS: doc — spec/cognito.md §D16.
enum Trigger: String, Sendable {
    case preSignUp = "PreSignUp"
    case postConfirmation = "PostConfirmation"
    case preAuthentication = "PreAuthentication"
    case postAuthentication = "PostAuthentication"
    case preTokenGeneration = "PreTokenGeneration"
    case defineAuthChallenge = "DefineAuthChallenge"
    case createAuthChallenge = "CreateAuthChallenge"
    case verifyAuthChallengeResponse = "VerifyAuthChallengeResponse"
    case userMigration = "UserMigration"
    case customMessage = "CustomMessage"
    case customSMSSender = "CustomSMSSender"
    case customEmailSender = "CustomEmailSender"
    case inboundFederation = "InboundFederation"

    /// The function a pool has for it, and the version of the event it takes.
    func function(of pool: Pool) -> (arn: String, version: String)? {
        let config = pool.settings["LambdaConfig"]
        let versioned = config?["\(rawValue)Config"] ?? (config?[rawValue]?.object == nil ? nil : config?[rawValue])
        guard let arn = versioned?["LambdaArn"]?.string ?? config?[rawValue]?.string else { return nil }
        // `V2_0` is the version 2 of the event.
        let version = versioned?["LambdaVersion"]?.string?.dropFirst().prefix { $0 != "_" }
        return (arn, version.map(String.init) ?? "1")
    }
}

extension CognitoService {
    // AWS: doc — a function has five seconds, and is asked three times at most.
    private static let triggerSeconds = 5.0
    private static let triggerAttempts = 3

    /// Fires a trigger if the pool has it, and answers the event's `response`; nil when the pool has none.
    /// - Parameter source: e.g. `PreSignUp_SignUp`.
    func fire(
        _ trigger: Trigger, _ source: String, pool: Pool, clientID: String, username: String, attributes: [Attribute],
        request: AWSObject = [:], response: AWSObject = [:], metadata: [String: String] = [:]
    ) async throws -> AWSObject? {
        guard let (arn, version) = trigger.function(of: pool) else { return nil }
        var whole = AWSObject()
        whole.append("userAttributes", .object(ofTexts: Dictionary(attributes.map { ($0.name, $0.value) }) { $1 }))
        for (name, value) in request.entries { whole[name] = value }
        if !metadata.isEmpty { whole["clientMetadata"] = .object(ofTexts: metadata) }
        let event: AWSValue = [
            "version": .string(version), "triggerSource": .string(source), "region": .string(pool.region.name),
            "userPoolId": .string(pool.id), "userName": .string(username),
            "callerContext": ["awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": .string(clientID)],
            "request": .object(whole), "response": .object(response),
        ]
        let answer = try await ask(trigger, arn, event)
        guard let object = answer["response"]?.object else {
            throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output")
        }
        return object
    }

    // AWS: recorded for the failure's text, doc for the others — spec/cognito.md §D16.
    private func ask(_ trigger: Trigger, _ arn: String, _ event: AWSValue) async throws -> AWSValue {
        var attempt = 1
        while true {
            do {
                return try await triggers.run(functionARN: arn, event: event, timeoutSeconds: Self.triggerSeconds)
            } catch let failure as TriggerFailure {
                switch failure {
                case .failed(let text):
                    throw AWSFault.cognito("UserLambdaValidationException", "\(trigger.rawValue) failed with error \(text).")
                case .malformedAnswer:
                    throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output")
                case .unknownFunction:
                    throw AWSFault.cognito(
                        "UnexpectedLambdaException",
                        "\(trigger.rawValue) invocation failed: Coldframe has nothing configured to run \(arn).")
                case .timedOut, .notReachable:
                    if attempt < Self.triggerAttempts {
                        attempt += 1
                        continue
                    }
                    let reason = if case .notReachable(let why) = failure { why } else {
                        "Socket timeout while invoking Lambda function."
                    }
                    throw AWSFault.cognito(
                        "UnexpectedLambdaException", "\(trigger.rawValue) invocation failed due to error \(reason)")
                }
            }
        }
    }
}
