import Bytes
import Machine
import Topics

/// Consumers that share a cursor, so that each message goes to one of them.
final class Group {
    /// Claimed and unsettled at most; then nothing new is claimed until something is settled.
    static let maximumPending = 100_000
    /// Dead letters under way at most: each keeps its record in memory.
    static let maximumMoving = 256

    /// Where the group stands in one lane.
    struct Place {
        /// The next offset that it claims or delivers.
        var cursor: UInt64 = 0
        /// Of a stream's group: what it begins with after a restart. A work queue's group has the lowest unsettled offset instead.
        var committed: UInt64 = 0
        /// Bytes that were published before the cursor, in the measure of ``Lane/publishedBytes``.
        var passedBytes: Int64 = 0
        /// The journal has not heard of the cursor.
        var isUnwritten = false
        /// When the message at the cursor expires, in milliseconds since 1970, and the cursor that this was found out for.
        var headExpiry: UInt64 = 0
        var headChecked = UInt64.max

        /// The message at the cursor is the group's. The journal hears of that by the claim itself.
        mutating func claim(bytes: Int) {
            self.cursor += 1
            self.passedBytes += Int64(bytes)
            self.isUnwritten = false
        }
    }

    /// A message that an operator gave to a consumer, and that has not been sent yet.
    struct Claim {
        var id: MessageID
        var consumer: ConsumerID
        /// Deliveries with this one: another number is another delivery.
        var count: UInt16
    }

    let number: GroupNumber
    /// `group`, or `group@filter`. Empty for the keeper, which holds a work queue's place while it has no group.
    let id: String
    let filter: String
    private let filterBytes: [UInt8]
    let mode: GroupMode
    let commitsAutomatically: Bool
    var isPaused = false
    /// Another group has taken its place: it only ends what it has under way.
    var isRetired = false
    /// By priority.
    var places: [Place]
    var pending = PendingList()
    var consumers = ConsumerLine()
    /// Released entries that anybody may have, highest priority and lowest offset first.
    var ready = MinHeap()
    /// Released entries by when they may be delivered again, in the shard's milliseconds.
    var waiting = MinHeap()
    /// Entries that are to become dead letters, oldest decision first.
    var dead = NumberQueue()
    var moving = 0
    /// Dead letters that came back are not tried again before this time.
    var retryDeadAt: UInt64 = 0
    /// Since when there is no consumer.
    var idleSince: UInt64
    /// When the cursor is committed by itself; nil when it is.
    var commitAt: UInt64?
    /// Questions to logs that a seek waits for.
    var seeking = 0
    var needsDispatch = false
    /// Its last dispatch ended because a record was not in memory.
    var waitsForRead = false
    /// Some place is unwritten.
    var hasUnwritten = false
    var lastPerKey: LastPerKey?
    var claims: [Claim] = []
    var counters = QueueCounters()

    init(
        number: GroupNumber,
        id: String,
        filter: String,
        mode: GroupMode,
        commitsAutomatically: Bool,
        lanes: Int,
        now: UInt64
    ) {
        self.number = number
        self.id = id
        self.filter = filter
        self.filterBytes = Array(filter.utf8)
        self.takesEverything = filter.isEmpty || filter == "#"
        self.mode = mode
        self.commitsAutomatically = commitsAutomatically
        self.places = Array(repeating: Place(), count: lanes)
        self.idleSince = now
    }

    /// Holds the place of a work queue that has no group: messages expire and are pushed out there as anywhere.
    var isKeeper: Bool { self.number.value == 0 }
    /// Whether messages have to be kept for it.
    var keepsMessages: Bool { self.mode == .queue }
    let takesEverything: Bool

    /// `group@filter`, the name under which a group with a filter is known; `group` without.
    /// An `@` of the group's own name is written `%40`, so that no name is another group with its filter.
    static func effectiveID(group: String, filter: String) -> String {
        var name = ""
        for character in group.unicodeScalars {
            switch character {
            case "@": name += "%40"
            case "%": name += "%25"
            default: name.unicodeScalars.append(character)
            }
        }
        return filter.isEmpty ? name : "\(name)@\(filter)"
    }

    func matches(_ record: QueueRecord, root: [UInt8]) -> Bool {
        if self.takesEverything { return true }
        guard let message = StoredQueueMessage(record.block, record.body) else { return false }
        let key = RoutingKey.range(of: record.block.span(message.topic), root: root.span)
        let start = message.topic.lowerBound
        let filter = self.filterBytes
        return RoutingKey.matches(
            filter: filter.span,
            key: record.block.span((start + key.lowerBound)..<(start + key.upperBound))
        )
    }

    /// The lowest offset of a lane that is not settled.
    func committed(lane: Int) -> UInt64 {
        if self.mode == .stream { return self.places[lane].committed }
        guard let slot = self.pending.lowest(priority: lane) else { return self.places[lane].cursor }
        return min(self.pending[slot].messageID.offset, self.places[lane].cursor)
    }

    /// The first released entry that anybody may have.
    func firstReady() -> Int32? {
        while let top = self.ready.first {
            if let slot = self.pending.slot(of: top.value), self.pending[slot].state == .ready { return slot }
            self.ready.removeFirst()
        }
        return nil
    }

    /// The first entry that waits for its time.
    func firstWaiting() -> (slot: Int32, due: UInt64)? {
        while let top = self.waiting.first {
            if let slot = self.pending.slot(of: top.value), self.pending[slot].state == .waiting {
                return (slot, top.key)
            }
            self.waiting.removeFirst()
        }
        return nil
    }

    func makeReady(_ slot: Int32) {
        let id = self.pending[slot].messageID
        self.pending[slot].state = .ready
        if self.ready.count > 64, self.ready.count > 2 * self.pending.count {
            self.ready.keep { item in self.isIn(.ready, item.value) && item.value != id.number }
        }
        self.ready.insert(UInt64(9 - min(id.priority, 9)) << 56 | id.offset, id.number)
        self.needsDispatch = true
    }

    func makeWaiting(_ slot: Int32, until due: UInt64) {
        let id = self.pending[slot].id
        self.pending[slot].state = .waiting
        if self.waiting.count > 64, self.waiting.count > 2 * self.pending.count {
            self.waiting.keep { item in self.isIn(.waiting, item.value) && item.value != id }
        }
        self.waiting.insert(due, id)
    }

    private func isIn(_ state: PendingList.State, _ id: UInt64) -> Bool {
        guard let slot = self.pending.slot(of: id) else { return false }
        return self.pending[slot].state == state
    }

    /// Takes an entry from its consumer.
    func unlink(_ slot: Int32) {
        let entry = self.pending[slot]
        guard entry.state == .delivered, entry.consumer != PendingList.nowhere else { return }
        self.consumers.take(slot, from: entry.consumer, before: entry.ownBefore, after: entry.ownAfter)
        self.pending.unlinkDelivered(slot)
    }

    func give(_ slot: Int32, to consumer: Int32, now: UInt64, wall: UInt64) {
        let last = self.consumers.give(slot, to: consumer)
        self.pending.setDelivered(slot, to: consumer, after: last, now: now, wall: wall)
    }

    func remove(_ slot: Int32) {
        self.unlink(slot)
        if self.pending[slot].state == .moving { self.moving -= 1 }
        self.pending.remove(slot)
        self.needsDispatch = true
    }

    /// Forgets all that is in hand; who has it is not asked.
    func clearPending() {
        self.pending = PendingList()
        self.ready.removeAll()
        self.waiting.removeAll()
        self.dead = NumberQueue()
        self.moving = 0
    }

    func moveCursor(lane: Int, to offset: UInt64) {
        self.places[lane].cursor = offset
        self.places[lane].isUnwritten = true
        self.hasUnwritten = true
    }
}

@available(*, unavailable)
extension Group: Sendable {}

/// The part of a topic that consumers' filters see.
package enum RoutingKey {
    /// Of a message that was published to the queue's address: the levels behind `$queue/<name>`. Of one that was captured: its topic.
    ///
    /// - Parameter root: `$queue/<name>`.
    package static func range(of topic: Span<UInt8>, root: Span<UInt8>) -> Range<Int> {
        guard topic.count >= root.count, topic.extracting(0..<root.count).elementsEqual(root) else {
            return 0..<topic.count
        }
        if topic.count == root.count { return topic.count..<topic.count }
        return topic[root.count] == UInt8(ascii: "/") ? (root.count + 1)..<topic.count : 0..<topic.count
    }

    /// As MQTT matches, with what a key that is no topic needs: an empty filter and `#` take every key, also the empty one and
    /// those that start with `$`.
    package static func matches(filter: Span<UInt8>, key: Span<UInt8>) -> Bool {
        if filter.isEmpty || (filter.count == 1 && filter[0] == UInt8(ascii: "#")) { return true }
        return topicMatches(filter: filter, topic: key)
    }
}
