@testable import CognitoService
import Testing

@Suite struct KeysAheadTests {
    @Test func whoAddsTheFirstBeginsAndTheLatestIsNext() {
        var ahead = KeysAhead()
        let begins = ["a", "b"].map { ahead.add($0) }
        #expect(begins == [true, false])
        let both = [ahead.next(), ahead.next()]
        #expect(both == ["b", "a"])
        // The maker is still at work until `next` has told it that there is nothing left.
        let beginsAgain = ahead.add("c")
        let rest = [ahead.next(), ahead.next()]
        #expect(!beginsAgain && rest == ["c", nil])
        let beginsAnew = ahead.add("d")
        #expect(beginsAnew)
    }

    @Test func ofACrowdOnlyTheLatestAreMadeAhead() {
        var ahead = KeysAhead()
        for number in 1...100 { _ = ahead.add("\(number)") }
        var made: [String] = []
        while let next = ahead.next() { made.append(next) }
        #expect(made == (85...100).reversed().map(String.init))
    }

    @Test func whatIsClearedIsNotMade() {
        var ahead = KeysAhead()
        _ = ahead.add("a")
        ahead.clear()
        let next = ahead.next()
        #expect(next == nil)
    }
}
