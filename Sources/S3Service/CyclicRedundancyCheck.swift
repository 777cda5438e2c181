/// The reflected CRCs S3 knows, with all bits set at start and inverted at the end: tables, streaming, combination.
struct CyclicRedundancyCheck: Sendable {
    let width: Int
    private let polynomial: UInt64
    private let mask: UInt64
    /// Eight tables of 256: entry `[k][b]` is byte `b` followed by `k` zero bytes.
    private let tables: [UInt64]

    static let crc32 = CyclicRedundancyCheck(width: 32, reflectedPolynomial: 0xedb8_8320)
    static let crc32c = CyclicRedundancyCheck(width: 32, reflectedPolynomial: 0x82f6_3b78)
    static let crc64NVME = CyclicRedundancyCheck(width: 64, reflectedPolynomial: 0x9a6c_9329_ac4b_c9b5)

    init(width: Int, reflectedPolynomial: UInt64) {
        self.width = width
        polynomial = reflectedPolynomial
        mask = width == 64 ? .max : (1 << UInt64(width)) - 1
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt64(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ reflectedPolynomial : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<(8 * 256) {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xff)]
        }
        self.tables = tables
    }

    /// The CRC of what `crc` covers followed by `bytes`; 0 covers nothing.
    func extend(_ crc: UInt64, with bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = crc ^ mask
        tables.withUnsafeBufferPointer { table in
            var index = 0
            while index + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ state
                state = table[1792 + Int(word & 0xff)] ^ table[1536 + Int(word >> 8 & 0xff)]
                    ^ table[1280 + Int(word >> 16 & 0xff)] ^ table[1024 + Int(word >> 24 & 0xff)]
                    ^ table[768 + Int(word >> 32 & 0xff)] ^ table[512 + Int(word >> 40 & 0xff)]
                    ^ table[256 + Int(word >> 48 & 0xff)] ^ table[Int(word >> 56)]
                index += 8
            }
            while index < bytes.count {
                state = state >> 8 ^ table[Int((state ^ UInt64(bytes[index])) & 0xff)]
                index += 1
            }
        }
        return state ^ mask
    }

    /// The CRC of two runs of bytes after one another, from the CRC of each and the length of the second.
    func combine(_ first: UInt64, _ second: UInt64, secondByteCount: Int) -> UInt64 {
        multiply(powerOfX(bytes: secondByteCount), first) ^ second
    }

    /// x to the power of 8 × `bytes`, modulo the polynomial. The highest bit stands for x⁰.
    private func powerOfX(bytes: Int) -> UInt64 {
        var result = UInt64(1) << UInt64(width - 1)
        var power = UInt64(1) << UInt64(width - 1 - 8)
        var rest = bytes
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(power, result) }
            power = multiply(power, power)
            rest >>= 1
        }
        return result
    }

    private func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var bit = UInt64(1) << UInt64(width - 1)
        var b = b
        var product: UInt64 = 0
        while bit != 0 {
            if a & bit != 0 { product ^= b }
            b = b & 1 == 1 ? b >> 1 ^ polynomial : b >> 1
            bit >>= 1
        }
        return product
    }
}
