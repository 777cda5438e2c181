/// A breakdown of blob storage. Never shown to clients.
package enum BlobStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A call to the file system failed.
    case system(call: String, path: String, code: Int32)
    /// No blob of that digest is stored.
    case missing(BlobDigest)
    /// The upload was committed or discarded before.
    case uploadOver

    package var description: String {
        switch self {
        case .system(let call, let path, let code): "\(call) \(path): \(systemErrorText(code))"
        case .missing(let digest): "the blob \(digest) is not stored"
        case .uploadOver: "the upload is over"
        }
    }
}
