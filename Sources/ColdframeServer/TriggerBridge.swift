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
            // As Lambda words a function's own error, and the end of one that says nothing.
            let message = (try? JSON.parse(said))?["errorMessage"]?.string ?? said.trimmedOfSpace
            throw TriggerFailure.failed(message.isEmpty ? "Error: Runtime exited without providing a reason" : message)
        }
        guard let value = try? JSON.parse(answer) else { throw TriggerFailure.malformedAnswer }
        return value
    }
}

extension String {
    fileprivate var trimmedOfSpace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
