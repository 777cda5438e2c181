import AWSModel
import ECRService

/// `/_coldframe/ecr/…`.
extension ControlAPI {
    /// Evaluates the lifecycle policies of all repositories now: nobody has to advance the clock by a day.
    func runLifecyclePolicies(_ call: ControlCall) async throws -> ControlAnswer {
        try await ecr.evaluateAllLifecyclePolicies()
        return .json(["status": "ok"])
    }
}
