import Testing

@testable import MQTTClient

@Suite("Messages on their way to the application")
struct InboxTests {
    private func entry(_ topic: String, id: UInt16? = nil) -> Inbox.Entry {
        let receipt = id.map { ClientMachine.IncomingReceipt(packetID: $0, qos: .atLeastOnce, generation: 1) }
        return Inbox.Entry(delivery: MQTTDelivery(message: MQTTMessage(topic: topic)), receipt: receipt)
    }

    @Test("reading stops at the limit, and goes on when half was taken")
    func bounds() {
        let inbox = Inbox(messageLimit: 4, byteLimit: 1 << 20)
        #expect(inbox.add([entry("a"), entry("b"), entry("c")]))
        #expect(!inbox.add([entry("d")]))
        #expect(!inbox.take(upTo: 1).resumes)
        #expect(inbox.take(upTo: 1).resumes)
        #expect(!inbox.take(upTo: 1).resumes)
    }

    @Test("when the session goes on, what is unacknowledged is dropped, for it comes again")
    func dropped() {
        let inbox = Inbox(messageLimit: 10, byteLimit: 1 << 20)
        _ = inbox.add([entry("a", id: 1), entry("b"), entry("c", id: 2)])
        _ = inbox.take(upTo: 1)
        inbox.dropUnacknowledged()
        #expect(inbox.take(upTo: 9).entries.map(\.delivery.message.topic) == ["b"])
    }

    @Test("the end comes after what is there")
    func end() async throws {
        let inbox = Inbox(messageLimit: 10, byteLimit: 1 << 20)
        let deliveries = MQTTDeliveries(inbox: inbox, mailbox: Mailbox())
        _ = inbox.add([entry("a"), entry("b")])
        deliveries.finish()
        inbox.end(.failure(.closed))
        var topics: [String] = []
        for try await delivery in deliveries { topics.append(delivery.message.topic) }
        #expect(topics == ["a", "b"])
    }
}
