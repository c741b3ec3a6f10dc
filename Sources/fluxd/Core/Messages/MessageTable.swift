/// A message that a shard holds for one or more of its sessions.
package struct MessageSlot: Equatable, Sendable {
    package var number: Int32
    @inlinable package init(_ number: Int32) { self.number = number }
    package static let none = MessageSlot(-1)
}

/// The messages of one shard that somebody waits for: one atomic reference to each block, however many wait.
///
/// Who waits keeps a ``MessageSlot`` and a plain count here, 2 ns against 15 for a reference of its own.
package struct MessageTable: ~Copyable {
    /// What is known of a message beside itself: apart from it, since to look at an entry that holds a reference is to count it.
    private struct Hold {
        var owners: Int32 = 0
        var weight = 0
        /// Its number in the shard's session journal; 0 while it is in none.
        var journalNumber: UInt64 = 0
    }
    /// One place a slot; there is a message where somebody owns it. In memory of our own: an array of optionals counts references
    /// whenever one is put in or taken out.
    private var messages = UnsafeMutablePointer<StoredMessage>.allocate(capacity: 16)
    private var capacity = 16
    private var holds: [Hold] = []
    private var free: [Int32] = []
    /// Bytes that the table's messages keep.
    package private(set) var weight = 0
    /// Bytes of those that are in the session journal.
    package private(set) var journalWeight = 0

    package init() {}

    deinit {
        for index in self.holds.indices where self.holds[index].owners > 0 {
            (self.messages + index).deinitialize(count: 1)
        }
        self.messages.deallocate()
    }

    package var count: Int { self.holds.count - self.free.count }

    /// Takes a message in, with one owner.
    package mutating func insert(_ message: consuming StoredMessage) -> MessageSlot {
        let hold = Hold(owners: 1, weight: message.weight)
        self.weight += hold.weight
        if let number = self.free.popLast() {
            (self.messages + Int(number)).initialize(to: message)
            self.holds[Int(number)] = hold
            return MessageSlot(number)
        }
        if self.holds.count == self.capacity { self.grow() }
        (self.messages + self.holds.count).initialize(to: message)
        self.holds.append(hold)
        return MessageSlot(Int32(self.holds.count - 1))
    }

    /// No slot is free.
    private mutating func grow() {
        let larger = UnsafeMutablePointer<StoredMessage>.allocate(capacity: self.capacity * 2)
        larger.moveInitialize(from: self.messages, count: self.capacity)
        self.messages.deallocate()
        self.messages = larger
        self.capacity *= 2
    }

    package mutating func retain(_ slot: MessageSlot) {
        precondition(self.holds[Int(slot.number)].owners > 0, "a slot names no message")
        self.holds[Int(slot.number)].owners += 1
    }

    /// Gives one ownership back.
    ///
    /// - Returns: The bytes freed with the last one, else 0.
    @discardableResult
    package mutating func release(_ slot: MessageSlot) -> Int {
        let index = Int(slot.number)
        precondition(self.holds[index].owners > 0, "a message is released once too often")
        self.holds[index].owners -= 1
        if self.holds[index].owners > 0 { return 0 }
        (self.messages + index).deinitialize(count: 1)
        let freed = self.holds[index].weight
        self.weight -= freed
        if self.holds[index].journalNumber != 0 { self.journalWeight -= freed }
        self.free.append(slot.number)
        return freed
    }

    package subscript(_ slot: MessageSlot) -> StoredMessage {
        precondition(self.holds[Int(slot.number)].owners > 0, "a slot names no message")
        return self.messages[Int(slot.number)]
    }

    /// Calls `body` with the message as it lies here, not counted; the table must not change meanwhile.
    package func withMessage(_ slot: MessageSlot, _ body: (borrowing StoredMessage) -> Void) {
        precondition(self.holds[Int(slot.number)].owners > 0, "a slot names no message")
        body(self.messages[Int(slot.number)])
    }

    // MARK: The session journal

    package func journalNumber(_ slot: MessageSlot) -> UInt64 { self.holds[Int(slot.number)].journalNumber }

    /// The message is in the journal, under a number that it keeps.
    package mutating func setJournalNumber(_ number: UInt64, _ slot: MessageSlot) {
        precondition(self.journalNumber(slot) == 0, "a message has a number in the journal already")
        self.holds[Int(slot.number)].journalNumber = number
        self.journalWeight += self.holds[Int(slot.number)].weight
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
        let end = min(self.holds.count, start + limit)
        for index in min(start, end)..<end where self.holds[index].owners > 0 {
            let number = self.holds[index].journalNumber
            if number != 0, !body(number, self.messages[index]) { return index + 1 }
        }
        return end < self.holds.count ? end : nil
    }
}
