import AWSModel
import DeclaredResources
import Gateway
import HostingRules
import Timeline

extension EndpointOperations {
    func listEndpoints(_ request: OperationRequest) async throws -> OperationResponse {
        let now = timeline.now
        let items = shell.directory.endpoints(in: request.context.realm).map { record in
            let description = record.endpoint.description(at: now)
            return Listing.Item(
                name: record.name, creationTime: description.createdAt, lastModifiedTime: description.lastModifiedAt,
                status: description.status.rawValue,
                summary: [
                    "EndpointName": .string(record.name), "EndpointArn": .string(record.arn),
                    "CreationTime": .timestamp(description.createdAt),
                    "LastModifiedTime": .timestamp(description.lastModifiedAt),
                    "EndpointStatus": .string(description.status.rawValue),
                ])
        }
        let page = try Listing(request.input, operation: "ListEndpoints").page(items)
        return OperationResponse(["Endpoints": .list(page.summaries), "NextToken": page.nextToken.map { .string($0) }])
    }
}
