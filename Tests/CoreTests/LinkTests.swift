import Bytes
import Machine
import Simulation
import Testing

@testable import Core

@Suite("Shard links")
struct LinkTests {
    @Test(
        "messages come out of a batch as they went in, by value and by reference",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func messages(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var writer = LinkWriter()
        var sent: [StoredMessage] = []
        for _ in 0..<30 {
            let (topic, header, payload) = (
                random.bytes(count: random.value(in: 1...300)), random.bytes(count: random.below(50)),
                random.bytes(count: random.below(9_000))
            )
            let message = StoredMessage(
                copying: MessageView(
                    topic: topic.span,
                    header: header.span,
                    payload: payload.span,
                    qos: UInt8(random.below(3)),
                    retain: random.chance(perMille: 500),
                    expiry: random.next() >> 8,
                    origin: SubscriberAddress(bits: random.next()),
                    namespace: Namespace(UInt16(random.below(65_536)))
                )
            )
            sent.append(message)
            writer.write(.publish)
            message.withView { writer.write($0, payload.count >= LinkWriter.referenceThreshold ? message : nil) }
        }
        let weight = writer.weight
        let batch = writer.finish(number: 7)
        #expect(batch.weight == weight && batch.weight >= sent.reduce(0) { $0 + $1.byteCount })
        #expect(writer.isEmpty)
        var reader = LinkReader(batch.bytes.span, at: 0, blocks: batch.blocks)
        for message in sent {
            let record = reader.record()
            var isEqual = false
            reader.message { view, stored in
                let parts = (view.topic.copied(), view.header.copied(), view.payload.copied())
                let expected = message.withView { ($0.topic.copied(), $0.header.copied(), $0.payload.copied()) }
                let same = view.qos == message.qos && view.retain == message.retain && view.expiry == message.expiry
                let named = view.origin == message.origin && view.namespace == message.namespace
                let kept =
                    stored.map { $0.block.base == message.block.base }
                    ?? (message.payload.count < LinkWriter.referenceThreshold)
                isEqual = parts == expected && same && named && kept
            }
            #expect(record == .publish)
            #expect(isEqual)
        }
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
    }

    @Test("the small records come back field by field")
    func records() {
        let key = ShareKey(namespace: Namespace(9), group: Array("g".utf8), filter: Array("a/+".utf8))
        let options = SubscriptionOptions(qos: 2, noLocal: true, retainAsPublished: true, identifier: 268_435_455)
        let credit = ShareCredit(limit: 65_535, isPersistent: true)
        var writer = LinkWriter()
        writer.write(.join)
        writer.write(key)
        writer.write(UInt64.max)
        writer.write(options)
        writer.write(credit)
        let batch = writer.finish(number: 1)
        var reader = LinkReader(batch.bytes.span, at: 0, blocks: [])
        let found = (reader.record(), reader.key(), reader.address(), reader.options(), reader.credit())
        #expect(found.0 == .join)
        #expect(found.1 == key)
        #expect(found.2 == SubscriberAddress(bits: .max))
        #expect(found.3 == options)
        #expect(found.4 == credit)
    }

    private func settings(window: Int = .max / 2, records: Int = .max / 2) -> BrokerSettings {
        var settings = BrokerSettings()
        (settings.linkWindow, settings.linkRecords) = (window, records)
        return settings
    }

    @Test("a link's window is what was sent and not taken, the burst under way included")
    func window() {
        var link = ShardLink()
        #expect(link.takeBatch() == nil)
        link.writer.write(.leave)
        link.writer.write(prefixed: Array(repeating: 1, count: 97))
        #expect(link.isFull(self.settings(window: 100)) && !link.isFull(self.settings(window: 101)))
        #expect(link.lastPosition.batch == 1)
        #expect(link.takeBatch()?.number == 1)
        #expect(link.isFull(self.settings(window: 100)) && link.isFull(self.settings(records: 1)))
        #expect(!link.hasRoom(self.settings(window: 100)))
        link.writer.write(.leave)
        link.writer.write(prefixed: Array(repeating: 1, count: 7))
        #expect(link.takeBatch()?.number == 2)
        link.received(LinkAnswer(taken: 1, stored: [1, 0, 0, 0]))
        #expect(!link.isFull(self.settings(window: 11)) && link.isFull(self.settings(window: 10)))
        #expect(link.hasRoom(self.settings(window: 20)) && !link.hasRoom(self.settings(window: 18)))
        link.received(LinkAnswer(taken: 2, stored: [0, 2, 0, 0]))
        #expect(!link.isFull(self.settings(window: 1, records: 1)))
        #expect(link.stored == [1, 2, 0, 0])
    }

    @Test("a batch counts as stored when it and all before it are, per class")
    func storedInOrder() {
        var link = InboundLink()
        for number in 1...4 { link.append(LinkBatch(number: UInt64(number), bytes: [1], blocks: [], weight: 1)) }
        link.finishFirst(needs: [0, 0, 0, 0])
        #expect(link.takeAnswer()?.stored == [1, 1, 1, 1])
        link.finishFirst(needs: [0, 10, 0, 0])
        link.finishFirst(needs: [0, 0, 0, 0])
        link.finishFirst(needs: [0, 12, 0, 0])
        let answer = link.takeAnswer()
        #expect(answer?.taken == 4)
        #expect(answer?.stored == [4, 1, 4, 4])
        #expect(link.takeAnswer() == nil)
        link.stored(.journal, through: 11)
        #expect(link.takeAnswer()?.stored == [4, 3, 4, 4])
        link.stored(.state, through: 50)
        #expect(link.takeAnswer() == nil)
        link.stored(.journal, through: 12)
        #expect(link.takeAnswer()?.stored == [4, 4, 4, 4])
    }
}
