import AWSModel
import Gateway
import Store
import Timeline

/// The tags of buckets and objects.
extension S3Service {
    var taggingOperations: [Operation] {
        [
            operation("GetObjectTagging", getObjectTagging),
            operation("PutObjectTagging") { [self] in
                try await setObjectTags(try Tag.list($0.input["Tagging"]?["TagSet"], forBucket: false), $0)
            },
            operation("DeleteObjectTagging") { [self] in try await setObjectTags([], $0) },
            operation("GetBucketTagging", getBucketTagging),
            operation("PutBucketTagging") { [self] in
                try await setBucketTags(try Tag.list($0.input["Tagging"]?["TagSet"], forBucket: true), $0)
            },
            operation("DeleteBucketTagging") { [self] in try await setBucketTags([], $0) },
        ]
    }

    private func getObjectTagging(_ request: OperationRequest) async throws -> OperationResponse {
        try checkVersion(request.input)
        let key = try objectKey(of: request)
        let tags = try store.read { reader in
            guard let object = try ObjectTable.find(key, in: try findBucket(for: request, reader), reader)
            else { throw S3Fault.noSuchKey(key) }
            return object.tags
        }
        return OperationResponse(["TagSet": Tag.output(tags)])
    }

    private func setObjectTags(_ tags: [Tag], _ request: OperationRequest) async throws -> OperationResponse {
        try checkVersion(request.input)
        let key = try objectKey(of: request)
        try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            guard let object = try ObjectTable.find(key, in: bucket, turn.transaction) else { throw S3Fault.noSuchKey(key) }
            try ObjectTable.setTags(tags, of: object, in: turn.transaction)
        }
        return OperationResponse()
    }

    private func getBucketTagging(_ request: OperationRequest) async throws -> OperationResponse {
        let bucket = try store.read { try findBucket(for: request, $0) }
        guard !bucket.tags.isEmpty
        else { throw S3Fault.absent("NoSuchTagSet", "The TagSet does not exist", bucket: bucket.name) }
        return OperationResponse(["TagSet": Tag.output(bucket.tags)])
    }

    private func setBucketTags(_ tags: [Tag], _ request: OperationRequest) async throws -> OperationResponse {
        try await timeline.turn { [self] turn in
            try BucketTable.setTags(tags, of: try findBucket(for: request, turn.transaction), in: turn.transaction)
        }
        // AWS: documented — PutBucketTagging answers 204, which the model does not say.
        return OperationResponse(status: 204)
    }
}
