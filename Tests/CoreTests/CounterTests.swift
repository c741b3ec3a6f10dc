import Core
import Testing

@Suite("Counters")
struct CounterTests {
    @Test("lines of the connection table stay where they are while it grows, and only those in use are sampled")
    func connectionTable() {
        let table = ConnectionTable()
        let first = table.line(for: 3)
        first.pointee.generation = 7
        first.pointee.messagesSent = 42
        table.line(for: 50_000).pointee.generation = 1
        #expect(table.line(for: 3) == first)
        var seen: [Int: UInt64] = [:]
        table.forEach { slot, line in seen[slot] = line.messagesSent }
        #expect(seen == [3: 42, 50_000: 0])
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
