import Bytes
import Simulation
import Testing

@testable import Core

@Suite("Messages, headers, memory and names")
struct MessageTests {
    private func stored(_ payload: [UInt8]) -> StoredMessage {
        let (topic, header): ([UInt8], [UInt8]) = (Array("t".utf8), [1, 1])
        return StoredMessage(
            copying: MessageView(topic: topic.span, header: header.span, payload: payload.span, qos: 1)
        )
    }

    @Test("a header comes back as it was written, duplicates and order kept", arguments: 1...40 as ClosedRange<UInt64>)
    func headerRoundTrip(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var header = MessageHeader()
        if random.chance(perMille: 500) { header.isText = random.chance(perMille: 500) }
        if random.chance(perMille: 500) { header.contentType = "text/plain" }
        if random.chance(perMille: 500) { header.replyTo = "reply/ü" }
        if random.chance(perMille: 500) { header.correlation = random.bytes(count: random.below(300)) }
        if random.chance(perMille: 500) { header.messageID = "id" }
        if random.chance(perMille: 500) { header.priority = UInt8(random.below(256)) }
        for _ in 0..<random.below(4) { header.userHeaders.append(.init("same", "\(random.below(3))")) }
        let bytes = header.encoded()
        #expect(MessageHeader(bytes.span) == header)
        // Cut anywhere, it is no header, or another one that ends there.
        for cut in 0..<bytes.count {
            if let short = MessageHeader(bytes.span.extracting(first: cut)) { #expect(short.encoded().count == cut) }
        }
    }

    @Test("an unknown field is no header, and overlong strings are cut at a character")
    func headerLimits() {
        let unknown: [UInt8] = [0x7F, 0]
        #expect(MessageHeader(unknown.span) == nil)
        var header = MessageHeader()
        header.contentType = String(repeating: "€", count: 21_900)
        let bytes = header.encoded()
        #expect(MessageHeader(bytes.span)?.contentType == String(repeating: "€", count: 21_845))
    }

    @Test(
        "a message lives until its last owner lets go, and its slot is used again",
        arguments: 1...5 as ClosedRange<UInt64>
    )
    func messageTable(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = MessageTable()
        var owners: [(slot: MessageSlot, payload: [UInt8], count: Int)] = []
        for _ in 0..<1_000 {
            if owners.isEmpty || random.chance(perMille: 400) {
                let payload = random.bytes(count: random.below(50))
                owners.append((table.insert(self.stored(payload)), payload, 1))
            } else {
                let index = random.below(owners.count)
                if random.chance(perMille: 400) {
                    table.retain(owners[index].slot)
                    owners[index].count += 1
                } else {
                    let freed = table.release(owners[index].slot)
                    owners[index].count -= 1
                    #expect((freed > 0) == (owners[index].count == 0))
                    if owners[index].count == 0 { owners.remove(at: index) }
                }
            }
            let (count, weight) = (table.count, table.weight)
            #expect(count == owners.count)
            #expect(weight == owners.reduce(0) { $0 + 3 + $1.payload.count + 64 })
        }
        for owner in owners {
            let payload = table[owner.slot].withView { $0.payload.copied() }
            #expect(payload == owner.payload)
        }
    }

    @Test("leases never exceed the budget, and come back when they are not needed")
    func memory() {
        let budget = MemoryBudget(limit: 3 * MemoryBudget.leaseSize)
        var first = MemoryLease(budget)
        var second = MemoryLease(budget)
        let size = MemoryBudget.leaseSize
        let taken = (first.take(size), first.take(1), second.take(size), second.take(1))
        #expect(taken == (true, true, true, false))
        #expect(budget.leasedBytes == 3 * size)
        first.give(size + 1)
        let used = first.used
        #expect(used == 0)
        first = MemoryLease(budget)
        let again = second.take(1)
        #expect(again)
        second = MemoryLease(budget)
        #expect(budget.leasedBytes == 0)
    }

    @Test("a name belongs to who claimed it first, until its home gives it up")
    func directory() {
        let directory = Directory(hash: KeyedHash(key: 5))
        let client = Directory.Name.client(.standard, Array("c".utf8))
        let other = Directory.Name.client(Namespace(1), Array("c".utf8))
        let share = Directory.Name.share(
            ShareKey(namespace: .standard, group: Array("g".utf8), filter: Array("c".utf8))
        )
        #expect(directory.claim(client, for: 2) == 2)
        #expect(directory.claim(client, for: 0) == 2)
        #expect(directory.claim(other, for: 0) == 0)
        #expect(directory.claim(share, for: 1) == 1)
        #expect(directory.count == 3)
        directory.release(client, from: 0)
        #expect(directory.claim(client, for: 1) == 2)
        directory.release(client, from: 2)
        #expect(directory.claim(client, for: 1) == 1)
    }

    @Test("an address names its shard, slot and generation, and nobody is none of them")
    func addresses() {
        let address = SubscriberAddress(shard: 63, slot: 0xFFFF_FFFE, generation: 0xFF_FFFF)
        #expect(address.shard == 63 && address.slot == 0xFFFF_FFFE && address.generation == 0xFF_FFFF)
        #expect(SubscriberAddress(shard: 0, slot: 0, generation: 1) != .none)
    }

    @Test("a map of many stripes is a dictionary")
    func stripedMap() {
        var map = StripedMap<Int, Int>()
        for key in 0..<25_000 { map[key] = key }
        for key in stride(from: 0, to: 25_000, by: 3) { map[key] = nil }
        #expect(map.count == 25_000 - 8_334)
        #expect((0..<25_000).allSatisfy { map[$0] == ($0 % 3 == 0 ? nil : $0) })
        var sum = 0
        map.forEach { key, value in sum += key == value ? 1 : 0 }
        #expect(sum == map.count)
    }
}
