package import Core

/// What was sent at QoS 1 or 2 and is not yet acknowledged: a ring that a packet identifier indexes.
///
/// Identifiers are given in turn, one that is still in use is passed over. Entries are 16 bytes; the message itself stands in the
/// shard's table, or nowhere when the session ends with its connection and can never send it again.
package struct InflightWindow: ~Copyable {
    package enum State: UInt8 {
        case free = 0
        case awaitingPuback, awaitingPubrec, awaitingPubcomp
    }

    package struct Entry {
        package var packetID: UInt16 = 0
        package var state = State.free
        package var retain = false
        package var slot = MessageSlot.none
        package var identifier: UInt32 = 0
        /// Order of sending: what is sent again goes in the order it first went [MQTT-4.6.0-1].
        package var sequence: UInt32 = 0
    }

    /// A plain table: an array would count references at each acknowledgement.
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 0
    package private(set) var count = 0
    private var lastID: UInt16 = 0
    private var lastSequence: UInt32 = 0

    package init() { self.entries = .allocate(capacity: 0) }

    deinit { self.entries.deallocate() }

    /// Takes the next identifier. The caller has checked the window.
    package mutating func open(_ state: State, _ slot: MessageSlot, retain: Bool, identifier: UInt32) -> UInt16 {
        if self.count * 2 >= self.capacity { self.grow() }
        let mask = UInt16(truncatingIfNeeded: self.capacity - 1)
        var packetID = self.lastID
        repeat {
            packetID = packetID == .max ? 1 : packetID + 1
        } while self.entries[Int(packetID & mask)].state != .free
        self.lastID = packetID
        self.lastSequence &+= 1
        self.count += 1
        self.entries[Int(packetID & mask)] = Entry(
            packetID: packetID,
            state: state,
            retain: retain,
            slot: slot,
            identifier: identifier,
            sequence: self.lastSequence
        )
        return packetID
    }

    package func find(_ packetID: UInt16) -> Entry? {
        if self.capacity == 0 { return nil }
        let entry = self.entries[Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))]
        return entry.state != .free && entry.packetID == packetID ? entry : nil
    }

    /// The receiver owns the message: what is left is PUBREL and its answer.
    package mutating func released(_ packetID: UInt16) {
        let index = Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))
        self.entries[index].state = .awaitingPubcomp
        self.entries[index].slot = .none
        self.entries[index].identifier = 0
    }

    package mutating func close(_ packetID: UInt16) {
        let index = Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))
        precondition(self.entries[index].packetID == packetID, "a packet identifier is closed that is not open")
        self.entries[index] = Entry()
        self.count -= 1
    }

    /// All entries, oldest first. Sequence numbers wrap, so they are compared by distance from the newest.
    package var inOrder: [Entry] {
        UnsafeBufferPointer(start: self.entries, count: self.capacity).filter { $0.state != .free }
            .sorted { self.lastSequence &- $0.sequence > self.lastSequence &- $1.sequence }
    }

    /// At most half of the slots are in use, so that a free one is near, until there is a slot for each identifier.
    private mutating func grow() {
        if self.capacity == 65_536 { return }
        let capacity = max(8, self.capacity * 2)
        let bigger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        bigger.initialize(repeating: Entry(), count: capacity)
        for index in 0..<self.capacity where self.entries[index].state != .free {
            bigger[Int(self.entries[index].packetID) & (capacity - 1)] = self.entries[index]
        }
        self.entries.deallocate()
        (self.entries, self.capacity) = (bigger, capacity)
    }
}
