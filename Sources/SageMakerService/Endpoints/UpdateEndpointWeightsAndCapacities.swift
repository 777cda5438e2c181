import AWSModel
import Gateway
import HostingRules
import Timeline

extension EndpointOperations {
    // AWS: doc — spec/hosting.md §A.8.
    func updateWeightsAndCapacities(_ request: OperationRequest) async throws -> OperationResponse {
        let entries = request.input["DesiredWeightsAndCapacities"]?.list ?? []
        let changes = entries.map { entry in
            VariantChange(
                variant: VariantName(entry["VariantName"]?.string ?? ""), weight: entry["DesiredWeight"]?.double,
                instanceCount: entry["DesiredInstanceCount"]?.int,
                serverless: entry["ServerlessUpdateConfig"].map {
                    ServerlessChange(
                        maxConcurrency: $0["MaxConcurrency"]?.int,
                        provisionedConcurrency: $0["ProvisionedConcurrency"]?.int)
                })
        }
        let record = try await change(request) { record, turn in
            try record.endpoint.updateWeightsAndCapacities(changes, at: turn.now)
        }
        return OperationResponse(["EndpointArn": .string(record.arn)])
    }
}
