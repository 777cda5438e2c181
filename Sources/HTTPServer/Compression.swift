import CZlib

/// Why compressed bytes could not be unpacked.
package enum CompressionError: Error, Equatable, Sendable {
    /// The unpacked bytes would be more than allowed; unpacking stopped there.
    case tooLarge(limitBytes: Int)
    /// Not gzip, damaged, or cut short.
    case malformed
}

/// gzip and CRC-32, by the system's zlib.
package enum Compression {
    private static let stepBytes = 64 << 10

    /// Unpacks gzip data of one or more members. Throws `CompressionError.tooLarge` as soon as more than
    /// `limitBytes` come out, so that a small bomb costs no more than the limit.
    package static func gunzip(_ bytes: [UInt8], limitBytes: Int) throws -> [UInt8] {
        var stream = z_stream()
        guard czlib_inflate_open(&stream, CZLIB_WINDOW_GZIP) == Z_OK else {
            throw CompressionError.malformed
        }
        defer { inflateEnd(&stream) }
        var unpacked: [UInt8] = []
        var step = [UInt8](repeating: 0, count: stepBytes)
        try bytes.withUnsafeBufferPointer { input in
            var offset = 0
            while true {
                // avail_in has 32 bits; longer input is fed in parts.
                let part = min(input.count - offset, 1 << 30)
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + offset })
                stream.avail_in = UInt32(part)
                let (status, produced) = step.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    return (status, output.count - Int(stream.avail_out))
                }
                offset += part - Int(stream.avail_in)
                guard produced <= limitBytes - unpacked.count else {
                    throw CompressionError.tooLarge(limitBytes: limitBytes)
                }
                unpacked.append(contentsOf: step[..<produced])
                switch status {
                case Z_STREAM_END:
                    if offset == input.count { return }
                    guard inflateReset(&stream) == Z_OK else { throw CompressionError.malformed }
                case Z_OK:
                    continue
                default:  // Z_BUF_ERROR means that the input ended too soon.
                    throw CompressionError.malformed
                }
            }
        }
        return unpacked
    }

    /// One gzip member with zlib's default effort and no name or time stamp: the same bytes every time.
    package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        let opened = czlib_deflate_open(&stream, Z_DEFAULT_COMPRESSION, CZLIB_WINDOW_GZIP)
        precondition(opened == Z_OK, "zlib could not allocate its state")
        defer { deflateEnd(&stream) }
        var packed: [UInt8] = []
        var step = [UInt8](repeating: 0, count: stepBytes)
        bytes.withUnsafeBufferPointer { input in
            var offset = 0
            var status = Z_OK
            while status != Z_STREAM_END {
                let part = min(input.count - offset, 1 << 30)
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + offset })
                stream.avail_in = UInt32(part)
                let isLast = offset + part == input.count
                let produced = step.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    status = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return output.count - Int(stream.avail_out)
                }
                offset += part - Int(stream.avail_in)
                packed.append(contentsOf: step[..<produced])
            }
        }
        return packed
    }

    /// The CRC-32 of gzip and zip. `seed` is the value over the bytes before these; 0 to begin.
    package static func crc32(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBufferPointer { run in
            guard let start = run.baseAddress, !run.isEmpty else { return seed }
            return UInt32(truncatingIfNeeded: crc32_z(UInt(seed), start, run.count))
        }
    }
}
