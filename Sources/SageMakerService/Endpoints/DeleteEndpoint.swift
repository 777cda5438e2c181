import AWSModel
import DeclaredResources
import Gateway
import HostingRules
import Timeline

extension EndpointOperations {
    func deleteEndpoint(_ request: OperationRequest) async throws -> OperationResponse {
        let tags = tags
        _ = try await change(request) { record, turn in
            let actions = try record.endpoint.delete(at: turn.now)
            try tags.removeAll(of: record.arn, in: turn)
            return actions
        }
        return OperationResponse()
    }
}
