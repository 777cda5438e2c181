import Gateway
import Testing

@Suite struct RequestIDTests {
    /// `xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx` in lower case.
    static func isUUIDVersion4(_ id: String) -> Bool {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && id.utf8.allSatisfy { $0 == 0x2d || (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            && parts[2].hasPrefix("4") && "89ab".contains(parts[3].first ?? "-")
    }

    @Test func manyAtOnceAreAllDifferent() async {
        let source = RequestIDSource(seed: 7)
        let ids = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in source.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
        #expect(ids.allSatisfy(Self.isUUIDVersion4))
    }

    @Test(arguments: [0, 1, 2, UInt64.max / 2])
    func theSameSeedGivesTheSameIDs(_ seed: UInt64) {
        let (one, other) = (RequestIDSource(seed: seed), RequestIDSource(seed: seed))
        for _ in 0..<100 { #expect(one.next() == other.next()) }
    }

    @Test func otherSeedsGiveOtherIDs() {
        let ids = (UInt64(0)..<1000).map { RequestIDSource(seed: $0 &* 1_000_003).next() }
        #expect(Set(ids).count == 1000)
    }
}
