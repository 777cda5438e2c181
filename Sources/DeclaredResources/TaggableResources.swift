package import Store
package import Vocabulary

/// Resources of another service of the same model that can be tagged: the port of AddTags, ListTags and DeleteTags.
package protocol TaggableResources: Sendable {
    /// The first parts of the ARNs' resources, e.g. `domain`.
    var taggableTypes: Set<String> { get }

    /// Whether there is a resource of that ARN; `type` is the first part of its resource.
    func isThere(_ arn: ARN, type: String, in realm: Realm, _ reader: StoreReader) throws -> Bool
}
