import Bytes
import QueueEngine
import Testing

@testable import Core

@Suite("Queue addresses")
struct QueueAddressTests {
    @Test(
        "an address says which queue, and what is to be done there",
        arguments: [
            ("$queue/orders", .queue(name: "orders", key: "")),
            ("$queue/orders/", .queue(name: "orders", key: "")),
            ("$queue/orders/eu/de", .queue(name: "orders", key: "eu/de")),
            ("$queue/orders/#", .queue(name: "orders", key: "#")),
            ("$queue/orders/$ack", .settle(name: "orders", verb: .accept)),
            ("$queue/orders/eu/de/$nack", .settle(name: "orders", verb: .fail)),
            ("$queue/orders/$reject", .settle(name: "orders", verb: .reject)),
            ("$queue/m/$ack/x/$ack", .settle(name: "m", verb: .accept)),
            ("$queue/log/$commit", .commit(name: "log")),
            ("$queue/a/b/$commit", .commit(name: "a/b")),
            ("$queue/orders/$ack/x", .misplaced(verb: "$ack")),
            ("$queue/orders/$commit/x", .misplaced(verb: "$commit")),
            ("$queue/$ack", .queue(name: "$ack", key: "")),
            ("$dlq/orders", .queue(name: "$dlq/orders", key: "")),
            ("$dlq/a/b", .queue(name: "$dlq/a/b", key: "")),
            ("$dlq/orders/$ack", .settle(name: "$dlq/orders", verb: .accept)),
            ("$queue/", nil), ("$queue", nil), ("$dlq/", nil), ("orders", nil), ("x/$queue/orders", nil),
            ("$queues/x", nil), ("", nil),
        ] as [(String, QueueAddress?)]
    )
    func addresses(topic: String, expected: QueueAddress?) {
        #expect(QueueAddress(topic) == expected)
        let isOne = topic.hasPrefix("$queue/") || topic.hasPrefix("$dlq/")
        let found = QueueAddress.isOne(Array(topic.utf8).span)
        #expect(found == isOne)
        // What is not taken apart is a queue's address.
        if isOne, QueueAddress.isPlain(Array(topic.utf8).span), let expected {
            guard case .queue = expected else {
                Issue.record("\(topic) has a verb")
                return
            }
        }
    }

    @Test(
        "a delivery is addressed below its queue's root, so that a verb can follow",
        arguments: [
            ("$queue/q", "q", "$queue/q"), ("$queue/q/eu", "q", "$queue/q/eu"), ("", "q", "$queue/q"),
            ("q", "q", "$queue/q"),
            ("sensors/1", "q", "$queue/q/sensors/1"), ("/lead", "q", "$queue/q/lead"),
            ("$queue/other", "q", "$queue/q/$queue/other"),
            ("q/a", "q", "$queue/q/q/a"), ("$dlq/q", "$dlq/q", "$dlq/q"),
        ]
    )
    func deliveries(topic: String, queue: String, expected: String) throws {
        let address = QueueAddress.delivery(of: topic, from: queue)
        #expect(address == expected)
        guard case .settle(let name, .accept)? = QueueAddress(address + "/$ack") else {
            Issue.record("\(address)/$ack does not settle")
            return
        }
        #expect(name == queue)
    }

    @Test("what is published to a queue's topic is taken by its own filters")
    func filters() {
        for name in ["orders", "a/b", "$dlq/orders"] {
            let topic = QueueAddress.topic(of: name)
            #expect(QueueAddress.filters(of: name).contains { $0 == topic || $0 == topic + "/#" })
        }
    }
}

@Suite("What queues are told")
struct QueueEnvelopeTests {
    @Test("a queue that others name for their dead letters is known by them, as long as they do")
    func deadLetterSources() {
        let directory = QueueDirectory()
        func sources(_ name: String) -> [String] { directory.deadLetterSources(of: name, in: .standard) }
        directory.setDeadLetters(of: "orders", in: .standard, from: nil, to: "failed")
        directory.setDeadLetters(of: "audit", in: .standard, from: nil, to: "failed")
        directory.setDeadLetters(of: "other", in: .standard, from: nil, to: nil)
        #expect(sources("failed") == ["audit", "orders"] && sources("orders") == [])
        #expect(directory.deadLetterSources(of: "failed", in: Namespace(7)) == [])
        directory.setDeadLetters(of: "audit", in: .standard, from: "failed", to: "late")
        #expect(sources("failed") == ["orders"] && sources("late") == ["audit"])
        directory.setDeadLetters(of: "orders", in: .standard, from: "failed", to: nil)
        #expect(sources("failed") == [])
    }

    @Test("why a message was refused survives the way back over a link")
    func refusals() {
        let all: [MessageRefusal] =
            [.noMemory]
            + [Queue.Refusal.full, .tooLarge, .tooManyDelayed, .storage, .recovering].map { .queue($0) }
        for refusal in all { #expect(MessageRefusal(code: refusal.code) == refusal) }
        #expect(MessageRefusal(code: 255) == .noMemory, "a newer shard's word")
        #expect(Set(all.map(\.reason)).count == all.count)
    }

    @Test("an envelope comes out as it went in")
    func envelopes() throws {
        var envelope = QueueEnvelope()
        for bytes in [[], envelope.encoded()] {
            let none = try #require(self.read(bytes))
            #expect(
                !none.isMoved && none.priority == nil && none.delay == 0 && none.messageID.isEmpty && none.key.isEmpty
            )
        }
        envelope.priority = 0
        envelope.delay = 0x1234_5678_9ABC
        envelope.messageID = Array("id".utf8)
        envelope.key = [0, 255]
        envelope.isMoved = true
        envelope.publisher = QueuePublisher(.mqtt, clientID: Array("client".utf8), externalID: Array("user".utf8))
        let bytes = envelope.encoded()
        let parts = try #require(self.read(bytes))
        #expect(parts.isMoved && parts.priority == 0 && parts.delay == envelope.delay)
        #expect(Array(bytes[parts.messageID]) == envelope.messageID && Array(bytes[parts.key]) == envelope.key)
        let publisher = Array(bytes[parts.publisher])
        let read = QueuePublisher(publisher.span)
        #expect(read == envelope.publisher)
        for count in 1..<parts.publisher.lowerBound {
            let isNone = self.read(Array(bytes.prefix(count))) == nil
            #expect(isNone, "\(count) bytes")
        }
    }

    @Test("reserved user headers are left out, and nothing else is")
    func reserved() throws {
        var header = MessageHeader()
        (header.isText, header.contentType, header.replyTo, header.correlation) = (true, "text", "r", [1, 2])
        header.userHeaders = [
            .init("a", "1"), .init("queue", "x"), .init("a", "2"), .init("_dlq_reason", "x"), .init("x-work", "3"),
        ]
        let stripped = try #require(self.stripped(header.encoded()))
        header.userHeaders = [.init("a", "1"), .init("a", "2"), .init("x-work", "3")]
        let read = MessageHeader(stripped.span)
        #expect(read == header)
        #expect(self.stripped(header.encoded()) == nil)
        #expect(self.stripped([]) == nil)
    }

    private func read(_ bytes: [UInt8]) -> QueueEnvelopeParts? { QueueEnvelopeParts(bytes.span) }
    private func stripped(_ header: [UInt8]) -> [UInt8]? { ReservedHeaders.stripped(header.span) }
}

@Suite("Queue records on a link")
struct QueueRecordTests {
    @Test("requests to consume come out as they went in, with every start")
    func consuming() {
        let starts: [StartPosition] = [.stored, .first, .last, .next, .offset(7), .time(9), .back(3), .lastPerKey]
        for start in starts {
            var request = ConsumeRequest(namespace: Namespace(3), queue: "q", group: "g", credit: 17)
            (request.filter, request.mode, request.start) = ("eu/#", .stream, start)
            (request.commitsAutomatically, request.createsQueue) = (false, true)
            let read = self.round({ $0.write(request) }, { $0.consumeRequest() })
            #expect(
                read.namespace == request.namespace && read.queue == "q" && read.group == "g" && read.filter == "eu/#"
            )
            #expect(
                read.mode == .stream && read.start == start && !read.commitsAutomatically && read.createsQueue
                    && read.credit == 17
            )
        }
    }

    @Test("deliveries, settlements and refusals come out as they went in")
    func others() {
        let link = QueueLink(shard: 5, queue: 300, consumer: .max, group: 9)
        var handover = QueueHandover(link: link, handle: 4, id: MessageID(priority: 3, offset: 8), count: 2, time: 77)
        handover.primary = QueueHandover.Primary(group: "main", committed: 6)
        let read = self.round({ $0.write(handover) }, { $0.handover() })
        #expect(read.link == link && read.handle == 4 && read.id == handover.id && read.count == 2 && read.time == 77)
        #expect(read.primary?.group == "main" && read.primary?.committed == 6)
        for settlement in [
            Settlement.accepted, .released, .failed(delay: nil), .failed(delay: 0), .failed(delay: 5), .rejected,
        ] {
            #expect(self.round({ $0.write(settlement) }, { $0.settlement() }) == settlement)
        }
        let refusal = QueueRefusal(.limit, "too many")
        #expect(self.round({ $0.write(refusal) }, { $0.refusal() }) == refusal)
    }

    private func round<Value>(_ write: (inout LinkWriter) -> Void, _ read: (inout LinkReader) -> Value) -> Value {
        var writer = LinkWriter()
        write(&writer)
        let bytes = writer.bytes
        var reader = LinkReader(bytes.span, at: 0, blocks: [])
        let value = read(&reader)
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
        return value
    }
}
