import Core

/// What waits for one session: first in, first out, 16 bytes each beside the message in the shard's table.
struct MessageQueue {
    struct Entry {
        var slot: MessageSlot
        var identifier: UInt32
        var qos: UInt8
        var retain: Bool
        /// Its place in the session's order of sending; what a shared delivery's origin is filed under.
        var ticket: UInt32
    }

    private var entries: [Entry] = []
    private var first = 0
    /// Bytes of the messages, each counted in full for each session it waits for.
    private(set) var bytes = 0

    var count: Int { self.entries.count - self.first }
    var isEmpty: Bool { self.first == self.entries.count }

    /// - Parameter ticket: Higher than those before, as far as numbers that wrap are.
    mutating func append(
        _ slot: MessageSlot,
        bytes: Int,
        identifier: UInt32,
        qos: UInt8,
        retain: Bool,
        ticket: UInt32
    ) {
        self.entries.append(Entry(slot: slot, identifier: identifier, qos: qos, retain: retain, ticket: ticket))
        self.bytes += bytes
    }

    /// A ticket that all entries are behind.
    var beforeFirst: UInt32 { (self.next?.ticket ?? 1) &- 1 }

    /// Up to `limit` entries behind a ticket, which no entry needs to have.
    func entries(after ticket: UInt32, limit: Int) -> ArraySlice<Entry> {
        var (low, high) = (self.first, self.entries.count)
        while low < high {
            let middle = (low + high) / 2
            if Int32(bitPattern: self.entries[middle].ticket &- ticket) > 0 { high = middle } else { low = middle + 1 }
        }
        return self.entries[low..<min(self.entries.count, low + min(limit, self.entries.count))]
    }

    var next: Entry? { self.isEmpty ? nil : self.entries[self.first] }

    mutating func removeFirst(bytes: Int) {
        self.bytes -= bytes
        self.first += 1
        if self.first == self.entries.count {
            self.entries.removeAll(keepingCapacity: self.first <= 64)
            self.first = 0
        } else if self.first > 1_024, self.first * 2 > self.entries.count {
            self.entries.removeFirst(self.first)
            self.first = 0
        }
    }

    /// Takes everything out that `isWanted` does not want, in order.
    mutating func remove(unless isWanted: (Entry) -> Bool, bytes: (Entry) -> Int) -> [Entry] {
        let all = self.entries[self.first...]
        let gone = all.filter { !isWanted($0) }
        if gone.isEmpty { return [] }
        self.bytes -= gone.reduce(0) { $0 + bytes($1) }
        self.entries = all.filter(isWanted)
        self.first = 0
        return gone
    }
}
