/// Why an endpoint does not take a request. Nothing has changed when one is thrown.
package enum EndpointRejection: Error, Equatable, Sendable {
    /// Another change is running. AWS: recorded — spec/hosting.md §A.6.
    case busy(EndpointStatus)
    /// A failed endpoint can only be deleted. AWS: documented — spec/hosting.md §A.1.
    case failedEndpoint
    case unknownVariant(VariantName)
    /// The same variant twice in one request.
    case duplicateVariant(VariantName)
    /// No production variant at all.
    case noVariants
    /// A request for no change.
    case noChanges
    case allWeightsZero
    /// Negative, not finite or absurdly large.
    case weightOutOfBounds(VariantName)
    case instanceCountOutOfBounds(VariantName, count: Int, max: Int)
    /// An instance count for a variant that has no instances.
    case serverlessInstanceCount(VariantName)
    /// A change of concurrency for a variant that has instances.
    case notServerless(VariantName)
    /// AWS: documented — spec/hosting.md §0.
    case provisionedAboveMaximum(VariantName, provisioned: Int, max: Int)
    /// AWS: documented — spec/hosting.md §A.6, real-time to serverless is an error.
    case instancesToServerless(VariantName)
    /// AWS: documented — spec/hosting.md §A.6, until the scalable target is deregistered.
    case autoscaledInstanceType(VariantName)
    /// A scalable target would have nothing to scale. AWS: assumed.
    case autoscaledVariantRemoved(VariantName)
    case policy(DeploymentPolicyRejection)
}
