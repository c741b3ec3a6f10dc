import Testing

@testable import fluxctl

@Suite("Numbers of messages")
struct SequenceCheckTests {
    /// Deliveries, and what has to be found in them: missing, twice, out of order.
    static let deliveries: [([UInt64], missing: UInt64, duplicates: Int, reordered: Int)] = [
        ([], 0, 0, 0),
        ([0, 1, 2, 3], 0, 0, 0),
        ([0, 2, 3], 1, 0, 0),
        ([0, 2, 1, 3], 0, 0, 1),
        ([0, 0, 1, 1, 2], 0, 2, 0),
        ([5], 5, 0, 0),
        ([5, 0, 4, 2, 1, 3], 0, 0, 5),
        ([9, 4, 4, 4, 10], 8, 2, 1),
        ([0, 10, 3, 20, 15, 3], 16, 1, 2),
    ]

    @Test("losses, duplicates and reordering are told apart", arguments: deliveries)
    func scripted(_ numbers: [UInt64], missing: UInt64, duplicates: Int, reordered: Int) {
        var check = SequenceCheck(next: 0)
        let verdicts = numbers.map { check.received($0) }
        #expect(check.missing == missing)
        #expect(verdicts.count { $0 == .duplicate } == duplicates)
        #expect(verdicts.count { $0 == .reordered } == reordered)
    }

    @Test("who comes late misses nothing of before")
    func late() {
        var check = SequenceCheck(next: 1_000)
        #expect(check.received(1_000) == .inOrder && check.received(1_001) == .inOrder && check.missing == 0)
    }

    @Test("gaps are remembered up to a limit, and what is given up stays missing")
    func bounded() {
        var check = SequenceCheck(next: 0)
        let count = UInt64(SequenceCheck.gapLimit + 10)
        for number in 0..<count { _ = check.received(number * 2 + 1) }
        #expect(check.missing == count)
        #expect(check.received(0) == .duplicate, "the oldest gap is given up")
        #expect(check.received(40) == .reordered)
        #expect(check.missing == count - 1)
    }

    /// Every order of a few numbers, each lost or doubled in turn, against counting by hand.
    @Test("agrees with a set of what was seen", arguments: 0..<200)
    func agrees(_ seed: Int) {
        var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var check = SequenceCheck(next: 0)
        var seen: Set<UInt64> = []
        var (duplicates, reordered) = (0, 0)
        for _ in 0..<60 {
            let number = random(40)
            let verdict = check.received(number)
            let wanted: SequenceCheck.Verdict =
                seen.contains(number) ? .duplicate : number < (seen.max() ?? 0) ? .reordered : .inOrder
            #expect(verdict == wanted)
            duplicates += wanted == .duplicate ? 1 : 0
            reordered += wanted == .reordered ? 1 : 0
            seen.insert(number)
        }
        #expect(check.missing == (seen.max() ?? 0) + 1 - UInt64(seen.count))
    }
}
