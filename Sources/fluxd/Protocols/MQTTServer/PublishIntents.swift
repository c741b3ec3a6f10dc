import Core
import MQTTWire
import Machine
import SessionJournal

/// Messages of quality of service 2 from sessions that are kept, on their way to somebody who stores them: written down with a number
/// first, routed under it when that is stored, done when all who store them have.
///
/// In one line for the whole shard: whoever stores remembers the highest number, so that none may overtake another. A full link holds
/// up those behind it too.
final class PublishIntents: StoreWaiter {
    struct Intent {
        var position: JournalPosition
        /// The message, kept until it is done.
        var slot: MessageSlot
        /// The publisher's session; nobody's address if that is on another shard, or has ended.
        var publisher: SubscriberAddress
        var session: UInt64
        /// 0 for one that an earlier run of the broker took in.
        var packetID: UInt16
    }

    private unowned let journal: ShardJournal
    private let server: MQTTShard
    private let shard: ShardState
    private var lastSequence: UInt64 = 0
    private var unrouted = FIFO<Intent>()
    /// Those at the front that are stored.
    private var stored = 0
    private var routed = FIFO<(intent: Intent, receipt: Receipt?)>()
    private var isWaiting = false
    /// A reminder to try again stands.
    private var isReminded = false

    init(_ journal: ShardJournal) {
        self.journal = journal
        self.server = journal.server
        self.shard = journal.shard
    }

    var isEmpty: Bool { self.unrouted.isEmpty && self.routed.isEmpty }

    /// - Parameter last: The highest number that any journal knows of this shard's.
    func begin(after last: UInt64) { self.lastSequence = last }

    /// Takes a message in.
    ///
    /// - Returns: nil when the process has no memory left for it.
    func take(_ message: borrowing MessageView, _ packetID: UInt16, from session: MQTTSession) -> UInt64? {
        let held = self.shard.hold(message)
        self.shard.finishDeliveries()
        guard let slot = held else { return nil }
        self.lastSequence += 1
        let position = JournalPosition(origin: UInt8(self.shard.index), sequence: self.lastSequence)
        self.journal.intend(position, session.number, slot)
        self.unrouted.append(
            Intent(
                position: position,
                slot: slot,
                publisher: session.address,
                session: session.number,
                packetID: packetID
            )
        )
        self.journal.whenStored(.routeIntents(1))
        return position.bits
    }

    /// One that an earlier run took in and did not finish. Before any loop runs; in order.
    func restore(_ intent: Intent) {
        self.state(intent)
        self.unrouted.append(intent)
        self.stored += 1
    }

    func stored(_ count: Int) {
        self.stored += count
        self.route()
    }

    // MARK: Routing

    /// Routes those that are stored, as far as links have room.
    func route() {
        while self.stored > 0, let intent = self.unrouted.first {
            let message = self.shard.messages[intent.slot]
            let topic = message.topicBytes
            var hint: Int32 = -1
            guard let route = self.shard.route(topic.span, in: message.namespace, hint: &hint) else {
                preconditionFailure("a topic that was routed before cannot be")
            }
            let isBlocked =
                self.shard.isBlocked(route)
                || message.retain && self.shard.isKeeperBlocked(topic.span, in: message.namespace)
            if isBlocked { return self.tryLater() }
            _ = self.unrouted.removeFirst()
            self.stored -= 1
            self.publish(intent, message, topic, along: route)
        }
        self.settle()
    }

    private func tryLater() {
        if self.isReminded { return }
        self.isReminded = true
        self.server.remind(.intents, at: self.shard.now + 10)
    }

    func reminded() {
        self.isReminded = false
        self.route()
    }

    private func publish(
        _ intent: Intent,
        _ message: StoredMessage,
        _ topic: [UInt8],
        along route: Unmanaged<CachedRoute>
    ) {
        var refusal: MQTTReasonCode?
        self.shard.announce(message)
        if message.retain, !message.withView({ self.server.retain($0) }) { refusal = .quotaExceeded }
        let outcome = self.shard.publish(
            intent.slot,
            from: intent.publisher,
            at: intent.position.bits,
            along: route
        )
        let isRetained = message.retain && refusal == nil
        let keeper = isRetained ? self.shard.keeper(of: topic.span, in: message.namespace) : nil
        let receipt = self.shard.receipt(for: outcome, keeper: keeper)
        if outcome.isRefused { refusal = .quotaExceeded }
        let isSomebodys = outcome.hasSubscribers || message.retain
        let reason = refusal ?? (isSomebodys ? .success : .noMatchingSubscribers)
        self.routed.append((intent, receipt))
        self.journal.session(at: intent.publisher)?.intentRouted(intent, reason, receipt)
    }

    // MARK: Done

    func progressed() {
        self.isWaiting = false
        self.settle()
    }

    private func settle() {
        while let first = self.routed.first, first.receipt.map(self.shard.isSettled) ?? true {
            _ = self.routed.removeFirst()
            self.journal.setDone(first.intent.position)
            self.shard.release(first.intent.slot)
            self.journal.session(at: first.intent.publisher)?.intentDone(first.intent)
        }
        guard !self.isWaiting, let receipt = self.routed.first?.receipt else { return }
        self.isWaiting = true
        self.shard.waitForStore(self, until: receipt)
    }

    /// Says again which are not done.
    func state() {
        for index in 0..<self.routed.count { self.state(self.routed[index].intent) }
        for index in 0..<self.unrouted.count { self.state(self.unrouted[index]) }
    }

    private func state(_ intent: Intent) { self.journal.intend(intent.position, intent.session, intent.slot) }
}

@available(*, unavailable)
extension PublishIntents: Sendable {}
