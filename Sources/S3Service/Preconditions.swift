import AWSModel
import SimTime

/// The conditions of a read, or of a copy's source.
struct Preconditions: Equatable {
    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: SimInstant?
    var ifUnmodifiedSince: SimInstant?

    enum Verdict: Equatable {
        case hold
        /// The client's copy is current: 304.
        case notModified
        /// 412; names the header that failed.
        case failed(condition: String)
    }

    /// Reads the members of that prefix, e.g. `CopySource` for `CopySourceIfMatch`.
    init(_ input: AWSObject, prefix: String = "") {
        ifMatch = input[prefix + "IfMatch"]?.string
        ifNoneMatch = input[prefix + "IfNoneMatch"]?.string
        ifModifiedSince = input[prefix + "IfModifiedSince"]?.instant
        ifUnmodifiedSince = input[prefix + "IfUnmodifiedSince"]?.instant
    }

    /// Judges them against an object. Tags outweigh dates, as RFC 9110 §13.2.2 says; dates count in whole seconds.
    func verdict(etag: String, modified: SimInstant) -> Verdict {
        let modified = modified.floored(to: .seconds(1))
        if let ifMatch {
            guard ETag.list(ifMatch, contains: etag) else { return .failed(condition: "If-Match") }
        } else if let ifUnmodifiedSince, modified > ifUnmodifiedSince {
            return .failed(condition: "If-Unmodified-Since")
        }
        if let ifNoneMatch {
            if ETag.list(ifNoneMatch, contains: etag) { return .notModified }
        } else if let ifModifiedSince, modified <= ifModifiedSince {
            return .notModified
        }
        return .hold
    }

    /// Judges a copy's source, where a current copy is a failure too.
    func check(source: ObjectRecord) throws {
        switch verdict(etag: source.etag, modified: source.modified) {
        case .hold: return
        case .notModified:
            let name = ifNoneMatch == nil ? "If-Modified-Since" : "If-None-Match"
            throw S3Fault.preconditionFailed(condition: "x-amz-copy-source-" + name)
        case .failed(let name): throw S3Fault.preconditionFailed(condition: "x-amz-copy-source-" + name)
        }
    }
}

/// The conditions of a write: `If-None-Match: *` (create only) and `If-Match: etag` (replace only that).
struct WriteConditions: Equatable, Sendable {
    var ifMatch: String?
    var isCreateOnly: Bool

    /// Throws NotImplemented for an `If-None-Match` that names a tag.
    init(_ input: AWSObject) throws {
        ifMatch = input["IfMatch"]?.string
        let ifNoneMatch = input["IfNoneMatch"]?.string
        if let ifNoneMatch, ETag.bare(ifNoneMatch) != "*" { throw S3Fault.notImplemented(header: "If-None-Match") }
        isCreateOnly = ifNoneMatch != nil
    }

    static let none = WriteConditions()

    private init() { isCreateOnly = false }

    /// Judges them against the object that the write would replace.
    func check(existing etag: String?, key: ObjectKey) throws {
        if isCreateOnly, etag != nil { throw S3Fault.preconditionFailed(condition: "If-None-Match") }
        if let ifMatch {
            guard let etag else { throw S3Fault.noSuchKey(key) }
            guard ETag.list(ifMatch, contains: etag) else { throw S3Fault.preconditionFailed(condition: "If-Match") }
        }
    }
}
