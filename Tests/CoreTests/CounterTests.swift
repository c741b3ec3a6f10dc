import Core
import Testing

@Suite("Counters")
struct CounterTests {
    @Test("lines of the connection table stay where they are while it grows, and only those in use count")
    func connectionTable() {
        let table = ConnectionTable(now: 0)
        let first = table.line(for: 3)
        first.pointee.generation = 7
        first.pointee.messagesSent = 42
        table.line(for: 50_000).pointee.generation = 1
        #expect(table.line(for: 3) == first)
        #expect((0..<table.slots).filter(table.isUsed) == [3, 50_000])
    }

    @Test("rates are what was counted between two looks, and never those of the slot's last connection")
    func rates() {
        let table = ConnectionTable(now: 1_000)
        let line = table.line(for: 3)
        line.pointee.generation = 7
        line.pointee.messagesSent = 100
        #expect(table.rates(of: 3) == nil)
        table.look(now: 2_000)
        #expect(table.rates(of: 3)?.pointee.messagesSent == 100)
        line.pointee.messagesSent = 150
        line.pointee.bytesReceived = 1_000
        table.look(now: 7_000)
        #expect(table.rates(of: 3)?.pointee.messagesSent == 10)
        #expect(table.rates(of: 3)?.pointee.bytesReceived == 200)
        line.pointee = ConnectionCounters()
        line.pointee.generation = 8
        #expect(table.rates(of: 3) == nil)
        line.pointee.messagesSent = 4
        table.look(now: 8_000)
        #expect(table.rates(of: 3)?.pointee.messagesSent == 4)
    }

    @Test("the broker's total is the sum over its shards")
    func totals() {
        let broker = Broker(shards: 3, key: 1, settings: BrokerSettings())
        for (shard, counters) in broker.counters.enumerated() { counters.add(.messagesReceived, shard + 1) }
        broker.counters[1].add(.takeovers)
        #expect(broker.total(.messagesReceived) == 6)
        #expect(broker.total(.takeovers) == 1)
        #expect(broker.total(.messagesSent) == 0)
    }
}
