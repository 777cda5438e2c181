import HTTPServer
import Testing

@Test(arguments: [0, 1, 1000, 200_000])
func gzipComesBack(count: Int) throws {
    var random = Seeded(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...15, using: &random) }
    let packed = Compression.gzip(bytes)
    #expect(packed.prefix(2) == [0x1f, 0x8b])
    #expect(try Compression.gunzip(packed, limitBytes: count) == bytes)
    #expect(try Compression.gunzip(packed + packed, limitBytes: 2 * count) == bytes + bytes)
}

@Test func bombsStopAtTheLimit() {
    let packed = Compression.gzip([UInt8](repeating: 0, count: 8 << 20))
    #expect(packed.count < 16 << 10)
    #expect(throws: CompressionError.tooLarge(limitBytes: 1 << 20)) {
        try Compression.gunzip(packed, limitBytes: 1 << 20)
    }
}

@Test func damagedGzipIsRefused() {
    let packed = Compression.gzip(Array("hello hello hello".utf8))
    for count in 0..<packed.count {
        #expect(throws: CompressionError.malformed) { try Compression.gunzip(Array(packed[..<count]), limitBytes: 100) }
    }
    #expect(throws: CompressionError.malformed) { try Compression.gunzip(packed + [1], limitBytes: 100) }
    var damaged = packed
    damaged[packed.count - 6] ^= 1
    #expect(throws: CompressionError.malformed) { try Compression.gunzip(damaged, limitBytes: 100) }
}

@Test func checksumsContinueFromTheirSeed() {
    #expect(Compression.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
    #expect(Compression.crc32(Array("6789".utf8), seed: Compression.crc32(Array("12345".utf8))) == 0xcbf4_3926)
    #expect(Compression.crc32([], seed: 7) == 7)
}
