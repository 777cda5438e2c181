import AWSModel
import AWSProtocols
import CognitoService
import Outbound

/// The functions of the settings, as user pools run their triggers.
struct TriggerBridge: TriggerRunner {
    let functions: [String: Hook]
    let runner: HookRunner

    func run(functionARN: String, event: AWSValue, timeoutSeconds: Double) async throws -> AWSValue {
        guard let hook = functions[functionARN] else { throw TriggerFailure.unknownFunction }
        let answer: [UInt8]
        do {
            answer = try await runner.run(hook, event: JSON.write(event), timeoutSeconds: timeoutSeconds)
        } catch .timedOut {
            throw TriggerFailure.timedOut
        } catch .notReachable(let why) {
            throw TriggerFailure.notReachable(why)
        } catch .failed(let said) {
            // As Lambda words a function's own error.
            let message = (try? JSON.parse(said))?["errorMessage"]?.string
            throw TriggerFailure.failed(message ?? said)
        }
        guard let value = try? JSON.parse(answer) else { throw TriggerFailure.malformedAnswer }
        return value
    }
}
