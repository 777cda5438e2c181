package import AWSModel
import SimTime
import Vocabulary

/// Runs the functions a pool's LambdaConfig names. Joined by the composition root.
package protocol TriggerRunner: Sendable {
    /// Answers the event as the function returns it. Throws `TriggerFailure`.
    func run(functionARN: String, event: AWSValue) async throws -> AWSValue
}

/// Why a function did not answer.
package enum TriggerFailure: Error, Sendable {
    /// Nothing is known to run that function.
    case unknownFunction
    /// It ran and failed, with this text.
    case failed(String)
    /// What it answered is not JSON.
    case malformedAnswer
}

/// Knows no function: every call fails with AWS's error for a function that cannot be invoked.
package struct NoTriggers: TriggerRunner {
    package init() {}
    package func run(functionARN: String, event: AWSValue) async throws -> AWSValue { throw TriggerFailure.unknownFunction }
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

    /// Members of LambdaConfig that would have to run and are not emulated.
    static let notEmulated = [
        "CustomMessage", "UserMigration", "CustomSMSSender", "CustomEmailSender", "KMSKeyID", "InboundFederation",
    ]
}

extension CognitoService {
    /// Fires a trigger if the pool has it, and answers the event's `response`; nil when the pool has none.
    /// - Parameter source: e.g. `PreSignUp_SignUp`.
    func fire(
        _ trigger: Trigger, _ source: String, pool: Pool, clientID: String, username: String, attributes: [Attribute],
        request: AWSObject = [:], response: AWSObject = [:], metadata: [String: String] = [:]
    ) async throws -> AWSObject? {
        let configured = pool.settings["LambdaConfig"]?[trigger.rawValue]?.string
            ?? pool.settings["LambdaConfig"]?["\(trigger.rawValue)Config"]?["LambdaArn"]?.string
        guard let arn = configured else { return nil }
        var whole = AWSObject()
        whole.append("userAttributes", .object(ofTexts: Dictionary(attributes.map { ($0.name, $0.value) }) { $1 }))
        for (name, value) in request.entries { whole[name] = value }
        if !metadata.isEmpty { whole["clientMetadata"] = .object(ofTexts: metadata) }
        let event: AWSValue = [
            "version": "1", "triggerSource": .string(source), "region": .string(pool.region.name),
            "userPoolId": .string(pool.id), "userName": .string(username),
            "callerContext": ["awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": .string(clientID)],
            "request": .object(whole), "response": .object(response),
        ]
        let answer: AWSValue
        do {
            answer = try await triggers.run(functionARN: arn, event: event)
        } catch TriggerFailure.failed(let text) {
            throw AWSFault.cognito("UserLambdaValidationException", "\(trigger.rawValue) failed with error \(text).")
        } catch TriggerFailure.malformedAnswer {
            throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output")
        } catch {
            throw AWSFault.cognito(
                "UnexpectedLambdaException",
                "\(trigger.rawValue) invocation failed: Coldframe has nothing configured to run \(arn).")
        }
        guard let object = answer["response"]?.object else {
            throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output")
        }
        return object
    }
}
