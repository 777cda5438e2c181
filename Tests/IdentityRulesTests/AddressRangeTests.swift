import IdentityRules
import Testing

struct AddressRangeTests {
    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.77", true), ("192.0.2.0/24", "192.0.3.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("10.1.2.3/32", "10.1.2.3", true), ("10.1.2.3/32", "10.1.2.4", false), ("10.0.0.0/8", "not an address", false),
    ]) func `a range holds its addresses`(_ range: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(arguments: ["192.0.2.0", "192.0.2.0/33", "192.0.2/24", "a.b.c.d/8", "1.2.3.4/", "256.1.1.1/8", "::1/128"])
    func `anything else is no range`(_ text: String) { #expect(AddressRange(text) == nil) }
}
