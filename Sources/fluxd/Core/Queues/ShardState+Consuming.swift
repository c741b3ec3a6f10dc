import Bytes
import Machine
package import QueueEngine

/// Which delivery a settlement is about.
package struct SettleRequest: Sendable {
    package enum Group: Sendable {
        case number(UInt32)
        /// As deliveries name it in `group-id`.
        case name(String)
    }
    /// Where the queue lives.
    package var shard: Int
    package var queue: UInt64
    package var group: Group
    package var id: MessageID
    package var settlement: Settlement
    /// The consumer that has it; 0 for whoever has it, settled by the message's id alone.
    package var consumer: UInt64 = 0
    /// Why it is rejected, for who looks at the dead letter; at most ``maximumReason`` bytes of it are kept.
    package var reason = ""
    package static let maximumReason = 1_024
    /// Named in the answer; 0 for no answer.
    package var token: UInt32 = 0

    package init(shard: Int, queue: UInt64, group: Group, id: MessageID, _ settlement: Settlement) {
        self.shard = shard
        self.queue = queue
        self.group = group
        self.id = id
        self.settlement = settlement
    }

    /// Settles what came by a link.
    package init(_ handover: QueueHandover, _ settlement: Settlement) {
        self.init(
            shard: handover.link.shard,
            queue: handover.link.queue,
            group: .number(handover.link.group),
            id: handover.id,
            settlement
        )
        self.consumer = handover.link.consumer
    }
}

/// A verdict or a committed offset that is on its way to the store.
private final class SettlementWait: StoreWaiter {
    private let shard: ShardState
    private let subscriber: SubscriberAddress
    private let token: UInt32
    private let receipt: Receipt

    init(_ subscriber: SubscriberAddress, _ token: UInt32, _ receipt: Receipt, on shard: ShardState) {
        self.shard = shard
        self.subscriber = subscriber
        self.token = token
        self.receipt = receipt
    }

    func progressed() {
        guard self.shard.isSettled(self.receipt) else { return self.shard.waitForStore(self, until: self.receipt) }
        self.shard.tellSettled(self.subscriber, self.token, nil)
    }
}

/// The consumer's side: each call goes straight to the queue when it lives here, else over the link to where it does.
extension ShardState {
    /// Asks to consume; ``Subscriber/consuming(_:_:on:)`` is called with the answer, maybe before this returns.
    package func consume(_ request: ConsumeRequest, for subscriber: SubscriberAddress, handle: UInt32) {
        var place = self.broker.queues.find(request.queue, in: request.namespace)
        if place == nil, request.createsQueue {
            do throws(QueueRefusal) {
                place = try self.queues.make(request.queue, in: request.namespace)
            } catch {
                return self.answer(subscriber, handle, .failure(error))
            }
        }
        guard let place else {
            return self.answer(
                subscriber,
                handle,
                .failure(QueueRefusal(.notFound, "queue \"\(request.queue.shown)\" not found"))
            )
        }
        if place.shard == self.index {
            return self.answer(subscriber, handle, self.queues.join(request, place.number, subscriber, handle))
        }
        self.write(to: place.shard, .consume) { writer in
            writer.write(place.number)
            writer.write(subscriber.bits)
            writer.write(handle)
            writer.write(request)
        }
    }

    /// - Parameter deliveryCount: Deliveries that the consumer has seen, as AMQP 1.0 counts them; credit counts from there.
    package func setCredit(_ link: QueueLink, deliveryCount: UInt32, credit: UInt32, drain: Bool = false) {
        if link.shard == self.index { return self.queues.setCredit(link, deliveryCount, credit, drain) }
        self.write(to: link.shard, .queueCredit) { writer in
            writer.write(link)
            writer.write(deliveryCount)
            writer.write(credit)
            writer.write(UInt8(drain ? 1 : 0))
        }
    }

    /// The consumer goes; what it has not settled goes to others at once.
    ///
    /// - Parameter seen: Deliveries that the consumer was really given: those that were on their way do not count. nil for all.
    package func leave(_ link: QueueLink, seen: UInt32? = nil) {
        if link.shard == self.index { return self.queues.leave(link, seen: seen) }
        self.write(to: link.shard, .queueLeave) { writer in
            writer.write(link)
            writer.write(UInt8(seen == nil ? 0 : 1))
            writer.write(seen ?? 0)
        }
    }

    package func settle(_ request: SettleRequest, from subscriber: SubscriberAddress) {
        if request.shard == self.index {
            let refusal = self.queues.settle(request)
            if request.token != 0 { self.answerSettled(subscriber, request.token, refusal) }
            return
        }
        self.write(to: request.shard, .queueSettle) { writer in
            writer.write(request.queue)
            switch request.group {
            case .number(let number):
                writer.write(UInt8(0))
                writer.write(number)
            case .name(let name):
                writer.write(UInt8(1))
                writer.write(prefixed: name)
            }
            writer.write(request.id.number)
            writer.write(request.settlement)
            writer.write(request.consumer)
            writer.write(prefixed: request.reason)
            writer.write(request.token)
            writer.write(subscriber.bits)
        }
    }

    /// Commits a stream group's offset: the next message to be read.
    package func commit(
        _ place: QueueDirectory.Place,
        group: String,
        offset: UInt64,
        token: UInt32,
        from subscriber: SubscriberAddress
    ) {
        if place.shard == self.index {
            let refusal = self.queues.commit(place.number, group, offset)
            if token != 0 { self.answerSettled(subscriber, token, refusal) }
            return
        }
        self.write(to: place.shard, .queueCommit) { writer in
            writer.write(place.number)
            writer.write(prefixed: group)
            writer.write(offset)
            writer.write(token)
            writer.write(subscriber.bits)
        }
    }

    // MARK: Answers

    private func answer(_ subscriber: SubscriberAddress, _ handle: UInt32, _ answer: Result<QueueLink, QueueRefusal>) {
        if subscriber.shard == self.index {
            guard let found = self.subscriber(at: subscriber) else {
                if case .success(let link) = answer { self.leave(link) }  // it ended while the question was under way
                return
            }
            return found.consuming(handle, answer, on: self)
        }
        self.write(to: subscriber.shard, .consuming) { writer in
            writer.write(subscriber.bits)
            writer.write(handle)
            switch answer {
            case .success(let link):
                writer.write(UInt8(1))
                writer.write(link)
            case .failure(let refusal):
                writer.write(UInt8(0))
                writer.write(refusal)
            }
        }
    }

    /// What was taken is told when the group's journal has it: what is settled then stays so whatever happens to the process.
    private func answerSettled(_ subscriber: SubscriberAddress, _ token: UInt32, _ refusal: QueueRefusal?) {
        if refusal != nil { return self.tellSettled(subscriber, token, refusal) }
        self.store(.buffered)
        let receipt = self.receipt(for: .buffered)
        self.waitForStore(SettlementWait(subscriber, token, receipt, on: self), until: receipt)
    }

    fileprivate func tellSettled(_ subscriber: SubscriberAddress, _ token: UInt32, _ refusal: QueueRefusal?) {
        if subscriber.shard == self.index {
            self.subscriber(at: subscriber)?.settled(token, refusal, on: self)
            return
        }
        self.write(to: subscriber.shard, .queueSettled) { writer in
            writer.write(subscriber.bits)
            writer.write(token)
            writer.write(UInt8(refusal == nil ? 0 : 1))
            if let refusal { writer.write(refusal) }
        }
    }

    /// From the queue to a consumer.
    func hand(_ message: borrowing MessageView, _ handover: QueueHandover, to consumer: SubscriberAddress) {
        self.workDeliveries += 1
        self.workBytes += min(message.payload.count, 8 << 10)
        if consumer.shard == self.index {
            guard let subscriber = self.subscriber(at: consumer) else {
                return self.queues.leave(handover.link)  // a dead one: the pending list gives it to another
            }
            return subscriber.deliver(message, handover, on: self)
        }
        let stored = message.payload.count >= LinkWriter.referenceThreshold ? self.storedForm(of: message) : nil
        self.links[consumer.shard].writer.write(.queueDelivery)
        self.links[consumer.shard].writer.write(consumer.bits)
        self.links[consumer.shard].writer.write(handover)
        self.links[consumer.shard].writer.write(message, stored)
        self.checkWindow(consumer.shard)
    }

    func tellEnded(_ consumer: SubscriberAddress, _ handle: UInt32) {
        if consumer.shard == self.index {
            self.subscriber(at: consumer)?.consumerEnded(handle, on: self)
            return
        }
        self.write(to: consumer.shard, .consumerEnded) { writer in
            writer.write(consumer.bits)
            writer.write(handle)
        }
    }

    func tellDrained(_ consumer: SubscriberAddress, _ handle: UInt32, _ deliveryCount: UInt32) {
        if consumer.shard == self.index {
            self.subscriber(at: consumer)?.drained(handle, deliveryCount: deliveryCount, on: self)
            return
        }
        self.write(to: consumer.shard, .consumerDrained) { writer in
            writer.write(consumer.bits)
            writer.write(handle)
            writer.write(deliveryCount)
        }
    }

    // MARK: From other shards

    func processQueue(_ record: LinkRecord, _ reader: inout LinkReader) {
        switch record {
        case .consume:
            let number = reader.uint64()
            let subscriber = reader.address()
            let handle = reader.uint32()
            self.answer(subscriber, handle, self.queues.join(reader.consumeRequest(), number, subscriber, handle))
        case .consuming:
            let subscriber = reader.address()
            let handle = reader.uint32()
            let isAccepted = reader.uint8() == 1
            self.answer(subscriber, handle, isAccepted ? .success(reader.link()) : .failure(reader.refusal()))
        case .consumerEnded:
            let consumer = reader.address()
            self.tellEnded(consumer, reader.uint32())
        case .consumerDrained:
            let consumer = reader.address()
            let handle = reader.uint32()
            self.tellDrained(consumer, handle, reader.uint32())
        case .queueCredit:
            let link = reader.link()
            let deliveryCount = reader.uint32()
            let credit = reader.uint32()
            self.setCredit(link, deliveryCount: deliveryCount, credit: credit, drain: reader.uint8() == 1)
        case .queueLeave:
            let link = reader.link()
            let isKnown = reader.uint8() == 1
            let seen = reader.uint32()
            self.leave(link, seen: isKnown ? seen : nil)
        case .queueDelivery:
            let consumer = reader.address()
            let handover = reader.handover()
            reader.message { message, stored in
                if let stored { self.announce(stored) }
                if let subscriber = self.subscriber(at: consumer) {
                    self.workDeliveries += 1
                    subscriber.deliver(message, handover, on: self)
                } else {
                    self.leave(handover.link)
                }
                self.finishDeliveries()
            }
        case .queueSettle: self.processSettlement(&reader)
        case .queueCommit:
            let place = QueueDirectory.Place(number: reader.uint64(), shard: self.index, isStream: true)
            let group = reader.string()
            let offset = reader.uint64()
            let token = reader.uint32()
            self.commit(place, group: group, offset: offset, token: token, from: reader.address())
        case .queueSettled:
            let subscriber = reader.address()
            let token = reader.uint32()
            self.tellSettled(subscriber, token, reader.uint8() == 0 ? nil : reader.refusal())
        default: preconditionFailure("a record that is none of a queue")
        }
    }

    private func processSettlement(_ reader: inout LinkReader) {
        let queue = reader.uint64()
        let group: SettleRequest.Group = reader.uint8() == 0 ? .number(reader.uint32()) : .name(reader.string())
        let id = MessageID(number: reader.uint64())
        var request = SettleRequest(shard: self.index, queue: queue, group: group, id: id, reader.settlement())
        request.consumer = reader.uint64()
        request.reason = reader.string()
        request.token = reader.uint32()
        self.settle(request, from: reader.address())
    }
}
