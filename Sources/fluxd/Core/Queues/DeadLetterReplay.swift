import Bytes
import Machine
import QueueEngine

/// Takes messages out of a queue, publishes them elsewhere, and settles each when it is stored there: a crash in between leaves a
/// message in both, never in none.
///
/// It is a consumer of the queue as any other, of a group of its own, on the queue's shard. Messages that it does not want are given
/// back uncounted when it ends.
package final class DeadLetterReplay: Subscriber {
    /// The group that it is a member of, when nothing else is said.
    package static let group = "replay"
    /// Messages taken by one replay at most, and looked at: what it does not want stays in hand until its end.
    package static let maximumMoved = 1_000
    package static let maximumLooked = 50_000
    /// Deliveries asked for at a time.
    private static let window: UInt32 = 64

    package struct Report: Sendable {
        package var looked = 0
        package var moved = 0
        /// No target took them: they stay where they were.
        package var refused = 0
        /// Why, of the last one.
        package var reason = ""
        /// There was nothing left to look at.
        package var isExhausted = false
    }

    /// What becomes of a message.
    package enum Verdict: Sendable {
        case leave
        case move(topic: [UInt8])
    }

    private unowned(unsafe) let shard: ShardState
    private let decide: (borrowing MessageView, QueueHandover) -> Verdict
    private let limit: Int
    private let done: (Report) -> Void
    private var report = Report()
    private var link: QueueLink?
    private var kept: [MessageID] = []
    private var moving = 0
    private var taken = 0
    private var seen: UInt32 = 0
    private var asked: UInt32 = 0
    /// More is asked for when some of what is under way has been stored: another shard takes no more than its link holds.
    private var isWaiting = false
    /// Nothing more is asked for; it ends when what is under way has come.
    private var isEnding = false
    private var isOver = false

    /// - Parameters:
    ///   - limit: Messages to move at most.
    ///   - decide: Called with each message, once.
    ///   - done: Called once, later.
    package init(
        on shard: ShardState,
        of home: QueueHome,
        limit: Int,
        decide: @escaping (borrowing MessageView, QueueHandover) -> Verdict,
        done: @escaping (Report) -> Void
    ) {
        self.shard = shard
        self.limit = min(limit, DeadLetterReplay.maximumMoved)
        self.decide = decide
        self.done = done
        super.init(namespace: home.namespace)
    }

    package func start(_ queue: String, group: String) {
        self.shard.register(self)
        var request = ConsumeRequest(namespace: self.namespace, queue: queue, group: group, credit: 0)
        request.createsQueue = false
        request.mode = .queue
        self.shard.consume(request, for: self.address, handle: 0)
    }

    package override func consuming(_ handle: UInt32, _ answer: Result<QueueLink, QueueRefusal>, on shard: ShardState) {
        switch answer {
        case .success(let link):
            self.link = link
            self.ask()
        case .failure(let refusal):
            self.report.reason = refusal.reason
            self.finish()
        }
    }

    private func ask() {
        guard let link = self.link else { return }
        let left = min(self.limit - self.taken, DeadLetterReplay.maximumLooked - self.report.looked)
        guard left > 0, !self.isEnding else {
            self.isEnding = true
            return self.finishIfIdle()
        }
        self.isWaiting = self.moving > Int(DeadLetterReplay.window)
        if self.isWaiting { return }
        let credit = min(DeadLetterReplay.window, UInt32(left))
        self.asked = self.seen &+ credit
        self.shard.setCredit(link, deliveryCount: self.seen, credit: credit, drain: true)
    }

    package override func deliver(_ message: borrowing MessageView, _ handover: QueueHandover, on shard: ShardState) {
        self.seen &+= 1
        self.report.looked += 1
        guard case .move(let topic) = self.decide(message, handover) else {
            self.kept.append(handover.id)
            return
        }
        self.taken += 1
        self.moving += 1
        let (stored, publisher) = (StoredMessage(copying: message), message.envelope.copied())
        // Another look-up inside a delivery would take the place of the route under way.
        shard.afterDeliveries { self.publish(stored, publisher, to: topic, SettleRequest(handover, .accepted)) }
    }

    package override func drained(_ handle: UInt32, deliveryCount: UInt32, on shard: ShardState) {
        // Less than was asked for: the queue has no more.
        if self.seen != self.asked {
            self.report.isExhausted = true
            self.isEnding = true
        }
        self.seen = deliveryCount
        self.ask()
    }

    package override func consumerEnded(_ handle: UInt32, on shard: ShardState) {
        self.link = nil
        self.report.reason = "the queue or its group has been deleted"
        self.finish()
    }

    // MARK: One message

    /// Without what being a dead letter added; who published it first stays.
    private func publish(_ message: StoredMessage, _ publisher: [UInt8], to topic: [UInt8], _ settling: SettleRequest) {
        var header = MessageHeader(message.block.span(message.header)) ?? MessageHeader()
        header.userHeaders.removeAll { $0.name.hasPrefix("_dlq_") }
        let fields = header.encoded()
        var envelope = QueueEnvelope()
        envelope.publisher = QueuePublisher(publisher.span) ?? QueuePublisher()
        let encoded = envelope.encoded()
        var hint: Int32 = -1
        guard let route = self.shard.route(topic.span, in: self.namespace, hint: &hint),
            self.shard.hasQueue(at: topic, in: self.namespace)
        else {
            return self.moved(settling, refusedFor: "there is no queue for \(String(decoding: topic, as: UTF8.self))")
        }
        guard !self.shard.isBlocked(route), !self.shard.lacksRoom(for: route) else {
            return self.moved(settling, refusedFor: "there is no room for more at the moment")
        }
        let view = MessageView(
            topic: topic.span,
            header: fields.span,
            payload: message.block.span(message.payload),
            qos: message.qos,
            expiry: message.expiry,
            namespace: self.namespace,
            envelope: encoded.span
        )
        let outcome = self.shard.publish(view, along: route)
        if outcome.isRefused { return self.moved(settling, refusedFor: self.shard.takeRefusal().reason) }
        guard let receipt = self.shard.receipt(for: outcome) else { return self.moved(settling, refusedFor: nil) }
        self.shard.waitForStore(Move(self, settling, receipt), until: receipt)
    }

    fileprivate func moved(_ settling: SettleRequest, refusedFor reason: String?) {
        self.moving -= 1
        if let reason {
            self.report.refused += 1
            self.report.reason = reason
            self.kept.append(settling.id)
            self.isEnding = true
        } else {
            self.report.moved += 1
            self.shard.settle(settling, from: self.address)
        }
        if self.isWaiting { self.ask() }
        self.finishIfIdle()
    }

    /// Waits until a message is stored where it went.
    private final class Move: StoreWaiter {
        private let replay: DeadLetterReplay
        private let settling: SettleRequest
        private let receipt: Receipt

        init(_ replay: DeadLetterReplay, _ settling: SettleRequest, _ receipt: Receipt) {
            (self.replay, self.settling, self.receipt) = (replay, settling, receipt)
        }

        func progressed() {
            let shard = self.replay.shard
            guard shard.isSettled(self.receipt) else { return shard.waitForStore(self, until: self.receipt) }
            self.replay.moved(self.settling, refusedFor: shard.takeRefusal(of: self.receipt)?.reason)
        }
    }

    // MARK: The end

    private func finishIfIdle() {
        if self.isEnding, self.moving == 0 { self.finish() }
    }

    private func finish() {
        if self.isOver { return }
        self.isOver = true
        if let link = self.link {
            for id in self.kept {
                let group = SettleRequest.Group.number(link.group)
                let request = SettleRequest(shard: link.shard, queue: link.queue, group: group, id: id, .released)
                self.shard.settle(request, from: self.address)
            }
            self.shard.leave(link)
        }
        self.shard.unregister(self)
        self.done(self.report)
    }
}
