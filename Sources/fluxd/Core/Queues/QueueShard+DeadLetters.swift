import Bytes
import Machine
import QueueEngine

/// A message on its way into a dead-letter queue. Its own queue lets go of it when the other one has stored it, and not before: a
/// crash in between leaves it in both, with the same transfer id.
final class DeadLetterMove: StoreWaiter {
    private let shard: ShardState
    private let home: QueueHome
    private let ticket: DeadLetter.Ticket
    private let receipt: Receipt

    init(_ ticket: DeadLetter.Ticket, of home: QueueHome, _ receipt: Receipt, on shard: ShardState) {
        self.shard = shard
        self.home = home
        self.ticket = ticket
        self.receipt = receipt
    }

    func progressed() {
        guard self.shard.isSettled(self.receipt) else { return self.shard.waitForStore(self, until: self.receipt) }
        self.shard.queues.moved(self.ticket, of: self.home, isRefused: self.shard.takeRefusal(of: self.receipt) != nil)
    }
}

extension QueueShard {
    func move(_ letter: DeadLetter) {
        guard let home = self.home(letter.queue), home.moving[letter.ticket] == nil else { return }
        guard self.hasDeadLetterQueue(of: home),
            let stored = StoredQueueMessage(letter.record.block, letter.record.body),
            self.mayMove(letter, stored)
        else { return self.moved(letter.ticket, of: home, isRefused: true) }
        let target = Array(QueueAddress.topic(of: home.definition.deadLetterQueue).utf8)
        let (header, envelope) = self.wrapping(letter, stored, home)
        var hint: Int32 = -1
        guard let route = self.shard.route(target.span, in: home.namespace, hint: &hint),
            self.shard.hasQueue(at: target, in: home.namespace), !self.shard.isBlocked(route),
            !self.shard.lacksRoom(for: route)
        else { return self.moved(letter.ticket, of: home, isRefused: true) }
        let message = MessageView(
            topic: target.span,
            header: header.span,
            payload: letter.record.block.span(stored.payload),
            qos: 1,
            namespace: home.namespace,
            envelope: envelope.span
        )
        let outcome = self.shard.publish(message, along: route)
        if outcome.isRefused {
            _ = self.shard.takeRefusal()  // nobody is told: it is tried again
            return self.moved(letter.ticket, of: home, isRefused: true)
        }
        self.shard.counters.add(.deadLetters)
        guard let receipt = self.shard.receipt(for: outcome) else {
            return self.moved(letter.ticket, of: home, isRefused: false)
        }
        let move = DeadLetterMove(letter.ticket, of: home, receipt, on: self.shard)
        home.moving[letter.ticket] = move
        self.shard.waitForStore(move, until: receipt)
    }

    /// - Parameter isRefused: It stays where it was, and is tried again.
    func moved(_ ticket: DeadLetter.Ticket, of home: QueueHome, isRefused: Bool) {
        home.moving[ticket] = nil
        if isRefused {
            home.queue.deadLetterFailed(ticket, now: self.shard.now)
        } else {
            home.queue.deadLettered(ticket, now: self.shard.now)
        }
        self.touch(home)
    }

    /// Queues that are each other's dead-letter queues would move a message for ever: after so many moves it stays where it is.
    private static let maximumHops = 16

    private func mayMove(_ letter: DeadLetter, _ stored: StoredQueueMessage) -> Bool {
        let header = MessageHeader(letter.record.block.span(stored.header))
        return header.map { $0.deadLetterHops < QueueShard.maximumHops } ?? true
    }

    /// A target that nobody made is made here.
    private func hasDeadLetterQueue(of home: QueueHome) -> Bool {
        let name = home.definition.deadLetterQueue
        if self.shard.broker.queues.find(name, in: home.namespace) != nil { return true }
        var definition = QueueDefinition(deadLetters: name, in: home.namespace)
        definition.durability = home.definition.durability
        return (try? self.declare(definition)) != nil
    }

    /// The message with what happened to it, as further user headers; and who published it first.
    private func wrapping(
        _ letter: DeadLetter,
        _ stored: StoredQueueMessage,
        _ home: QueueHome
    ) -> (header: [UInt8], envelope: [UInt8]) {
        let record = letter.record
        // What an earlier move said is said anew, so that a message does not grow with each.
        var whole = MessageHeader(record.block.span(stored.header)) ?? MessageHeader()
        let hops = whole.deadLetterHops + 1
        whole.userHeaders.removeAll { $0.name.hasPrefix("_dlq_") }
        var header = whole.encoded()
        let number = letter.ticket.id.number
        let transfer = "\(home.definition.name):\(number):\(letter.groupID)"
        var extra = MessageHeader()
        func say(_ name: String, _ value: String) { extra.userHeaders.append(.init(name, value)) }
        say("_dlq_original_queue", home.definition.name)
        say("_dlq_original_topic", record.block.span(stored.topic).string())
        say("_dlq_original_id", "\(home.definition.name):\(number)")
        say("_dlq_offset", String(letter.ticket.id.offset))
        if !letter.groupID.isEmpty { say("_dlq_group", letter.groupID) }
        say("_dlq_reason", letter.reason.name)
        if let why = home.rejectReasons.removeValue(forKey: letter.ticket) { say("_dlq_reject_reason", why) }
        say("_dlq_delivery_count", String(letter.count))
        if letter.firstDelivered != 0 { say("_dlq_first_delivered_at", timestamp(letter.firstDelivered)) }
        if letter.lastDelivered != 0 { say("_dlq_last_delivered_at", timestamp(letter.lastDelivered)) }
        say("_dlq_moved_at", timestamp(self.shard.wallNow))
        say("_dlq_hops", String(hops))
        say("_dlq_transfer_id", transfer)
        header += extra.encoded()
        var envelope = QueueEnvelope()
        envelope.publisher = QueuePublisher(record.block.span(stored.publisher)) ?? QueuePublisher()
        envelope.messageID = Array(transfer.utf8)
        envelope.isMoved = true
        return (header, envelope.encoded())
    }
}

extension ShardState {
    /// Whether a queue is there that takes what goes to its address: a message for one that is not would be nobody's.
    func hasQueue(at address: [UInt8], in namespace: Namespace) -> Bool {
        guard case .queue(let name, _)? = QueueAddress(address.span.string()) else { return false }
        return self.broker.queues.find(name, in: namespace) != nil
    }
}

extension MessageHeader {
    /// How often the message was moved to a dead-letter queue.
    fileprivate var deadLetterHops: Int {
        self.userHeaders.last { $0.name == "_dlq_hops" }.flatMap { Int($0.value) } ?? 0
    }
}

/// RFC 3339, UTC, with milliseconds. Source: RFC 3339 §5.6; the days by Howard Hinnant's civil-from-days.
func timestamp(_ milliseconds: UInt64) -> String {
    let days = Int(milliseconds / 86_400_000)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let rest = Int(milliseconds % 86_400_000)
    func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    let time = "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60_000 % 60, 2)):\(padded(rest / 1_000 % 60, 2))"
    return "\(date)T\(time).\(padded(rest % 1_000, 3))Z"
}
