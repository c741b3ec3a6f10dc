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
    private var messages: [StoredMessage?] = []
    private var holds: [Hold] = []
    private var free: [Int32] = []
    /// Bytes that the table's messages keep.
    package private(set) var weight = 0
    /// Bytes of those that are in the session journal.
    package private(set) var journalWeight = 0

    package init() {}

    package var count: Int { self.messages.count - self.free.count }

    /// Takes a message in, with one owner.
    package mutating func insert(_ message: consuming StoredMessage) -> MessageSlot {
        let hold = Hold(owners: 1, weight: message.weight)
        self.weight += hold.weight
        if let number = self.free.popLast() {
            self.messages[Int(number)] = message
            self.holds[Int(number)] = hold
            return MessageSlot(number)
        }
        self.messages.append(message)
        self.holds.append(hold)
        return MessageSlot(Int32(self.messages.count - 1))
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
        self.messages[index] = nil
        let freed = self.holds[index].weight
        self.weight -= freed
        if self.holds[index].journalNumber != 0 { self.journalWeight -= freed }
        self.free.append(slot.number)
        return freed
    }

    package subscript(_ slot: MessageSlot) -> StoredMessage {
        guard let message = self.messages[Int(slot.number)] else { preconditionFailure("a slot names no message") }
        return message
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
        let end = min(self.messages.count, start + limit)
        for index in min(start, end)..<end {
            let number = self.holds[index].journalNumber
            guard number != 0, let message = self.messages[index] else { continue }
            if !body(number, message) { return index + 1 }
        }
        return end < self.messages.count ? end : nil
    }
}
