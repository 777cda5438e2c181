import AccessControl
import AWSModel
import CognitoService
import DeclaredResources
import ECRService
import Gateway
import IdentityService
import PolicyRules
import S3Service
import Store
import Vocabulary

/// What identities allow, as IAM keeps it.
struct PrincipalBridge: PrincipalDirectory {
    let identity: IdentityService

    func policies(of caller: Caller) throws -> PrincipalPolicies { try identity.policies(of: caller) }
}

/// The owners, policies and tags of resources, as the services keep them.
struct ResourceBridge: ResourceDirectory {
    let store: Store
    let identity: IdentityService

    func standing(of resource: ARN) throws -> ResourceStanding? {
        switch resource.service {
        case "s3":
            let name = String(resource.resource.prefix { $0 != "/" })
            guard let bucket = try store.read({ try BucketStanding(bucket: name, $0) }) else { return nil }
            return ResourceStanding(
                account: bucket.account, policies: bucket.policy.flatMap { evaluable($0) }.map { [$0] } ?? [],
                tags: resource.resource.contains("/") ? [] : bucket.tags)
        case "ecr":
            guard let repository = try store.read({ try RepositoryStanding(resource, $0) }) else { return nil }
            return ResourceStanding(policies: repository.policies.compactMap(evaluable), tags: repository.tags)
        case "iam":
            guard let found = try identity.resource(resource) else { return nil }
            return ResourceStanding(arn: found.arn, trust: found.trust, tags: found.tags.map { ($0.key, $0.value) })
        case "sagemaker":
            let tags = try TagLedger(service: "sagemaker", store: store).tags(of: resource.description)
            return ResourceStanding(tags: tags.map { ($0["Key"]?.string ?? "", $0["Value"]?.string ?? "") })
        case "cognito-idp":
            guard resource.resource.hasPrefix("userpool/") else { return nil }
            let tags = try CognitoService.tags(ofPool: String(resource.resource.dropFirst("userpool/".count)), in: store)
            return ResourceStanding(tags: tags.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        default: return nil
        }
    }

    /// Policies were checked when they came in; what cannot be read all the same says nothing.
    private func evaluable(_ text: String) -> Policy? { try? Policy(json: text, as: .resource) }
}
