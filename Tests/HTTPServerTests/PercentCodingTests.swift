import HTTPServer
import Testing

@Test(arguments: [
    (text: "a%20b", plusIsSpace: false, decoded: "a b"),
    (text: "a+b", plusIsSpace: false, decoded: "a+b"),
    (text: "a+b%2B", plusIsSpace: true, decoded: "a b+"),
    (text: "%C3%A4", plusIsSpace: false, decoded: "ä"),
    (text: "", plusIsSpace: true, decoded: ""),
    (text: "%", plusIsSpace: false, decoded: nil),
    (text: "%4", plusIsSpace: false, decoded: nil),
    (text: "%zz", plusIsSpace: false, decoded: nil),
    (text: "%FF", plusIsSpace: false, decoded: nil),
])
func percentDecoding(text: String, plusIsSpace: Bool, decoded: String?) {
    #expect(PercentCoding.percentDecoded(text[...], plusIsSpace: plusIsSpace) == decoded)
}

@Test func percentEncodingKeepsWhatItIsTold() {
    #expect(PercentCoding.percentEncoded("a b/ä~") == "a%20b%2F%C3%A4~")
    #expect(PercentCoding.percentEncoded("a b/ä", keeping: PercentCoding.unreserved + "/") == "a%20b/%C3%A4")
    #expect(PercentCoding.percentDecodedBytes("%00%ff", plusIsSpace: false) == [0, 255])
}

@Test func queryItemsKeepOrderAndRepeats() throws {
    let query = try #require(QueryItems(parsing: "uploads&prefix=a%2Fb&x=1&x=2&empty=&&y=a+b"))
    #expect(query.items.map(\.name) == ["uploads", "prefix", "x", "x", "empty", "y"])
    #expect(query.items.map(\.value) == [nil, "a/b", "1", "2", "", "a b"])
    #expect(query["x"] == "1")
    #expect(query["uploads"] == "")
    #expect(query["missing"] == nil)
    #expect(query.contains("uploads"))
    #expect(QueryItems(parsing: "a=%zz") == nil)
    #expect(QueryItems(parsing: "a=b+c", plusIsSpace: false)?["a"] == "b+c")
}
