import AWSProtocols

/// The opaque tokens of paged answers: the last name shown.
enum ContinuationToken {
    private static let mark: [UInt8] = Array("1:".utf8)

    static func write(_ key: ObjectKey) -> String { Base64.encode(mark + key.bytes) }

    /// Throws InvalidArgument for a text that `write` did not make.
    static func read(_ token: String) throws -> ObjectKey {
        guard let bytes = Base64.decode(token), bytes.starts(with: mark) else {
            throw S3Fault.invalidArgument(
                "The continuation token provided is incorrect", name: "continuation-token", value: token)
        }
        return ObjectKey(bytes: Array(bytes.dropFirst(mark.count)))
    }
}
