/// A message that a shard holds for one or more of its sessions.
///
/// Public, as what is inlined into other modules has to be.
public struct MessageSlot: Equatable, Sendable {
    @usableFromInline package var number: Int32
    @inlinable package init(_ number: Int32) { self.number = number }
    @inlinable public static var none: MessageSlot { MessageSlot(-1) }
    @inlinable @inline(__always)
    public static func == (one: MessageSlot, other: MessageSlot) -> Bool { one.number == other.number }
}

/// The messages of one shard that somebody waits for: one atomic reference to each block, however many wait.
///
/// Who waits keeps a ``MessageSlot`` and a plain count here, 2 ns against 15 for a reference of its own.
package struct MessageTable: ~Copyable {
    /// What is known of a message beside itself: apart from it, since to look at an entry that holds a reference is to count it.
    private struct Hold {
        /// 0 for a slot that is free.
        var owners: Int32 = 0
        /// The next free slot, of one that is free itself.
        var nextFree = MessageSlot.none
        var weight = 0
        /// Its number in the shard's session journal; 0 while it is in none.
        var journalNumber: UInt64 = 0
    }
    /// One place a slot; there is a message where somebody owns it. In memory of our own: an array of optionals counts references
    /// whenever one is put in or taken out, and one of plain values looks who else has it.
    private var messages = UnsafeMutablePointer<StoredMessage>.allocate(capacity: 16)
    private var holds = UnsafeMutablePointer<Hold>.allocate(capacity: 16)
    private var capacity = 16
    /// Slots that were ever used, and how many of them are free.
    private var slots = 0
    private var freeSlots = 0
    private var firstFree = MessageSlot.none
    /// Bytes that the table's messages keep.
    package private(set) var weight = 0
    /// Bytes of those that are in the session journal.
    package private(set) var journalWeight = 0

    package init() {}

    deinit {
        for index in 0..<self.slots where self.holds[index].owners > 0 {
            (self.messages + index).deinitialize(count: 1)
        }
        self.messages.deallocate()
        self.holds.deallocate()
    }

    package var count: Int { self.slots - self.freeSlots }

    /// Takes a message in, with one owner.
    package mutating func insert(_ message: consuming StoredMessage) -> MessageSlot {
        let hold = Hold(owners: 1, weight: message.weight)
        self.weight += hold.weight
        let slot = self.takeSlot()
        (self.messages + Int(slot.number)).initialize(to: message)
        (self.holds + Int(slot.number)).initialize(to: hold)
        return slot
    }

    private mutating func takeSlot() -> MessageSlot {
        let slot = self.firstFree
        if slot != .none {
            self.firstFree = self.holds[Int(slot.number)].nextFree
            self.freeSlots -= 1
            return slot
        }
        if self.slots == self.capacity { self.grow() }
        self.slots += 1
        return MessageSlot(Int32(self.slots - 1))
    }

    /// No slot is free.
    private mutating func grow() {
        let messages = UnsafeMutablePointer<StoredMessage>.allocate(capacity: self.capacity * 2)
        messages.moveInitialize(from: self.messages, count: self.capacity)
        self.messages.deallocate()
        self.messages = messages
        let holds = UnsafeMutablePointer<Hold>.allocate(capacity: self.capacity * 2)
        holds.moveInitialize(from: self.holds, count: self.capacity)
        self.holds.deallocate()
        self.holds = holds
        self.capacity *= 2
    }

    /// What is known of a message that somebody owns.
    @inline(__always) private func hold(_ slot: MessageSlot) -> UnsafeMutablePointer<Hold> {
        precondition(slot.number >= 0 && slot.number < self.slots, "a slot is none of this table's")
        let hold = self.holds + Int(slot.number)
        precondition(hold.pointee.owners > 0, "a slot names no message")
        return hold
    }

    package mutating func retain(_ slot: MessageSlot) { self.hold(slot).pointee.owners += 1 }

    /// Gives one ownership back.
    ///
    /// - Returns: The bytes freed with the last one, else 0.
    @discardableResult
    package mutating func release(_ slot: MessageSlot) -> Int {
        let hold = self.hold(slot)
        hold.pointee.owners -= 1
        if hold.pointee.owners > 0 { return 0 }
        (self.messages + Int(slot.number)).deinitialize(count: 1)
        let freed = hold.pointee.weight
        self.weight -= freed
        if hold.pointee.journalNumber != 0 { self.journalWeight -= freed }
        hold.pointee.nextFree = self.firstFree
        self.firstFree = slot
        self.freeSlots += 1
        return freed
    }

    package subscript(_ slot: MessageSlot) -> StoredMessage {
        _ = self.hold(slot)
        return self.messages[Int(slot.number)]
    }

    /// Bytes of its topic, header and payload.
    package func byteCount(_ slot: MessageSlot) -> Int {
        _ = self.hold(slot)
        return self.messages[Int(slot.number)].byteCount
    }

    package func hasExpired(_ slot: MessageSlot, at now: UInt64) -> Bool {
        _ = self.hold(slot)
        return self.messages[Int(slot.number)].hasExpired(at: now)
    }

    /// Calls `body` with the message as it lies here, not counted; it must stay owned meanwhile.
    package func withView(_ slot: MessageSlot, _ body: (borrowing MessageView) -> Void) {
        _ = self.hold(slot)
        StoredMessage.withView(of: self.messages + Int(slot.number), body)
    }

    // MARK: The session journal

    package func journalNumber(_ slot: MessageSlot) -> UInt64 { self.hold(slot).pointee.journalNumber }

    /// The message is in the journal, under a number that it keeps.
    package mutating func setJournalNumber(_ number: UInt64, _ slot: MessageSlot) {
        let hold = self.hold(slot)
        precondition(hold.pointee.journalNumber == 0, "a message has a number in the journal already")
        hold.pointee.journalNumber = number
        self.journalWeight += hold.pointee.weight
    }

    /// Calls `body` with messages that are in the journal, from a slot on; at most `limit` slots are looked at.
    ///
    /// - Parameter body: Says whether to go on.
    /// - Returns: The slot to go on from; nil at the end.
    package func forEachInJournal(
        from start: Int,
        limit: Int,
        _ body: (UInt64, StoredMessage) -> Bool
    ) -> Int? {
        let end = min(self.slots, start + limit)
        for index in min(start, end)..<end where self.holds[index].owners > 0 {
            let number = self.holds[index].journalNumber
            if number != 0, !body(number, self.messages[index]) { return index + 1 }
        }
        return end < self.slots ? end : nil
    }
}
