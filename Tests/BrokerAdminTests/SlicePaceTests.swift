import Testing

@testable import BrokerAdmin

@Suite("The pace of walks over shards")
struct SlicePaceTests {
    @Test(
        "slices settle where they take about 0.4 ms, whatever a row costs",
        arguments: [20, 500, 9_000, 240_000]
    )
    func settles(nanosecondsPerRow: UInt64) {
        var pace = SlicePace(rows: 256)
        for _ in 0..<30 { _ = pace.note(UInt64(pace.rows) * nanosecondsPerRow) }
        let took = UInt64(pace.rows) * nanosecondsPerRow
        #expect(took <= 800_000)
        #expect(took >= 200_000 || pace.rows == 8_192)
    }

    @Test("rows that cost a millisecond each go one by one")
    func expensiveRows() {
        var pace = SlicePace(rows: 1)
        for _ in 0..<10 {
            #expect(pace.rows == 1)
            _ = pace.note(1_000_000)
        }
        var slow = SlicePace(rows: 256)
        let rests = slow.note(256_000_000)
        #expect(rests)
        #expect(slow.rows == 16)
    }

    @Test("a short walk does not rest, a long one does")
    func rest() {
        var pace = SlicePace(rows: 256)
        let rests = (0..<60).map { _ in pace.note(200_000) }
        #expect(!rests.prefix(40).contains(true))
        #expect(rests.suffix(20).filter { $0 }.count == 5)
    }
}
