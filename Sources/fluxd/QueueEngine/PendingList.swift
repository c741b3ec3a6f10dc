/// What a group has in hand: claimed, and not settled. 64 bytes an entry and at most 8 for its place in the index.
///
/// Every entry is in the list of its priority, in the order of offsets, so that the lowest unsettled one is known at once: what
/// is not here and below the cursor is settled, which makes settlements out of order cost nothing. A delivered entry is also in
/// two lists in the order of delivery: the group's, whose first one times out first, and its consumer's.
struct PendingList {
    enum State: UInt8 {
        case free = 0
        /// With a consumer.
        case delivered
        /// For whoever has credit.
        case ready
        /// Not before its time.
        case waiting
        /// To become a dead letter.
        case dead
        /// A dead letter that is under way.
        case moving
    }

    struct Entry {
        var id: UInt64
        /// Of the last delivery, in the shard's milliseconds.
        var deliveredAt: UInt64 = 0
        /// Of the first delivery, in milliseconds since 1970; 0 for never.
        var firstDelivered: UInt64 = 0
        /// Bytes of the record.
        var size: UInt32 = 0
        var count: UInt16 = 0
        var state = State.free
        /// Raw value of a ``DeadLetterReason``, 0 for none.
        var reason: UInt8 = 0
        /// Slot of the consumer.
        var consumer = nowhere
        var orderBefore = nowhere
        var orderAfter = nowhere
        var timeBefore = nowhere
        var timeAfter = nowhere
        var ownBefore = nowhere
        var ownAfter = nowhere

        var messageID: MessageID { MessageID(number: self.id) }
    }

    static let nowhere: Int32 = -1

    private(set) var entries: [Entry] = []
    private var firstFree = PendingList.nowhere
    private(set) var count = 0
    /// Of them, those that nobody has and anybody may: they wait like what was never delivered.
    private(set) var ready = 0
    /// Bytes of the records.
    private(set) var bytes: UInt64 = 0
    /// First and last slot per priority.
    private var order: [(first: Int32, last: Int32)] = [(nowhere, nowhere)]
    private var oldest = PendingList.nowhere
    private var newest = PendingList.nowhere
    /// Slots by a hash of the id, open addressing with linear probing; a power of two, at most three quarters full.
    private var index: [Int32] = []

    var isEmpty: Bool { self.count == 0 }

    subscript(slot: Int32) -> Entry {
        get { self.entries[Int(slot)] }
        _modify {
            let before = self.entries[Int(slot)].state
            yield &self.entries[Int(slot)]
            self.count(self.entries[Int(slot)].state, after: before)
        }
    }

    private mutating func count(_ state: State, after before: State) {
        self.ready += (state == .ready ? 1 : 0) - (before == .ready ? 1 : 0)
    }

    /// The delivered entry that was delivered longest ago.
    var oldestDelivered: Int32? { self.oldest == PendingList.nowhere ? nil : self.oldest }

    /// The lowest id of a priority.
    func lowest(priority: Int) -> Int32? {
        guard priority < self.order.count, self.order[priority].first != PendingList.nowhere else { return nil }
        return self.order[priority].first
    }

    func last(priority: Int) -> Int32? {
        guard priority < self.order.count, self.order[priority].last != PendingList.nowhere else { return nil }
        return self.order[priority].last
    }

    func after(_ slot: Int32) -> Int32? {
        let next = self.entries[Int(slot)].orderAfter
        return next == PendingList.nowhere ? nil : next
    }

    func slot(of id: UInt64) -> Int32? {
        guard !self.index.isEmpty else { return nil }
        let mask = self.index.count - 1
        var place = PendingList.place(id, mask)
        while self.index[place] != PendingList.nowhere {
            if self.entries[Int(self.index[place])].id == id { return self.index[place] }
            place = (place + 1) & mask
        }
        return nil
    }

    /// A new entry, which nobody has been given yet. Ids of a priority are inserted in ascending order.
    mutating func insert(_ id: UInt64, size: Int, _ state: State) -> Int32 {
        if (self.count + 1) * 4 > self.index.count * 3 { self.growIndex() }
        var entry = Entry(id: id)
        entry.size = UInt32(clamping: size)
        entry.state = state
        let priority = Int(id >> 56)
        while self.order.count <= priority { self.order.append((PendingList.nowhere, PendingList.nowhere)) }
        entry.orderBefore = self.order[priority].last
        let slot: Int32
        if self.firstFree != PendingList.nowhere {
            slot = self.firstFree
            self.firstFree = self.entries[Int(slot)].orderAfter
            self.entries[Int(slot)] = entry
        } else {
            slot = Int32(self.entries.count)
            self.entries.append(entry)
        }
        if entry.orderBefore == PendingList.nowhere {
            self.order[priority].first = slot
        } else {
            assert(self.entries[Int(entry.orderBefore)].id < id, "entries are claimed in the order of their offsets")
            self.entries[Int(entry.orderBefore)].orderAfter = slot
        }
        self.order[priority].last = slot
        self.count += 1
        self.count(state, after: .free)
        self.bytes += UInt64(entry.size)
        self.addToIndex(slot)
        return slot
    }

    /// - Parameter ownLast: The last entry of the consumer, which this one is to follow.
    mutating func setDelivered(_ slot: Int32, to consumer: Int32, after ownLast: Int32, now: UInt64, wall: UInt64) {
        let number = Int(slot)
        if self.entries[number].firstDelivered == 0 { self.entries[number].firstDelivered = wall }
        if self.entries[number].count < UInt16.max { self.entries[number].count += 1 }
        self.count(.delivered, after: self.entries[number].state)
        self.entries[number].state = .delivered
        self.entries[number].consumer = consumer
        self.entries[number].deliveredAt = now
        self.entries[number].ownBefore = ownLast
        self.entries[number].ownAfter = PendingList.nowhere
        if ownLast != PendingList.nowhere { self.entries[Int(ownLast)].ownAfter = slot }
        self.entries[number].timeBefore = self.newest
        self.entries[number].timeAfter = PendingList.nowhere
        if self.newest == PendingList.nowhere {
            self.oldest = slot
        } else {
            self.entries[Int(self.newest)].timeAfter = slot
        }
        self.newest = slot
    }

    /// Takes a delivered entry out of the lists of delivered ones; its consumer's ends are the caller's.
    mutating func unlinkDelivered(_ slot: Int32) {
        let entry = self.entries[Int(slot)]
        if entry.timeBefore == PendingList.nowhere {
            self.oldest = entry.timeAfter
        } else {
            self.entries[Int(entry.timeBefore)].timeAfter = entry.timeAfter
        }
        if entry.timeAfter == PendingList.nowhere {
            self.newest = entry.timeBefore
        } else {
            self.entries[Int(entry.timeAfter)].timeBefore = entry.timeBefore
        }
        if entry.ownBefore != PendingList.nowhere { self.entries[Int(entry.ownBefore)].ownAfter = entry.ownAfter }
        if entry.ownAfter != PendingList.nowhere { self.entries[Int(entry.ownAfter)].ownBefore = entry.ownBefore }
        self.entries[Int(slot)].consumer = PendingList.nowhere
    }

    /// An entry that is in no list of delivered ones.
    mutating func remove(_ slot: Int32) {
        let entry = self.entries[Int(slot)]
        let priority = Int(entry.id >> 56)
        if entry.orderBefore == PendingList.nowhere {
            self.order[priority].first = entry.orderAfter
        } else {
            self.entries[Int(entry.orderBefore)].orderAfter = entry.orderAfter
        }
        if entry.orderAfter == PendingList.nowhere {
            self.order[priority].last = entry.orderBefore
        } else {
            self.entries[Int(entry.orderAfter)].orderBefore = entry.orderBefore
        }
        self.removeFromIndex(entry.id)
        self.count -= 1
        self.count(.free, after: entry.state)
        self.bytes -= UInt64(entry.size)
        self.entries[Int(slot)].state = .free
        self.entries[Int(slot)].orderAfter = self.firstFree
        self.firstFree = slot
        // Nothing pending keeps no more than a little room: there may be ten thousand such groups.
        if self.count == 0, self.entries.capacity > 64 { self = PendingList() }
    }

    private static func place(_ id: UInt64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    private mutating func growIndex() {
        self.index = Array(repeating: PendingList.nowhere, count: max(8, self.index.count * 2))
        for slot in self.entries.indices where self.entries[slot].state != .free { self.addToIndex(Int32(slot)) }
    }

    private mutating func addToIndex(_ slot: Int32) {
        let mask = self.index.count - 1
        var place = PendingList.place(self.entries[Int(slot)].id, mask)
        while self.index[place] != PendingList.nowhere { place = (place + 1) & mask }
        self.index[place] = slot
    }

    /// Moves what was probed past the hole into it, so that no look-up ends too early.
    private mutating func removeFromIndex(_ id: UInt64) {
        let mask = self.index.count - 1
        var hole = PendingList.place(id, mask)
        while self.entries[Int(self.index[hole])].id != id { hole = (hole + 1) & mask }
        var place = (hole + 1) & mask
        while self.index[place] != PendingList.nowhere {
            let wanted = PendingList.place(self.entries[Int(self.index[place])].id, mask)
            if (place - wanted) & mask >= (place - hole) & mask {
                self.index[hole] = self.index[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        self.index[hole] = PendingList.nowhere
    }
}
