import SimTime
import Testing

@Suite struct AgendaTests {
    private func at(_ seconds: Int64) -> SimInstant { SimInstant(millisecondsSinceEpoch: seconds * 1000) }

    private func drain(_ agenda: inout Agenda<String>, until seconds: Int64) -> [String] {
        var fired: [String] = []
        while let entry = agenda.popDue(at: at(seconds)) { fired.append(entry.key) }
        return fired
    }

    @Test func firesByInstantThenPhaseThenOrderOfAdding() {
        var agenda = Agenda<String>()
        agenda.add("deploy", due: at(60), phase: 2)
        agenda.add("late", due: at(61), phase: 0)
        agenda.add("alarm b", due: at(60), phase: 1)
        agenda.add("alarm a", due: at(60), phase: 1)
        agenda.add("flush", due: at(60), phase: 0)
        #expect(drain(&agenda, until: 60) == ["flush", "alarm b", "alarm a", "deploy"])
        #expect(drain(&agenda, until: 61) == ["late"])
        #expect(agenda.isEmpty)
    }

    @Test func addingAgainReplaces() {
        var agenda = Agenda<String>()
        agenda.add("bake", due: at(10), phase: 0)
        agenda.add("bake", due: at(20), phase: 0)
        #expect(agenda.count == 1)
        #expect(drain(&agenda, until: 19) == [])
        #expect(drain(&agenda, until: 20) == ["bake"])
    }

    @Test func removedEntriesNeverFire() {
        var agenda = Agenda<String>()
        for index in 0..<100 { agenda.add("t\(index)", due: at(Int64(index)), phase: 0) }
        agenda.removeAll { $0.hasSuffix("7") }
        agenda.remove("t0")
        let fired = drain(&agenda, until: 100)
        #expect(fired.count == 89)
        #expect(!fired.contains { $0.hasSuffix("7") })
    }

    @Test(arguments: 0..<20)
    func agreesWithASortedList(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var agenda = Agenda<Int>()
        var expected: [Int: (due: Int64, phase: Int, order: Int)] = [:]
        for order in 0..<300 {
            let key = Int(random.next() % 80)
            if random.unit() < 0.2 {
                agenda.remove(key)
                expected[key] = nil
            } else {
                let due = Int64(random.next() % 50), phase = Int(random.next() % 3)
                agenda.add(key, due: at(due), phase: phase)
                expected[key] = (due, phase, order)
            }
        }
        var fired: [Int] = []
        while let entry = agenda.popDue(at: at(100)) { fired.append(entry.key) }
        let sorted = expected.sorted { ($0.value.due, $0.value.phase, $0.value.order) < ($1.value.due, $1.value.phase, $1.value.order) }
        #expect(fired == sorted.map(\.key), "seed \(seed)")
    }
}

@Suite struct SeededRandomTests {
    @Test func theSameSeedDrawsTheSame() {
        var a = SeededRandom(seed: 7), b = SeededRandom(seed: 7), c = SeededRandom(seed: 8)
        let drawsA = (0..<10).map { _ in a.next() }, drawsB = (0..<10).map { _ in b.next() }, drawsC = (0..<10).map { _ in c.next() }
        #expect(drawsA == drawsB)
        #expect(drawsA != drawsC)
    }

    @Test func unitDrawsFillTheUnitInterval() {
        var random = SeededRandom(seed: 1)
        let draws = (0..<10_000).map { _ in random.unit() }
        #expect(draws.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(draws.reduce(0, +) / 10_000 - 0.5) < 0.02)
    }
}
