import Gateway

extension S3Service {
    /// The operations on objects, and what they refuse.
    var objectOperations: [Operation] {
        let writes = RefusedMembers.customerKeys + RefusedMembers.objectLock
        let reads = RefusedMembers.customerKeys
        return [
            operation("PutObject", refusing: writes + RefusedMembers.checksums + ["WriteOffsetBytes"], putObject),
            operation("GetObject", refusing: reads, getObject),
            operation("HeadObject", refusing: reads, headObject),
            operation(
                "CopyObject", refusing: writes + RefusedMembers.copySourceKeys + ["AnnotationDirective"], copyObject),
            operation(
                "DeleteObject", refusing: ["MFA", "BypassGovernanceRetention", "IfMatchLastModifiedTime", "IfMatchSize"],
                deleteObject),
            operation("DeleteObjects", refusing: ["MFA", "BypassGovernanceRetention"], deleteObjects),
            operation("ListObjects", listObjects),
            operation("ListObjectsV2", listObjectsV2),
        ]
    }

    /// The operations on multipart uploads.
    var multipartOperations: [Operation] {
        let keys = RefusedMembers.customerKeys
        return [
            operation("CreateMultipartUpload", refusing: keys + RefusedMembers.objectLock, createMultipartUpload),
            operation("UploadPart", refusing: keys + RefusedMembers.checksums, uploadPart),
            operation("UploadPartCopy", refusing: keys + RefusedMembers.copySourceKeys, uploadPartCopy),
            operation("CompleteMultipartUpload", refusing: keys + RefusedMembers.checksums, completeMultipartUpload),
            operation("AbortMultipartUpload", refusing: ["IfMatchInitiatedTime"], abortMultipartUpload),
            operation("ListParts", refusing: keys, listParts),
            operation("ListMultipartUploads", listMultipartUploads),
        ]
    }
}
