package import AWSModel
package import HTTPServer

/// Bodies that SDKs send compressed, from about 10 KB on (PutMetricData).
package enum RequestDecompression {
    /// The body without its `Content-Encoding: gzip`; as it is for any other encoding. A body that unpacks to more than
    /// `limitBytes` throws `RequestEntityTooLargeException` (413), a damaged one `SerializationException`.
    // AWS: sdk — spec/cloudwatch.md §1.
    package static func body(
        _ bytes: [UInt8], headers: HTTPHeaders, limitBytes: Int
    ) throws(AWSFault) -> [UInt8] {
        guard let encoding = headers["Content-Encoding"], equalIgnoringCase(encoding, "gzip"), !bytes.isEmpty else {
            return bytes
        }
        do {
            return try Compression.gunzip(bytes, limitBytes: limitBytes)
        } catch CompressionError.tooLarge {
            throw AWSFault("RequestEntityTooLargeException", "The request is larger than \(limitBytes) bytes.", status: 413)
        } catch {
            throw AWSFault("SerializationException", nil, status: 400)
        }
    }
}
