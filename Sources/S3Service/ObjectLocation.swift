/// Where an object is: what other services hold when they refer to data in S3.
package struct ObjectLocation: Hashable, Sendable, CustomStringConvertible {
    package var bucket: String
    package var key: String

    package init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    /// Reads `s3://bucket/key`; the key may be empty or end in `/` (a prefix). Nil for anything else.
    package init?(uri: some StringProtocol) {
        guard uri.utf8.starts(with: "s3://".utf8) else { return nil }
        let rest = uri.dropFirst("s3://".count)
        let bucket = rest.prefix { $0 != "/" }
        guard !bucket.isEmpty else { return nil }
        self.bucket = String(bucket)
        key = String(rest.dropFirst(bucket.count).dropFirst())
    }

    package var description: String { "s3://\(bucket)/\(key)" }
}
