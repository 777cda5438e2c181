import HTTPServer

/// Writes PNG files (RFC 2083): one image of eight-bit RGB.
enum PNG {
    static func encoded(_ canvas: Canvas) -> [UInt8] {
        var rows: [UInt8] = []
        let rowBytes = canvas.width * 3
        rows.reserveCapacity((rowBytes + 1) * canvas.height)
        for y in 0..<canvas.height {
            // Each byte less the one above: flat areas become zeros.
            rows.append(2)
            let start = y * rowBytes
            for offset in start..<start + rowBytes {
                rows.append(canvas.pixels[offset] &- (y == 0 ? 0 : canvas.pixels[offset - rowBytes]))
            }
        }
        var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        // Eight bits, colour, and the only methods there are.
        file += chunk("IHDR", bytes(UInt32(canvas.width)) + bytes(UInt32(canvas.height)) + [8, 2, 0, 0, 0])
        file += chunk("IDAT", zlib(rows))
        return file + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bytes(UInt32(data.count)) + body + bytes(Compression.crc32(body))
    }

    /// A zlib stream (RFC 1950) around the deflated bytes of a gzip member.
    private static func zlib(_ data: [UInt8]) -> [UInt8] {
        let gzipHeader = 10, gzipTrailer = 8
        let deflated = Compression.gzip(data).dropFirst(gzipHeader).dropLast(gzipTrailer)
        return [0x78, 0x9c] + deflated + bytes(adler32(data))
    }

    private static func adler32(_ data: [UInt8]) -> UInt32 {
        var a: UInt32 = 1, b: UInt32 = 0
        for byte in data {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 0xff), UInt8(number >> 8 & 0xff), UInt8(number & 0xff)]
    }
}
