import AWSModel
import DeclaredResources
import Gateway
import HostingRules
import Store
import Timeline

extension EndpointOperations {
    func updateEndpoint(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm, images, scaling) = (request.input, request.context.realm, images, scaling)
        let choice = try deploymentChoice(input)
        let retention = retention(input)
        let record = try await change(request) { record, turn in
            // AWS: recorded — spec/hosting.md §A.6: the *current* configuration must still exist.
            let configs = DeclaredResource.endpointConfig
            let current = record.endpoint.configName.text
            guard try turn.transaction.document(
                configs.collection(in: realm).key(current), as: ResourceRecord.self) != nil
            else { throw configs.notFound(current, in: realm) }
            let config = try ResolvedConfig(
                configName: input["EndpointConfigName"]?.string ?? "", in: realm, turn.transaction, images: images)
            try Self.checkKind(of: record, config.features)
            let scaled = try scaling?.scaledVariants(of: record.name, realm: realm, in: turn) ?? []
            let actions = try record.endpoint.update(
                to: config.plan, retaining: retention, deployment: choice,
                autoscaled: Set(scaled.map { VariantName($0) }), at: turn.now)
            record.assign(config)
            return actions
        }
        return OperationResponse(["EndpointArn": .string(record.arn)])
    }

    /// An endpoint stays asynchronous, or not.
    // AWS: recorded — spec/hosting.md §G.2, whose record breaks off in the second sentence; adding one is inferred.
    private static func checkKind(of record: EndpointRecord, _ new: EndpointFeatures) throws {
        switch (record.currentFeatures?.asyncInference, new.asyncInference) {
        case (.some, nil):
            throw AWSFault.validation(
                "The AsyncInferenceConfig parameter cannot be removed from this endpoint \(record.name). To change the "
                    + "endpoint's type, delete it and create it anew.")
        case (nil, .some) where record.endpoint.status != .failed:
            throw AWSFault.validation(
                "The AsyncInferenceConfig parameter cannot be added to this endpoint \(record.name). To change the "
                    + "endpoint's type, delete it and create it anew.")
        default: break
        }
    }

    // AWS: doc and inferred — spec/hosting.md §A.7: an explicit configuration wins over the retained one.
    private func deploymentChoice(_ input: AWSObject) throws -> DeploymentChoice {
        if let given = input["DeploymentConfig"] { return .given(try DeploymentConfig(given)) }
        return input["RetainDeploymentConfig"]?.bool == true ? .retained : .unguarded
    }

    // AWS: doc — spec/hosting.md §A.7.
    private func retention(_ input: AWSObject) -> Retention {
        guard input["RetainAllVariantProperties"]?.bool == true else { return .none }
        let excluded = (input["ExcludeRetainedVariantProperties"]?.list ?? []).compactMap {
            $0["VariantPropertyType"]?.string
        }
        return Retention(
            instanceCount: !excluded.contains("DesiredInstanceCount"), weight: !excluded.contains("DesiredWeight"))
    }
}
