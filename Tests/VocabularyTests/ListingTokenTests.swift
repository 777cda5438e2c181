import Testing
import Vocabulary

/// Page tokens, and the texts they are made of.
@Suite struct ListingTokenTests {
    @Test(arguments: [["a"], ["", "x"], ["é\n", "b", ""]])
    func placesComeBack(_ place: [String]) {
        let token = ListingToken.write(place, for: "ListThings")
        #expect(ListingToken.read(token, for: "ListThings") == place)
        #expect(ListingToken.read(token, for: "ListOthers") == nil)
        #expect(ListingToken.read(token + "00", for: "ListThings") == nil)
        #expect(ListingToken.read(String(token.dropLast(2)), for: "ListThings") == nil)
    }

    @Test(arguments: ["", "0", "zz", "ff", "6162", String(repeating: "0", count: 20_000)])
    func othersAreRefused(_ token: String) { #expect(ListingToken.read(token, for: "x") == nil) }

    @Test(arguments: [([], ""), ([0, 15, 16, 255], "000f10ff")] as [([UInt8], String)])
    func hexadecimal(_ bytes: [UInt8], _ text: String) {
        #expect(Hexadecimal.encode(bytes) == text)
        let isRead = Hexadecimal.decode(text) == bytes
        #expect(isRead)
    }

    @Test(arguments: ["0", "0F", "0g", " 0"]) func noHexadecimal(_ text: String) { #expect(Hexadecimal.decode(text) == nil) }

    /// The published vectors of FNV-1a.
    @Test(arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)] as [(String, UInt64)])
    func stableHash(_ text: String, _ hash: UInt64) { #expect(StableHash.of(text.utf8) == hash) }
}
