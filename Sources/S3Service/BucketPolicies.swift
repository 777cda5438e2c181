import AWSModel
import Gateway
import PolicyRules
import Store
import Timeline

/// Bucket policies. What they mean is asked for by `AccessControl`, where policies are enforced.
extension S3Service {
    var policyOperations: [Operation] {
        [
            operation("PutBucketPolicy") { [self] request in
                let text = try Self.checkedPolicy(request)
                try await setPolicy(text, request)
                // AWS: documented — PutBucketPolicy answers 204, which the model does not say.
                return OperationResponse(status: 204)
            },
            operation("GetBucketPolicy") { [self] request in
                OperationResponse(["Policy": .string(try policy(of: request))])
            },
            operation("DeleteBucketPolicy") { [self] request in
                try await setPolicy(nil, request)
                return OperationResponse(status: 204)
            },
            operation("GetBucketPolicyStatus") { [self] request in
                let policy = try? Policy(json: try policy(of: request), as: .resource)
                return OperationResponse(["PolicyStatus": ["IsPublic": .boolean(policy?.allowsEveryone ?? false)]])
            },
        ]
    }

    private func policy(of request: OperationRequest) throws -> String {
        let bucket = try store.read { try findBucket(for: request, $0) }
        guard let policy = bucket.policy
        else { throw S3Fault.absent("NoSuchBucketPolicy", "The bucket policy does not exist", bucket: bucket.name) }
        return policy
    }

    private func setPolicy(_ text: String?, _ request: OperationRequest) async throws {
        try await timeline.turn { [self] turn in
            try BucketTable.setPolicy(text, of: try findBucket(for: request, turn.transaction), in: turn.transaction)
        }
    }

    private static let policyBytesMax = 20 << 10

    /// AWS: documented — a bucket policy is at most 20 KB. AWS: inferred — wordings, widely known.
    private static func checkedPolicy(_ request: OperationRequest) throws -> String {
        let text = request.input["Policy"]?.string ?? ""
        guard text.utf8.count <= policyBytesMax else { throw malformed("Policy exceeds the maximum allowed document size.") }
        let bucket = "arn:aws:s3:::\(request.input["Bucket"]?.string ?? "")"
        let policy: Policy
        do { policy = try Policy(json: text, as: .resource) } catch {
            switch error {
            case .badValue("document"): throw malformed("Policies must be valid JSON and the first byte must be '{'")
            case .missing(let element): throw malformed("Missing required field \(element)")
            default: throw malformed("Invalid policy syntax.")
            }
        }
        guard policy.namesOnly(where: { $0 == bucket || $0.hasPrefix(bucket + "/") || $0 == "*" }) else {
            throw malformed("Policy has invalid resource")
        }
        return text
    }

    private static func malformed(_ message: String) -> AWSFault { AWSFault("MalformedPolicy", message, status: 400) }
}
