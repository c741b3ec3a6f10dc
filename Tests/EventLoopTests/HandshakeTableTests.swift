import EventLoop
import Machine
import Testing

@Suite("Handshakes of a loop")
struct HandshakeTableTests {
    private func id(_ slot: Int) -> StreamID { StreamID(slot: UInt32(slot), generation: 1) }

    @Test("an iteration has two costly steps; who waits is called before newcomers, in order")
    func turns() {
        var table = HandshakeTable()
        for slot in 0..<6 { table.begin(self.id(slot), deadline: 100) }
        for slot in 0..<6 where !self.takeStep(&table) { table.wait(self.id(slot)) }
        #expect(table.hasWaiting)
        #expect(self.beginIteration(&table) == [2, 3])
        #expect(!self.takeStep(&table))
        table.end(self.id(4))
        #expect(self.beginIteration(&table) == [5])
        #expect(self.takeStep(&table))
        #expect(!self.takeStep(&table))
        #expect(!table.hasWaiting)
    }

    private func takeStep(_ table: inout HandshakeTable) -> Bool { table.takeStep() }

    private func beginIteration(_ table: inout HandshakeTable) -> [UInt32] { table.beginIteration().map(\.slot) }

    @Test("deadlines are kept for those that are neither open nor gone")
    func deadlines() {
        var table = HandshakeTable()
        for slot in 0..<4 { table.begin(self.id(slot), deadline: UInt64(100 - slot)) }
        #expect(table.nextDeadline == 97)
        table.end(self.id(3))
        #expect(table.due(at: 97) == [])
        #expect(table.due(at: 99) == [self.id(1), self.id(2)])
        #expect(table.count == 3)
    }

    @Test("a thousand are the most")
    func limit() {
        var table = HandshakeTable()
        for slot in 0..<999 { table.begin(self.id(slot), deadline: 1) }
        #expect(!table.isFull)
        table.begin(self.id(999), deadline: 1)
        #expect(table.isFull)
        table.end(self.id(3))
        #expect(!table.isFull)
    }
}
