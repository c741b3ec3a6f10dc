import Bytes
import Machine
import QueueEngine

/// The queue's side.
extension QueueShard {
    func join(
        _ request: ConsumeRequest,
        _ number: UInt64,
        _ subscriber: SubscriberAddress,
        _ handle: UInt32
    ) -> Result<QueueLink, QueueRefusal> {
        guard let home = self.home(number) else {
            return .failure(QueueRefusal(.notFound, "queue \"\(request.queue.shown)\" has just been deleted"))
        }
        if home.isBeingRepaired { return .failure(QueueRefusal(beingRepaired: request.queue)) }
        self.lastConsumer += 1
        let consumer = ConsumerID(bits: self.lastConsumer)
        var joining = Queue.Joining(group: request.group, consumer: consumer)
        joining.filter = request.filter
        joining.mode = request.mode
        joining.start = request.start
        joining.commitsAutomatically = request.commitsAutomatically
        let group: GroupNumber
        do throws(QueueError) {
            group = try home.queue.join(joining, now: self.shard.now, wall: self.shard.wallNow)
        } catch {
            return .failure(QueueRefusal(error))
        }
        home.consumers[consumer] = QueueHome.Consumer(address: subscriber, handle: handle, group: group)
        home.queue.setCredit(consumer, group: group, deliveryCount: 0, credit: request.credit, drain: false)
        self.touch(home)
        return .success(
            QueueLink(shard: self.shard.index, queue: number, consumer: consumer.bits, group: group.value)
        )
    }

    func setCredit(_ link: QueueLink, _ deliveryCount: UInt32, _ credit: UInt32, _ drain: Bool) {
        guard let home = self.home(link.queue) else { return }
        home.queue.setCredit(
            ConsumerID(bits: link.consumer),
            group: GroupNumber(link.group),
            deliveryCount: deliveryCount,
            credit: credit,
            drain: drain
        )
        self.touch(home)
    }

    func leave(_ link: QueueLink, seen: UInt32? = nil) {
        guard let home = self.home(link.queue) else { return }
        let consumer = ConsumerID(bits: link.consumer)
        guard let known = home.consumers.removeValue(forKey: consumer) else { return }
        home.queue.leave(consumer, group: known.group, seen: seen, now: self.shard.now, wall: self.shard.wallNow)
        self.touch(home)
    }

    func settle(_ request: SettleRequest) -> QueueRefusal? {
        do throws(QueueRefusal) {
            try self.settleOrThrow(request)
            return nil
        } catch {
            self.shard.counters.add(.queueSettlesRefused)
            return error
        }
    }

    private func settleOrThrow(_ request: SettleRequest) throws(QueueRefusal) {
        guard let home = self.home(request.queue) else { throw QueueRefusal(.notFound, "the queue has been deleted") }
        let group: GroupNumber
        switch request.group {
        case .number(let number): group = GroupNumber(number)
        case .name(let name):
            guard let known = home.queue.groupNumber(named: name) else {
                throw QueueRefusal(.groupNotFound(group: name))
            }
            group = known
        }
        self.touch(home)
        do throws(QueueError) {
            try home.queue.settle(
                request.id,
                group: group,
                by: request.consumer == 0 ? nil : ConsumerID(bits: request.consumer),
                request.settlement,
                now: self.shard.now,
                wall: self.shard.wallNow
            )
        } catch {
            throw QueueRefusal(error)
        }
        if !request.reason.isEmpty, home.definition.moves(.rejected),
            home.rejectReasons.count < QueueHome.maximumRejectReasons
        {
            home.rejectReasons[DeadLetter.Ticket(group: group, id: request.id)] = request.reason
        }
    }

    func commit(_ number: UInt64, _ name: String, _ offset: UInt64) -> QueueRefusal? {
        guard let home = self.home(number) else { return QueueRefusal(.notFound, "the queue has been deleted") }
        guard let group = home.queue.groupNumber(named: name) else { return QueueRefusal(.groupNotFound(group: name)) }
        self.touch(home)
        do throws(QueueError) {
            try home.queue.commit(MessageID(number: offset), group: group)
            return nil
        } catch {
            return QueueRefusal(error)
        }
    }

    func deliver(_ delivery: QueueDelivery) {
        guard let home = self.home(delivery.queue), let consumer = home.consumers[delivery.consumer] else { return }
        let record = delivery.record
        guard let stored = StoredQueueMessage(record.block, record.body) else {
            preconditionFailure("a record that passed its checksum is no message")
        }
        let handover = QueueHandover(
            link: QueueLink(
                shard: self.shard.index,
                queue: delivery.queue,
                consumer: delivery.consumer.bits,
                group: delivery.group.value
            ),
            handle: consumer.handle,
            id: delivery.id,
            count: delivery.count,
            time: record.time,
            primary: delivery.primaryCommitted.map { committed in
                QueueHandover.Primary(group: home.definition.primaryGroup, committed: committed)
            }
        )
        let wall = self.shard.wallNow
        let message = MessageView(
            topic: record.block.span(stored.topic),
            header: record.block.span(stored.header),
            payload: record.block.span(stored.payload),
            qos: stored.qos,
            expiry: stored.expiry == 0 ? 0 : self.shard.now + max(1, stored.expiry > wall ? stored.expiry - wall : 0),
            namespace: home.namespace,
            envelope: record.block.span(stored.publisher)
        )
        self.shard.hand(message, handover, to: consumer.address)
        self.shard.finishDeliveries()
    }

    func consumerRemoved(_ consumer: ConsumerID, of home: QueueHome, _ why: ConsumerEnd) {
        guard let known = home.consumers.removeValue(forKey: consumer), why != .left else { return }
        self.shard.tellEnded(known.address, known.handle)
    }

    func drained(_ consumer: ConsumerID, of home: QueueHome, _ deliveryCount: UInt32) {
        guard let known = home.consumers[consumer] else { return }
        self.shard.tellDrained(known.address, known.handle, deliveryCount)
    }
}
