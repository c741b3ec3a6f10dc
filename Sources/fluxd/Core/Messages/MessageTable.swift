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
    private struct Entry {
        var message: StoredMessage
        var owners: Int32
    }
    private var entries: [Entry?] = []
    private var free: [Int32] = []
    /// Bytes that the table's messages keep.
    package private(set) var weight = 0

    package init() {}

    package var count: Int { self.entries.count - self.free.count }

    /// Takes a message in, with one owner.
    package mutating func insert(_ message: StoredMessage) -> MessageSlot {
        self.weight += message.weight
        let entry = Entry(message: message, owners: 1)
        if let number = self.free.popLast() {
            self.entries[Int(number)] = entry
            return MessageSlot(number)
        }
        self.entries.append(entry)
        return MessageSlot(Int32(self.entries.count - 1))
    }

    package mutating func retain(_ slot: MessageSlot) {
        self.entries[Int(slot.number)]?.owners += 1
    }

    /// Gives one ownership back.
    ///
    /// - Returns: The bytes freed with the last one, else 0.
    @discardableResult
    package mutating func release(_ slot: MessageSlot) -> Int {
        let index = Int(slot.number)
        guard let owners = self.entries[index]?.owners else {
            preconditionFailure("a message is released once too often")
        }
        if owners > 1 {
            self.entries[index]?.owners = owners - 1
            return 0
        }
        let freed = self.entries[index]?.message.weight ?? 0
        self.weight -= freed
        self.entries[index] = nil
        self.free.append(slot.number)
        return freed
    }

    package subscript(_ slot: MessageSlot) -> StoredMessage {
        guard let entry = self.entries[Int(slot.number)] else { preconditionFailure("a slot names no message") }
        return entry.message
    }
}
